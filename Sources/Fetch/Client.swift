import Synchronization

/// Sends requests over kept-alive connections, HTTP/2 where the server offers it.
///
/// All of a client's transfers run on one background thread; the calls suspend and never block. A client believes one set of
/// authorities and carries one identity: use a client per server or trust domain. Responses that are still read keep the thread alive.
///
/// When a file of the TLS options has other contents, the connections that were made with the former ones are given up: streams end
/// with `certificatesChanged`, requests under way finish, and what comes next is sent over new connections.
public final class Client: Sendable {
    /// What every request of a client shares.
    public struct Configuration: Sendable, Equatable {
        public var tls: TLSOptions
        /// An explicit proxy URL: `http`, `https`, or `socks5` with names resolved by the proxy. It may carry `user:password@`. Without
        /// it `https_proxy`, `http_proxy` and `no_proxy` apply, except to loopback.
        public var proxy: String?
        public var userAgent: String
        /// Off keeps to HTTP/1.1.
        public var http2: Bool
        /// Speaks HTTP/2 without TLS from the first byte on (RFC 9113 section 3.3).
        public var speaksHTTP2AtOnce: Bool
        /// How often the files of `tls` are looked at. Certificates are renewed hours before they expire, so seconds are early.
        public var fileInterval: Duration
        /// Connects to no loopback, link-local or multicast address, whatever names resolve to. For addresses that users write.
        public var refusesLocalAddresses = false

        public init(
            tls: TLSOptions = TLSOptions(), proxy: String? = nil, userAgent: String = "martlet", http2: Bool = true,
            speaksHTTP2AtOnce: Bool = false, fileInterval: Duration = .seconds(10)
        ) {
            self.tls = tls
            self.proxy = proxy
            self.userAgent = userAgent
            self.http2 = http2
            self.speaksHTTP2AtOnce = speaksHTTP2AtOnce
            self.fileInterval = fileInterval
        }
    }

    private let configuration: Configuration
    /// The loop that new transfers go to; those before it are retiring.
    private let current: Mutex<TransferLoop>

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        current = Mutex(Self.startLoop(configuration))
    }

    deinit { current.withLock { $0.stop() } }

    /// Gives up the connections there are, as when a certificate file changed.
    public func retireConnections() { current.withLock { $0.retire() } }

    /// Sends a request and collects the whole response. Cancelling the task ends the transfer.
    public func send(_ request: Request) async throws(FetchError) -> Response {
        let response = try await stream(request)
        var body: [UInt8] = []
        for try await chunk in response.body {
            guard body.count + chunk.count <= request.maximumBody else {
                throw FetchError(
                    .bodyTooLarge, origin: Origin.of(request.url), detail: "the limit is \(request.maximumBody) bytes")
            }
            body.append(contentsOf: chunk)
        }
        return Response(head: response.head, body: body)
    }

    /// Sends a request and returns when the head of the response is there; the body follows as it arrives.
    public func stream(_ request: Request) async throws(FetchError) -> StreamedResponse {
        let transfer = Transfer(request: request, configuration: configuration)
        let reader = TransferReader(transfer: transfer, loop: begin(transfer), client: self)
        let head = try await reader.head()
        return StreamedResponse(head: head, body: StreamedResponse.Body(reader: reader))
    }

    private func begin(_ transfer: Transfer) -> TransferLoop {
        current.withLock { loop in
            if loop.begin(transfer) { return loop }
            loop = Self.startLoop(configuration)
            _ = loop.begin(transfer)
            return loop
        }
    }

    private static func startLoop(_ configuration: Configuration) -> TransferLoop {
        let loop = TransferLoop(tls: configuration.tls, fileInterval: configuration.fileInterval)
        loop.start()
        return loop
    }
}

/// `scheme://host:port` of a URL: what errors name, because paths and user parts may hold secrets.
enum Origin {
    static func of(_ url: String) -> String {
        guard let (scheme, authority, _) = split(url) else { return "(not an http URL)" }
        return scheme + "://" + authority
    }

    /// Scheme, host with port, and the rest beginning with `/` or `?`; nil when this is no http(s) URL.
    static func split(_ url: String) -> (scheme: String, authority: String, rest: String)? {
        for scheme in ["https", "http"] where url.lowercased().hasPrefix(scheme + "://") {
            let tail = url.dropFirst(scheme.count + 3)
            let end = tail.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? tail.endIndex
            let authority = tail[..<end].split(separator: "@", omittingEmptySubsequences: false).last.map(String.init) ?? ""
            return authority.isEmpty ? nil : (scheme, authority, String(tail[end...]))
        }
        return nil
    }

    /// Host (brackets of IPv6 kept) and port of an authority.
    static func hostAndPort(_ authority: String, scheme: String) -> (host: String, port: String) {
        let fallback = scheme == "https" ? "443" : "80"
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return (authority, fallback) }
        return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }
}
