/// The bytes that a client of HTTP/2 begins with (RFC 9113 section 3.4), for listeners where no ALPN has told the protocol.
public enum HTTP2Preface {
    public enum Answer: Sendable, Equatable {
        case isHTTP2, isNot
        /// All that came so far could be one.
        case undecided
    }

    public static func judge(_ bytes: borrowing Span<UInt8>) -> Answer {
        let text: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        let n = text.utf8CodeUnitCount
        for i in 0..<min(n, bytes.count) where unsafe bytes[i] != text.utf8Start[i] { return .isNot }
        return bytes.count < n ? .undecided : .isHTTP2
    }
}
