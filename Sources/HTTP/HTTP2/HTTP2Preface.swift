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

    /// Whether the first line has three words as the preface's has, and as a request's has, but neither a method of HTTP as its first nor a version of HTTP as
    /// its last. Whoever sends that speaks another protocol, to which an answer of HTTP/1.1 says nothing: a wrong preface ends the
    /// connection, and nothing need be said before (RFC 9113 section 3.4). Everything else that is wrong is a bad request of HTTP/1.1.
    public static func isMistaken(_ bytes: borrowing Span<UInt8>) -> Bool {
        var spaces = (first: -1, second: -1)
        var i = 0
        while i < bytes.count, bytes[i] != 10 {
            if bytes[i] == 32 {
                if spaces.second >= 0 || i == spaces.first &+ 1 { return false }
                if spaces.first < 0 { spaces.first = i } else { spaces.second = i }
            }
            i &+= 1
        }
        guard i < bytes.count, i > 0, bytes[i &- 1] == 13, spaces.second > 0, spaces.second &+ 2 < i else { return false }
        return !begins(bytes, at: spaces.second &+ 1, with: "HTTP", before: i) && !isMethod(bytes, length: spaces.first)
    }

    /// RFC 9110 section 9.3, RFC 5789.
    private static func isMethod(_ bytes: borrowing Span<UInt8>, length: Int) -> Bool {
        let methods: [9 of StaticString] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]
        for i in methods.indices where methods[i].utf8CodeUnitCount == length {
            if begins(bytes, at: 0, with: methods[i], before: length) { return true }
        }
        return false
    }

    /// In whatever case it is written.
    private static func begins(_ bytes: borrowing Span<UInt8>, at start: Int, with word: StaticString, before end: Int) -> Bool {
        guard start &+ word.utf8CodeUnitCount <= end else { return false }
        for i in 0..<word.utf8CodeUnitCount where unsafe bytes[start &+ i] & 0xdf != word.utf8Start[i] { return false }
        return true
    }
}
