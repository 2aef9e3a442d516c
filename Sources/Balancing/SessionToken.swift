/// What our cookie holds: the client's ticket, and when it was issued. 16 characters of base64url (RFC 4648 section 5), never an arm's name:
/// weights and arms change while clients keep it.
///
/// It is not sealed. Whoever makes one up chooses an arm, as anybody does who asks again without a cookie.
public struct SessionToken: Equatable, Sendable, BitwiseCopyable {
    public static let length = 16
    /// Seconds that the clocks of two replicas may differ.
    public static let leeway: UInt32 = 300

    /// Never 0.
    public let ticket: UInt64
    /// Seconds since 1970.
    public let issued: UInt32

    public init(ticket: UInt64, issued: UInt32) {
        self.ticket = ticket == 0 ? 1 : ticket
        self.issued = issued
    }

    /// nil for everything that `character` would not have written.
    public init?(_ text: borrowing Span<UInt8>) {
        guard text.count == Self.length else { return nil }
        var bits: UInt128 = 0
        for i in text.indices {
            guard let six = Self.value(text[i]) else { return nil }
            bits = bits &<< 6 | UInt128(six)
        }
        let ticket = UInt64(truncatingIfNeeded: bits &>> 32)
        guard ticket != 0 else { return nil }
        self.init(ticket: ticket, issued: UInt32(truncatingIfNeeded: bits))
    }

    /// Whether it still counts. One from the future does not: it would outlive its time.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - lifetime: in seconds; nil for ever.
    public func isCurrent(at now: UInt32, lifetime: UInt32?) -> Bool {
        guard issued <= now else { return issued &- now <= Self.leeway }
        guard let lifetime else { return true }
        return now &- issued <= lifetime
    }

    /// The i-th character of its text.
    public func character(_ i: Int) -> UInt8 {
        let bits = UInt128(ticket) &<< 32 | UInt128(issued)
        let six = UInt8(truncatingIfNeeded: bits &>> UInt128(90 &- 6 &* i)) & 63
        switch six {
        case 0..<26: return 65 &+ six
        case 26..<52: return 71 &+ six
        case 52..<62: return six &- 4
        case 62: return UInt8(ascii: "-")
        default: return UInt8(ascii: "_")
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character &- 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character &- 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character &+ 4
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
