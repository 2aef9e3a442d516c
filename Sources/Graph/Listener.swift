/// What a listener speaks to those who connect to it.
public enum Transport: String, Sendable, CaseIterable {
    case http, https, tcp, udp
}

/// Where a listener accepts: a match table belongs to exactly one key.
public struct ListenerKey: Hashable, Sendable, Comparable {
    /// An IP address; `0.0.0.0` or `::` for all.
    public var address: String
    public var port: UInt16
    public var transport: Transport

    public init(address: String, port: UInt16, transport: Transport) {
        self.address = address
        self.port = port
        self.transport = transport
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.port, a.address, a.transport.rawValue) < (b.port, b.address, b.transport.rawValue)
    }
}

/// Certificates that a listener may present, named by the Secrets that hold them; the bytes travel as cells.
public struct CertificateBinding: Hashable, Sendable {
    public var hostname: HostPattern
    /// `namespace/name` of Secrets. Several have keys of different kinds, of which the client's abilities decide; of one kind the first counts.
    public var secrets: [String]
    /// What clients have to show; nil: nothing.
    public var clients: ClientDemand?

    public init(hostname: HostPattern, secrets: [String], clients: ClientDemand? = nil) {
        self.hostname = hostname
        self.secrets = secrets
        self.clients = clients
    }
}

/// What is wanted of the clients of a host.
public struct ClientDemand: Hashable, Sendable {
    /// `namespace/name` of the Secret whose `ca.crt` vouches for them.
    public var authority: String
    /// Without a certificate nobody gets in; otherwise only one that is shown has to be good.
    public var isRequired: Bool

    public init(authority: String, isRequired: Bool) {
        self.authority = authority
        self.isRequired = isRequired
    }
}

/// A certificate chain, leaf first, and its private key: both PEM, as a Secret's `tls.crt` and `tls.key` hold them.
public struct CertificateBytes: Hashable, Sendable {
    public var chain: [UInt8]
    public var key: [UInt8]

    public init(chain: [UInt8], key: [UInt8]) {
        self.chain = chain
        self.key = key
    }
}

/// One listening address and the hosts that it serves.
public struct Listener: Equatable, Sendable {
    public var key: ListenerKey
    /// Sorted by pattern, each pattern once; a request is matched within the most specific host only (Gateway API HTTPRoute, hostnames).
    public var hosts: [Host]
    public var certificates: [CertificateBinding]

    public init(key: ListenerKey, hosts: [Host] = [], certificates: [CertificateBinding] = []) {
        self.key = key
        self.hosts = hosts
        self.certificates = certificates
    }
}
