import Graph
import Secure

/// What a Secret's certificate means to those who refer to it, at some moment. They are made anew only when it changes: one that was
/// renewed in time finds the same.
struct CertificateFinding: Equatable, Sendable {
    struct Problem: Equatable, Sendable {
        var reason: Refusal
        /// A sentence with a remedy.
        var message: String
    }

    var exists: Bool
    var problem: Problem?
    /// What the certificate vouches for; nil when that is not known.
    var names: [String]?
    /// What kind of key it has: of several for one host one of each kind is presented. Of a Secret that is wrong now, the kind of what was good
    /// before; nil when that is not known.
    var key: PrivateKey.Kind?

    /// Nothing is wrong but what came last, and something is presented that came before.
    var isKept: Bool { key != nil && (problem?.reason == .secretInvalid || problem?.reason == .certificateInvalid) }

    /// What routes say of a Secret that was good before is true for one that never was.
    private static let meanwhile = " Until then the certificate that was good before is presented, if there was one."

    /// - Parameter kept: the kind of key that is presented while the Secret is wrong.
    init(_ reading: CertificateReading, of key: ObjectKey, at now: Int64?, kept: PrivateKey.Kind? = nil) {
        exists = true
        self.key = kept
        switch reading {
        case .missing:
            exists = false
            problem = Problem(
                reason: .secretNotFound, message: "Secret \(key) does not exist; create it with type kubernetes.io/tls.")
        case .pending: break
        case .refused(let reason, let message): problem = Problem(reason: reason, message: message + Self.meanwhile)
        case .leaf(let leaf):
            names = leaf.names
            self.key = leaf.key
            guard let now, !leaf.isInTime(now) else { return }
            let message =
                now < leaf.validFrom
                ? "The certificate of Secret \(key) is not valid before \(UTCTime.text(leaf.validFrom)), and is refused by those who see it; put one "
                    + "there that is, or look at the clock of this machine."
                : "The certificate of Secret \(key) ended on \(UTCTime.text(leaf.validUntil)), and is refused by those who see it; renew it."
            problem = Problem(
                reason: .certificateOutOfTime, message: message + " If the one before it is still valid, that one is presented.")
        }
    }

    /// Whether clients that ask for such a host accept the certificate's names (RFC 9525 section 6.3). True where nothing is known.
    func covers(_ pattern: HostPattern) -> Bool {
        guard let names else { return true }
        switch pattern {
        case .any: return true
        case .wildcard(let suffix, _): return names.contains("*." + suffix)
        case .exact(let name):
            guard let dot = name.firstIndex(of: ".") else { return names.contains(name) }
            return names.contains(name) || names.contains("*" + name[dot...])
        }
    }
}

/// Moments as messages say them.
enum UTCTime {
    /// `2026-11-25T16:40:00Z` (RFC 3339).
    /// - Parameter seconds: since 1970.
    static func text(_ seconds: Int64) -> String {
        let days = seconds.quotientRoundingDown(86_400)
        let ofDay = seconds - days * 86_400
        let date = civil(days)
        return "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))Z"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// The Gregorian date so many days after 1970-01-01: years begin in March, so that a leap day is the last of its year.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.quotientRoundingDown(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9, day)
    }
}

extension Int64 {
    fileprivate func quotientRoundingDown(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
