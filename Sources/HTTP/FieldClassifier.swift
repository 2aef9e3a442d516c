/// Recognises the fields that the proxy itself understands: by length first, then by comparison.
enum FieldClassifier {
    @inline(__always)
    static func kind(_ b: borrowing Span<UInt8>, _ name: Int, _ length: Int) -> FieldKind {
        switch length {
        case 2: Octets.same(b, name, "te") ? .te : .other
        case 4: Octets.same(b, name, "host") ? .host : Octets.same(b, name, "date") ? .date : .other
        case 6: Octets.same(b, name, "expect") ? .expect : Octets.same(b, name, "cookie") ? .cookie : .other
        case 7: Octets.same(b, name, "upgrade") ? .upgrade : .other
        case 9: long(b, name, length, "x-real-ip", .xRealIP, "forwarded", .forwarded)
        case 10:
            Octets.same(b, name, "connection")
                ? .connection
                : Octets.same(b, name, "keep-alive") ? .hopByHop : Octets.same(b, name, "user-agent") ? .userAgent : .other
        case 12: long(b, name, length, "x-request-id", .requestID, "x-request-id", .requestID)
        case 14:
            Octets.same(b, name, "content-length")
                ? .contentLength : Octets.sameDashed(b, name, "content-length") ? .forgedForwarding : .other
        case 15: long(b, name, length, "x-forwarded-for", .xForwardedFor, "x-forwarded-for", .xForwardedFor)
        case 16:
            Octets.same(b, name, "proxy-connection")
                ? .hopByHop : long(b, name, length, "x-forwarded-host", .xForwardedHost, "x-forwarded-port", .xForwardedPort)
        case 17:
            Octets.same(b, name, "transfer-encoding")
                ? .transferEncoding
                : Octets.sameDashed(b, name, "transfer-encoding")
                    ? .forgedForwarding
                    : long(b, name, length, "x-forwarded-proto", .xForwardedProto, "x-forwarded-proto", .xForwardedProto)
        default: .other
        }
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
