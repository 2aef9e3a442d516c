public import HTTP

/// Bounds and times of the proxy where no rule says otherwise. Times in milliseconds; 0 is no limit.
public struct ProxyLimits: Sendable {
    // MARK: Of one worker
    /// Connections of clients, and connections in all.
    public var clients = 49_152
    /// Connections from one address, of all workers together; 0 is any number. Of IPv6 the first 64 bits count, since whoever has one such
    /// network has all of its addresses.
    public var clientsPerAddress = 0
    public var sockets = 65_536
    public var exchanges = 49_152
    /// Kept connections to one endpoint.
    public var keptPerEndpoint = 512
    /// Work of one turn of the loop: connections accepted from a listener, steps of TLS handshakes (a quarter of a millisecond each and
    /// more), receives on one connection.
    public var acceptsPerTurn = 64
    public var handshakesPerTurn = 16
    public var receivesPerTurn = 4
    /// Datagrams from a listener, or from one endpoint to one client.
    public var datagramsPerTurn = 64
    /// Clients that send datagrams; what others send is dropped.
    public var datagramSessions = 16_384

    /// Copies of requests for mirrors that are under way; further ones are left out. Each holds at most a head and `replayBytes`.
    public var mirrors = 256
    /// Answers of copies and originals that wait to be compared with each other.
    public var comparisons = 1_024
    // MARK: Of all workers
    /// Bytes in blocks: heads, leftovers, unsent output.
    public var blockBytes = 256 << 20

    // MARK: Messages
    public var head = HeadLimits()
    /// What an HTTP/2 connection of a client may ask of us.
    public var http2 = HTTP2Settings()
    /// What an endpoint's HTTP/2 connection may ask of us. A stream's window stops the endpoint when its client does not read; the connection's is as large
    /// as those of all its streams, since otherwise a few such clients would stop the others'.
    public var upstreamHTTP2 = HTTP2Settings(
        connectionWindow: 100 * 131_072, chatter: HTTP2Allowance(burst: 10_000, perSecond: 1_000))
    /// Requests that one HTTP/2 connection to an endpoint carries at a time, if the endpoint allows as many.
    public var streamsPerCarrier = 100
    /// Bytes of a body that are kept for another try.
    public var replayBytes = 65_536
    /// Bytes of a trailer section.
    public var trailerBytes = 8_192

    // MARK: Times
    /// From accepting a connection to the end of its TLS handshake; then it is closed without a word.
    public var handshake: UInt64 = 10_000
    /// From the first byte of a head to its last: 408.
    public var headTime: UInt64 = 15_000
    /// Bytes of a body for each second that a client has to send, reckoned over five seconds; 0 is any number.
    public var bodyRate = 0
    /// Bytes of an answer for each second that a client has to take while some wait for it, reckoned over five seconds; 0 is any number.
    public var writeRate = 0
    /// A client's connection between requests.
    public var clientIdle: UInt64 = 75_000
    /// A kept connection to an endpoint. Below the idle times of common servers, so that it is we who close.
    public var upstreamIdle: UInt64 = 55_000
    /// An endpoint that let a time limit pass has that long to say something on its HTTP/2 connection; then the connection is closed.
    public var signOfLife: UInt64 = 5_000
    /// The whole request. A rule's `request` replaces it.
    public var request: UInt64 = 0
    /// From a try's beginning to its answer's head. A rule's `backendRequest` replaces it.
    public var answer: UInt64 = 60_000
    /// Nothing moves in a body, and in a tunnel. A rule's `streamIdle` replaces both.
    public var streamIdle: UInt64 = 300_000
    public var tunnelIdle: UInt64 = 3_600_000
    /// A client sends no datagrams and gets none. A rule's `streamIdle` replaces it.
    public var datagramIdle: UInt64 = 60_000
    /// From a copy's beginning to the end of its answer. A mirror's `timeout` replaces it.
    public var mirror: UInt64 = 10_000
    /// A closing client may go on sending that long.
    public var linger: UInt64 = 2_000
    /// Tries beyond the first because a connection was refused or dead.
    public var safeRetries: UInt8 = 3

    public init() {}

    /// Bounds the clients of each worker by the descriptors that the process may have: half of them are left for connections to endpoints. Otherwise those who
    /// only connect would take the last one, and nobody could be served.
    mutating func share(descriptors: Int, among workers: Int) {
        // Logs, the admin pages, the API server.
        let others = min(256, descriptors / 8)
        clients = min(clients, max(1, (descriptors - others) / 2 / max(1, workers)))
    }
}
