/// Certificates and keys, as PEM.
public enum PEM: Sendable, Equatable {
    case bytes([UInt8])
    /// Read anew for each connection, and connections are given up when it changed, so that rotated files take effect.
    case file(String)
}

/// How a client proves itself to servers and whom it believes.
public struct TLSOptions: Sendable, Equatable {
    /// The only authorities believed; nil means those of the operating system.
    public var authorities: PEM?
    public var clientCertificate: PEM?
    public var clientKey: PEM?
    /// The name to ask for (SNI) and to verify, when it is not the URL's host.
    public var serverName: String?
    /// Accepts any certificate. For kubeconfigs that say so; never a default.
    public var insecure: Bool

    public init(
        authorities: PEM? = nil, clientCertificate: PEM? = nil, clientKey: PEM? = nil, serverName: String? = nil,
        insecure: Bool = false
    ) {
        self.authorities = authorities
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.serverName = serverName
        self.insecure = insecure
    }
}
