public import Fetch

/// Everything that is needed to speak to one API server.
public struct ClusterAccess: Sendable, Equatable {
    public enum Credential: Sendable, Equatable {
        /// The client certificate in `tls`, or nobody in particular.
        case none
        case token(String)
        /// Read again from time to time and after a refusal: service account tokens rotate.
        case tokenFile(String)
        case basic(username: String, password: String)
        /// A program that prints a token or a client certificate.
        case exec(ExecPlugin)
    }

    /// `https://host:port`, with a path where the API lives below one; never ends in "/".
    public var server: String
    public var tls: TLSOptions
    public var credential: Credential
    public var impersonation: Impersonation?
    /// Where objects live when a command names no namespace.
    public var namespace: String
    public var proxy: String?
    public var userAgent: String

    public init(
        server: String, tls: TLSOptions = TLSOptions(), credential: Credential = .none, impersonation: Impersonation? = nil,
        namespace: String = "default", proxy: String? = nil, userAgent: String = "martlet"
    ) {
        var server = server
        while server.hasSuffix("/") { server.removeLast() }
        self.server = server
        self.tls = tls
        self.credential = credential
        self.impersonation = impersonation
        self.namespace = namespace
        self.proxy = proxy
        self.userAgent = userAgent
    }
}

/// Why there is no usable way to a cluster: file, field and remedy.
public struct AccessError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
