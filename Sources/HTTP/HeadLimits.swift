/// Bounds of a message head. What exceeds them is answered 431 (a request) or 502 (a response).
public struct HeadLimits: Sendable, BitwiseCopyable {
    /// From the first byte to the empty line, inclusive.
    public var bytes: Int
    public var fields: Int

    @inlinable public init(bytes: Int = 32_768, fields: Int = 128) {
        self.bytes = bytes
        self.fields = fields
    }
}

/// How far a parser came.
public enum HeadOutcome: Equatable, Sendable, BitwiseCopyable {
    /// More bytes are needed. A head is judged line by line: what is wrong is said when the line's feed has arrived, so that the
    /// outcome does not depend on how the bytes were split.
    case incomplete
    case complete
    case refused(HeadDefect)
}

/// Why a head was refused. Strict on purpose: what two parsers could read differently is not passed on (RFC 9112 section 11.2).
public enum HeadDefect: UInt8, Equatable, Sendable, CaseIterable, BitwiseCopyable {
    case startLine, version, target, host, fieldName, fieldValue, contentLength, transferEncoding, bothLengths, connection
    case statusLine
    /// 431.
    case tooLarge, tooManyFields
    /// 501: CONNECT.
    case method
    /// 417: an expectation other than 100-continue.
    case expectation

    /// For logs and the body of the answer.
    public var text: StaticString {
        switch self {
        case .startLine: "malformed request line"
        case .version: "unsupported HTTP version"
        case .target: "malformed request target"
        case .host: "missing, repeated or malformed Host"
        case .fieldName: "malformed field name"
        case .fieldValue: "malformed field line"
        case .contentLength: "malformed or repeated Content-Length"
        case .transferEncoding: "unsupported Transfer-Encoding"
        case .bothLengths: "both Content-Length and Transfer-Encoding"
        case .connection: "malformed Connection"
        case .statusLine: "malformed status line"
        case .tooLarge: "header section too large"
        case .tooManyFields: "too many fields"
        case .method: "method not supported"
        case .expectation: "unknown expectation"
        }
    }
}

/// How a message's body is delimited (RFC 9112 section 6.3).
public enum Framing: UInt8, Sendable, BitwiseCopyable { case none, length, chunked, untilClose }
