/// Recognises the fields that the proxy itself understands: by length first, then by comparison of words.
///
/// What is seldom needed is out of line and called last, so that the way of nearly all names is without a stack frame.
enum FieldClassifier {
    /// - Parameter n: the span's bytes that may be read; the name and its colon are among them.
    static func kind(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int, _ n: Int) -> FieldKind {
        if length < 8 { return short(b, name, length, n) }
        switch length {
        case 9:
            if Octets.same(b, name, "x-real-ip") { return .xRealIP }
            if Octets.same(b, name, "forwarded") { return .forwarded }
        case 10:
            if Octets.same(b, name, "connection") { return .connection }
            if Octets.same(b, name, "keep-alive") { return .hopByHop }
            return Octets.same(b, name, "user-agent") ? .userAgent : .other
        case 12: if Octets.same(b, name, "x-request-id") { return .requestID }
        case 14: if Octets.same(b, name, "content-length") { return .contentLength }
        case 15: if Octets.same(b, name, "x-forwarded-for") { return .xForwardedFor }
        case 16:
            if Octets.same(b, name, "proxy-connection") { return .hopByHop }
            if Octets.same(b, name, "x-forwarded-host") { return .xForwardedHost }
            if Octets.same(b, name, "x-forwarded-port") { return .xForwardedPort }
            if Octets.same(b, name, "x-martlet-mirror") { return .mirror }
        case 17:
            if Octets.same(b, name, "transfer-encoding") { return .transferEncoding }
            if Octets.same(b, name, "x-forwarded-proto") { return .xForwardedProto }
        case 23: if Octets.same(b, name, "x-forwarded-client-cert") { return .forwardedCertificate }
        default: return .other
        }
        // The forgeable names begin with one of these.
        switch b[name] | 0x20 {
        case UInt8(ascii: "x"), UInt8(ascii: "c"), UInt8(ascii: "t"): return forged(b, name, length)
        default: return .other
        }
    }

    /// Names of less than eight bytes: one word that is masked to the name's length and folded (see `Octets.same` on folding).
    @inline(__always)
    private static func short(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int, _ n: Int) -> FieldKind {
        guard (1 &<< UInt64(truncatingIfNeeded: length)) & UInt64(0b1101_0100) != 0 else { return .other }
        guard name &+ 8 <= n else { return shortAtEnd(b, name, length) }
        let word = unsafe Octets.knownWord(b, name) | 0x2020_2020_2020_2020
        return short(word & ((1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1))
    }

    @inline(__always)
    private static func short(_ folded: UInt64) -> FieldKind {
        switch folded {
        case 0x6574: .te
        case 0x7473_6f68: .host
        case 0x6574_6164: .date
        case 0x7463_6570_7865: .expect
        case 0x6569_6b6f_6f63: .cookie
        case 0x65_6461_7267_7075: .upgrade
        default: .other
        }
    }

    /// The same at the end of what was received.
    @inline(never)
    private static func shortAtEnd(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int) -> FieldKind {
        var word: UInt64 = 0
        for i in 0..<length { word |= UInt64(b[name &+ i] | 0x20) &<< UInt64(truncatingIfNeeded: i &* 8) }
        return short(word)
    }

    /// A forwarding or framing field with underscores for dashes, or one that only looks like it.
    @inline(never)
    private static func forged(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int) -> FieldKind {
        let isForged =
            switch length {
            case 9: Octets.sameDashed(b, name, "x-real-ip")
            case 12: Octets.sameDashed(b, name, "x-request-id")
            case 14: Octets.sameDashed(b, name, "content-length")
            case 15: Octets.sameDashed(b, name, "x-forwarded-for")
            case 16:
                Octets.sameDashed(b, name, "x-forwarded-host") || Octets.sameDashed(b, name, "x-forwarded-port")
                    || Octets.sameDashed(b, name, "x-martlet-mirror")
            case 17: Octets.sameDashed(b, name, "x-forwarded-proto") || Octets.sameDashed(b, name, "transfer-encoding")
            case 23: Octets.sameDashed(b, name, "x-forwarded-client-cert")
            default: false
            }
        return isForged ? .forgedForwarding : .other
    }
}
