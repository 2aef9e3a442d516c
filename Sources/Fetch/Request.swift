/// One HTTP request to the outside world, sent through a `Client`.
public struct Request: Sendable {
    /// "GET", "PATCH", …; written to the wire as given.
    public var method: String
    /// An absolute `http://` or `https://` URL, already percent-encoded.
    public var url: String
    public var headers: [Header]
    /// nil sends no body; an empty array sends `Content-Length: 0`.
    public var body: [UInt8]?
    public var timeouts: Timeouts
    /// The most bytes of response body that `Client.send` collects before it gives up with `bodyTooLarge`.
    public var maximumBody: Int
    /// Asks for gzip; the body arrives decoded.
    public var acceptsCompression: Bool
    /// Opens a connection for this request and closes it after.
    public var hasOwnConnection = false

    public init(
        _ method: String = "GET", _ url: String, headers: [Header] = [], body: [UInt8]? = nil, timeouts: Timeouts = Timeouts(),
        maximumBody: Int = 32 << 20, acceptsCompression: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maximumBody = maximumBody
        self.acceptsCompression = acceptsCompression
    }

    /// Adds `Authorization: Bearer …` (RFC 6750 section 2.1).
    public mutating func authorize(bearer token: String) {
        headers.append(Header("Authorization", "Bearer " + token))
    }
}

/// A header field; names compare without regard to case.
public struct Header: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How long a request may take; nil means no limit.
public struct Timeouts: Sendable, Equatable {
    /// Name resolution, TCP and TLS together.
    public var connect: Duration
    /// From the call to the last byte of the body. Streams that are meant to last leave it nil.
    public var total: Duration?
    /// The longest silence after the request was sent; time that the reader holds the body back does not count.
    public var idle: Duration?

    public init(connect: Duration = .seconds(10), total: Duration? = .seconds(30), idle: Duration? = nil) {
        self.connect = connect
        self.total = total
        self.idle = idle
    }
}
