/// What one end of HTTP/2 connections grants the other end. See docs/adr/0013 for why these numbers.
public struct HTTP2Settings: Sendable, Equatable, BitwiseCopyable {
    /// Streams that the peer may have open at a time.
    public var maxStreams: UInt32
    /// Bytes of one body that may be on their way or unread here: what a slow endpoint makes us hold for a stream.
    public var streamWindow: Int32
    /// Bytes of all bodies of one connection: what a client can make us hold with all its streams.
    public var connectionWindow: Int32
    /// Streams opened for nothing.
    public var wastedStreams: HTTP2Allowance
    /// Frames sent for nothing.
    public var chatter: HTTP2Allowance
    /// WebSockets may be asked for on streams (RFC 8441 section 3).
    public var takesWebSockets: Bool

    @inlinable public init(
        maxStreams: UInt32 = 100, streamWindow: Int32 = 131_072, connectionWindow: Int32 = 1_048_576,
        wastedStreams: HTTP2Allowance = HTTP2Allowance(burst: 200, perSecond: 20),
        chatter: HTTP2Allowance = HTTP2Allowance(burst: 1_000, perSecond: 100), takesWebSockets: Bool = true
    ) {
        self.maxStreams = maxStreams
        self.streamWindow = streamWindow
        self.connectionWindow = connectionWindow
        self.wastedStreams = wastedStreams
        self.chatter = chatter
        self.takesWebSockets = takesWebSockets
    }
}
