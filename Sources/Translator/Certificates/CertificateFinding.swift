import Base
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
                ? "The certificate of Secret \(key) is not valid before \(CivilTime.rfc3339(leaf.validFrom)), and is refused by those who see it; put one "
                    + "there that is, or look at the clock of this machine."
                : "The certificate of Secret \(key) ended on \(CivilTime.rfc3339(leaf.validUntil)), and is refused by those who see it; renew it."
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
