/// Why no (whole) response came. An HTTP status, whatever it is, is a response and no `FetchError`.
public struct FetchError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        case invalidRequest, cannotResolve, connectionRefused, unreachable, connectTimeout, responseTimeout, idleTimeout
        case serverNotTrusted, tlsHandshakeFailed, badAuthorities, badClientCertificate
        case connectionLost, certificatesChanged, protocolError, bodyTooLarge, proxyFailed, addressRefused, cancelled, failed
    }

    public let kind: Kind
    /// `https://host:port`, without the path, which may hold secrets.
    public let origin: String
    /// libcurl's words.
    public let detail: String

    public init(_ kind: Kind, origin: String, detail: String = "") {
        self.kind = kind
        self.origin = origin
        self.detail = detail
    }

    /// A sentence that says what happened and what to check.
    public var description: String {
        detail.isEmpty ? "\(explanation)." : "\(explanation) (\(detail))."
    }

    /// True when nothing of the request can have reached the server, so that any method may be sent again.
    public var neverReachedServer: Bool {
        switch kind {
        case .cannotResolve, .connectionRefused, .unreachable, .connectTimeout, .serverNotTrusted, .proxyFailed, .addressRefused:
            true
        default: false
        }
    }

    private var explanation: String {
        switch kind {
        case .invalidRequest: "The request to \(origin) cannot be sent: check its URL and header fields"
        case .cannotResolve: "Cannot resolve the host of \(origin): check its spelling and this machine's DNS"
        case .connectionRefused: "Nothing listens at \(origin): check that the server runs, its address and its port"
        case .unreachable: "Cannot reach \(origin): check the network, routes and firewalls between here and there"
        case .connectTimeout: "Connecting to \(origin) took too long: check the address, firewalls and the server's load"
        case .responseTimeout: "\(origin) did not answer in time: check the server's load and health"
        case .idleTimeout: "\(origin) fell silent: check the server, and proxies between here and there"
        case .serverNotTrusted:
            "The certificate of \(origin) is not trusted: check the certificate authority, the host name and the dates"
        case .tlsHandshakeFailed:
            "TLS with \(origin) failed: check that the port speaks TLS and whether the server demands a client certificate"
        case .badAuthorities: "The certificate authority for \(origin) cannot be read: check that it is a PEM certificate"
        case .badClientCertificate:
            "The client certificate or key for \(origin) cannot be used: check that both are PEM and belong together"
        case .connectionLost: "The connection to \(origin) broke off: the server restarted, or something between cut it"
        case .certificatesChanged:
            "The connection to \(origin) was closed from here, because the certificates that it was made with were replaced"
        case .protocolError: "\(origin) does not speak HTTP as expected: check the port and the scheme"
        case .bodyTooLarge: "\(origin) sent more than was allowed"
        case .proxyFailed: "The proxy on the way to \(origin) failed: check the proxy's URL and what it allows"
        case .addressRefused:
            "\(origin) is this host itself or only reachable on its link, which is never asked; name a Service or another host"
        case .cancelled: "The request to \(origin) was cancelled"
        case .failed: "The request to \(origin) failed"
        }
    }
}
