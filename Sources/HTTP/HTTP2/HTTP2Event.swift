import Base

/// One stream of a session: plain data that a row can hold. It is good until its `closed` event; what is done with it later has no effect.
public struct HTTP2Stream: Sendable, Equatable, BitwiseCopyable {
    let handle: Handle
    /// The stream's number on the wire (RFC 9113 section 5.1.1).
    public let id: Int32
    /// What `HTTP2Session.tag` attached before the event was read; -1 without.
    public let tag: Int32

    public static let none = HTTP2Stream(handle: .none, id: 0, tag: -1)
    public var isPresent: Bool { handle.isPresent }
}

/// What happened on a session, in order. Ranges of heads and trailers lie in the wire's text, and those of data in the bytes that `receive`
/// was given; both are good until the next `receive` of any session of the wire.
public enum HTTP2Event: Sendable, Equatable {
    /// A stream begins (server), or an answer, possibly an interim one (client).
    case head(HTTP2Stream, HTTP2Head)
    case data(HTTP2Stream, Range<Int>)
    /// The last that comes on the stream: lines for `TrailerParser`.
    case trailers(HTTP2Stream, Range<Int>)
    /// The peer's body is over. Not said after a head or trailers, which say it themselves.
    case end(HTTP2Stream)
    /// The peer gave the stream up.
    case reset(HTTP2Stream, HTTP2Code)
    /// A stream that `data` found blocked takes bytes again.
    case windowOpened(HTTP2Stream)
    /// The stream is no more: it ended on both sides (`noError`), or was reset by either. The last event of a stream.
    case closed(HTTP2Stream, HTTP2Code)
    /// The peer takes no new streams.
    case goaway(HTTP2Code)
    /// A `ping` was answered.
    case pong
    /// The session is dead, and all of its streams with it: send what is pending, close the connection. The last event of a session.
    case failed(HTTP2Failure)
}

/// A head, as text that HTTP/1 could have sent.
public struct HTTP2Head: Sendable, Equatable {
    /// For `RequestParser` (server) or `ResponseParser` (client), the empty line included. Empty when there is a defect.
    public var text: Range<Int>
    /// So many records of where the fields lie come right before the text, for `RequestParser.parse(outlined:)`; 0 when it must be parsed without.
    public var outline: Int32 = 0
    /// No body follows. A request without this whose head says no length has a body of unknown length: it goes on chunked.
    public var endsStream = false
    /// `:scheme` was `https`.
    public var isHTTPS = false
    /// An extended CONNECT (RFC 8441) of `websocket`: the text is a GET with `connection: upgrade`, as HTTP/1.1 would ask for it but for
    /// its key. Answering it with 101 sends a 200. Of an answer: such a request was granted, and the text is a 101.
    public var isWebSocket = false
    /// The head cannot be written as text; the answer is that of a parser's refusal.
    public var defect: HeadDefect?
}

/// Why a stream or a connection was given up (RFC 9113 section 7), as a number since peers may send any.
public struct HTTP2Code: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
    public var rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let noError = HTTP2Code(rawValue: 0)
    public static let protocolError = HTTP2Code(rawValue: 1)
    public static let internalError = HTTP2Code(rawValue: 2)
    public static let flowControlError = HTTP2Code(rawValue: 3)
    public static let streamClosed = HTTP2Code(rawValue: 5)
    /// Nothing was done for the stream: it may be tried again.
    public static let refusedStream = HTTP2Code(rawValue: 7)
    public static let cancel = HTTP2Code(rawValue: 8)
    public static let enhanceYourCalm = HTTP2Code(rawValue: 11)
    public static let http11Required = HTTP2Code(rawValue: 13)
}

/// Why a session died.
public enum HTTP2Failure: Sendable, Equatable, BitwiseCopyable {
    /// What came is no HTTP/2.
    case notHTTP2
    /// The peer broke the protocol; it was told this code.
    case brokeProtocol(HTTP2Code)
    /// The peer wasted streams (see `HTTP2Budget`).
    case wastedStreams
    /// The peer sent too many frames for nothing, or more acknowledgements than it reads, or an endless header block.
    case flood
    /// No memory.
    case exhausted
}
