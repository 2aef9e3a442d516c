/// Bounds of a control-column server. Times are milliseconds, sizes bytes.
public struct ServingLimits: Sendable {
    public var headBytes = 64 << 10
    public var headerCount = 128
    public var bodyBytes = 4 << 20
    /// More clients than this are answered 503 and closed.
    public var connections = 512
    /// From the first byte of a request (or of the handshake) to its last.
    public var requestMilliseconds = 30_000
    /// Between requests.
    public var idleMilliseconds = 90_000
    /// A client that takes nothing for this long is gone.
    public var stallMilliseconds = 30_000
    /// Stack of each connection's thread; only touched pages cost memory.
    public var stackBytes = 2 << 20

    public init() {}
}
