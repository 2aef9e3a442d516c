/// Recognises the fields that the proxy itself understands: by length first, then by comparison of words.
enum FieldClassifier {
    /// - Parameter n: the span's bytes that may be read; the name and its colon are among them.
    @inline(__always)
    static func kind(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int, _ n: Int) -> FieldKind {
        if length < 8 { return short(b, name, length, n) }
        switch length {
        case 9: return long(b, name, length, "x-real-ip", .xRealIP, "forwarded", .forwarded)
        case 10:
            if Octets.same(b, name, "connection") { return .connection }
            if Octets.same(b, name, "keep-alive") { return .hopByHop }
            return Octets.same(b, name, "user-agent") ? .userAgent : .other
        case 12: return long(b, name, length, "x-request-id", .requestID, "x-request-id", .requestID)
        case 14:
            // "c" and "t" as the ends of Content-Length, however its dash is spelled.
            guard b[name] | 0x20 == 0x63 else { return .other }
            if Octets.same(b, name, "content-length") { return .contentLength }
            return Octets.sameDashed(b, name, "content-length") ? .forgedForwarding : .other
        case 15: return long(b, name, length, "x-forwarded-for", .xForwardedFor, "x-forwarded-for", .xForwardedFor)
        case 16:
            if Octets.same(b, name, "proxy-connection") { return .hopByHop }
            return long(b, name, length, "x-forwarded-host", .xForwardedHost, "x-forwarded-port", .xForwardedPort)
        case 17:
            if Octets.same(b, name, "transfer-encoding") { return .transferEncoding }
            if b[name] | 0x20 == 0x74 { return Octets.sameDashed(b, name, "transfer-encoding") ? .forgedForwarding : .other }
            return long(b, name, length, "x-forwarded-proto", .xForwardedProto, "x-forwarded-proto", .xForwardedProto)
        default: return .other
        }
    }

    /// Names of less than eight bytes: one word that is masked to the name's length and folded (see `Octets.same` on folding).
    @inline(__always)
    private static func short(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int, _ n: Int) -> FieldKind {
        guard (1 &<< UInt64(truncatingIfNeeded: length)) & UInt64(0b1101_0100) != 0 else { return .other }
        let folded: UInt64
        if name &+ 8 <= n {
            let word = unsafe Octets.knownWord(b, name) | 0x2020_2020_2020_2020
            folded = word & ((1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1)
        } else {
            folded = word(b, name, length)
        }
        return switch folded {
        case 0x6574: .te
        case 0x7473_6f68: .host
        case 0x6574_6164: .date
        case 0x7463_6570_7865: .expect
        case 0x6569_6b6f_6f63: .cookie
        case 0x65_6461_7267_7075: .upgrade
        default: .other
        }
    }

    /// The same word at the end of what was received.
    @inline(never)
    private static func word(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int) -> UInt64 {
        var word: UInt64 = 0
        for i in 0..<length { word |= UInt64(b[name &+ i] | 0x20) &<< UInt64(truncatingIfNeeded: i &* 8) }
        return word
    }

    /// One of two forwarding fields, or either of them with underscores.
    @inline(__always)
    private static func long(
        _ b: borrowing Span<UInt8>, _ name: Int, _ length: Int, _ first: StaticString, _ kind: FieldKind, _ second: StaticString,
        _ other: FieldKind
    ) -> FieldKind {
        let c = b[name] | 0x20
        guard c == 0x78 || c == 0x66 else { return .other }
        if Octets.same(b, name, first) { return kind }
        if Octets.same(b, name, second) { return other }
        return Octets.sameDashed(b, name, first) || Octets.sameDashed(b, name, second) ? .forgedForwarding : .other
    }
}
