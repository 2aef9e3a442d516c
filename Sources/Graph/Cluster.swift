import Base

/// `namespace/service:port`, or another stable name. Health, pools and counters are carried by it.
public typealias ClusterID = String

/// A set of interchangeable endpoints: a Service's port.
public final class Cluster: Equatable, Sendable {
    /// What endpoints speak. Over `https` they choose between HTTP/2 and HTTP/1.1 (ALPN); `h2` and `grpcs` are HTTP/2 over TLS and nothing else.
    public enum Upstream: String, Sendable, CaseIterable {
        case http, h2c, grpc, https, h2, grpcs, tcp, udp

        public var isSealed: Bool { self == .https || self == .h2 || self == .grpcs }
        /// HTTP/2 is known beforehand, or demanded.
        public var isFramed: Bool { self == .h2c || self == .grpc || self == .h2 || self == .grpcs }
        /// gRPC-Web becomes gRPC.
        public var isGRPC: Bool { self == .grpc || self == .grpcs }
    }
    public enum Balancer: String, Sendable, CaseIterable, BitwiseCopyable {
        case leastRequest = "least-request"
        case roundRobin = "round-robin"
        case random
        case peakEWMA = "peak-ewma"
        case maglev
    }
    /// What of a request chooses the endpoint with `maglev`.
    public enum HashKey: Hashable, Sendable {
        /// The client's address.
        case address
        /// A header field's value; several fields of the name count as one.
        case header(String)
        case cookie(String)
        case query(String)
    }
    /// When an endpoint is left out for a while because of what came of requests to it.
    public struct OutlierDetection: Hashable, Sendable {
        /// What counts as a failure, beside tries that end without an answer.
        public enum Errors: String, Sendable, CaseIterable {
            case off
            /// Nothing else: refused and cut connections, time limits, answers that cannot be read.
            case failures
            /// 502, 503 and 504.
            case gateway
            /// Every status from 500 on.
            case server = "5xx"

            @inlinable public func contains(_ status: UInt16) -> Bool {
                switch self {
                case .off, .failures: false
                case .gateway: status >= 502 && status <= 504
                case .server: status >= 500
                }
            }
        }
        public var errors: Errors
        /// Failures in a row that put an endpoint out.
        public var limit: UInt32

        public init(errors: Errors = .failures, limit: UInt32 = 5) {
            self.errors = errors
            self.limit = limit
        }
    }
    /// How a connection to an endpoint begins: with whom it is made for, in a version of the PROXY protocol.
    public enum Introduction: String, Sendable, CaseIterable { case v1, v2 }
    /// Where endpoints come from.
    public enum Discovery: Equatable, Sendable {
        /// The control column publishes them (EndpointSlices, static lists).
        case published
        /// The keeper resolves the name; addresses that may not be upstreams are dropped after resolution.
        indirect case dns(name: String, port: UInt16)
    }

    public let id: ClusterID
    /// How TLS is spoken where `upstream` asks for it. Without it nothing is sent there.
    public var tls: EndpointTLS? { ownTLS?.value }
    private let ownTLS: Rare<EndpointTLS>?
    public let discovery: Discovery
    public var connectTimeout: Duration { ownTimeout?.value ?? Self.usualTimeout }
    private let ownTimeout: Rare<Duration>?
    public let upstream: Upstream
    public let balancer: Balancer
    public var hashKey: HashKey { ownBalancing?.value.hashKey ?? .address }
    /// How long an endpoint that comes gets less than its share; zero when it does not.
    public var slowStart: Duration { ownBalancing?.value.slowStart ?? .zero }
    public var outliers: OutlierDetection { ownBalancing?.value.outliers ?? OutlierDetection() }
    /// How endpoints are asked whether they are well; nil when they are not.
    public var healthCheck: HealthCheck? { ownBalancing?.value.healthCheck }
    /// Where its requests go instead of to its own endpoints; nil when nowhere else.
    public var detour: Detour? { ownBalancing?.value.detour }
    /// Limits, the breaker, and when health does not count.
    public var protection: ClusterProtection { ownBalancing?.value.protection ?? ClusterProtection() }
    /// How clients are tied to endpoints; nil when neither the cluster nor a rule that leads to it ties any.
    public var sessions: ClusterSessions? { ownBalancing?.value.sessions }
    /// What rules that lead here choose endpoints by instead of `balancer`: whatever that takes is kept at hand.
    public var ruleBalancers: Set<Balancer> { ownBalancing?.value.ruleBalancers ?? [] }
    private let ownBalancing: Rare<Balancing>?
    private struct Balancing: Equatable {
        var hashKey = HashKey.address
        var slowStart = Duration.zero
        var outliers = OutlierDetection()
        var healthCheck: HealthCheck?
        var protection = ClusterProtection()
        var detour: Detour?
        var sessions: ClusterSessions?
        var ruleBalancers: Set<Balancer> = []
    }
    /// What endpoints are told before the first byte; such connections are one client's each.
    public let introduction: Introduction?
    /// Loopback, link-local, metadata and the gateway's own addresses are refused unless this says otherwise.
    public let allowsLoopback: Bool
    public static let usualTimeout = Duration.seconds(5)

    public init(
        id: ClusterID, upstream: Upstream = .http, balancer: Balancer = .leastRequest, discovery: Discovery = .published,
        allowsLoopback: Bool = false, tls: EndpointTLS? = nil, introduction: Introduction? = nil,
        connectTimeout: Duration = Cluster.usualTimeout, hashKey: HashKey = .address, slowStart: Duration = .zero,
        outliers: OutlierDetection = OutlierDetection(), healthCheck: HealthCheck? = nil,
        protection: ClusterProtection = ClusterProtection(), detour: Detour? = nil, sessions: ClusterSessions? = nil,
        ruleBalancers: Set<Balancer> = []
    ) {
        self.id = id
        self.upstream = upstream
        self.balancer = balancer
        self.discovery = discovery
        self.allowsLoopback = allowsLoopback
        self.introduction = introduction
        ownTLS = tls.map { Rare($0) }
        ownTimeout = connectTimeout == Self.usualTimeout ? nil : Rare(connectTimeout)
        let balancing = Balancing(
            hashKey: hashKey, slowStart: slowStart, outliers: outliers, healthCheck: healthCheck, protection: protection,
            detour: detour == Detour() ? nil : detour, sessions: sessions, ruleBalancers: ruleBalancers)
        ownBalancing = balancing == Balancing() ? nil : Rare(balancing)
    }

    public static func == (a: Cluster, b: Cluster) -> Bool {
        a === b
            || (a.id == b.id && a.upstream == b.upstream && a.balancer == b.balancer && a.discovery == b.discovery
                && a.allowsLoopback == b.allowsLoopback && a.tls == b.tls && a.introduction == b.introduction
                && a.connectTimeout == b.connectTimeout && a.ownBalancing == b.ownBalancing)
    }
}

/// How TLS is spoken to a cluster's endpoints. Secrets are named (`namespace/name`); what they hold travels as cells.
public struct EndpointTLS: Hashable, Sendable {
    /// What is asked for (SNI) and must be in the endpoint's certificate: a DNS name, or an address, which is not asked for.
    public var serverName: String
    /// The Secret whose `ca.crt` vouches for endpoints; nil: the authorities that the system trusts.
    public var authority: String?
    /// The Secret with what is shown to endpoints that ask for a certificate.
    public var certificate: String?
    /// Without it whoever answers at an endpoint's address is believed.
    public var isVerified: Bool

    public init(serverName: String, authority: String? = nil, certificate: String? = nil, isVerified: Bool = true) {
        self.serverName = serverName
        self.authority = authority
        self.certificate = certificate
        self.isVerified = isVerified
    }

    /// The Secrets that it takes.
    public var secrets: [String] { [authority, certificate].compactMap(\.self) }
}

/// One address that serves a cluster.
public struct Endpoint: Hashable, Sendable, Comparable {
    public enum Condition: String, Sendable, CaseIterable {
        case ready
        /// Still answering but on its way out: used only when nothing is ready (KEP-1669).
        case draining
    }
    /// A numeric IP address.
    public var address: String
    // There are hundreds of thousands: small members stand together.
    public var port: UInt16
    public var condition: Condition
    /// It is meant for clients where this gateway runs: the others are for when no such one is healthy.
    public var isNear: Bool
    public var weight: Int {
        get { Int(ownWeight) }
        set { ownWeight = Int32(clamping: newValue) }
    }
    private var ownWeight: Int32
    public var zone: String?

    public init(
        address: String, port: UInt16, condition: Condition = .ready, zone: String? = nil, isNear: Bool = false, weight: Int = 1
    ) {
        self.address = address
        self.port = port
        self.condition = condition
        self.zone = zone
        self.isNear = isNear
        ownWeight = Int32(clamping: weight)
    }

    public static func < (a: Self, b: Self) -> Bool { (a.address, a.port) < (b.address, b.port) }
}

extension Sequence<Endpoint> {
    /// Whether requests have somewhere to go without asking one that is on its way out.
    public var hasReady: Bool { contains { $0.condition == .ready } }
}

/// A consent that a reference across namespaces rests on.
public struct Grant: Hashable, Sendable {
    /// `kind/namespace/name` of what refers.
    public var from: String
    /// `kind/namespace/name` of what is referred to.
    public var to: String

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}

/// A change that reaches the workers without a new plan.
public enum CellUpdate: Equatable, Sendable {
    case endpoints(ClusterID, [Endpoint])
    /// Weights of a rule's arms, in order.
    case weights(rule: String, [Int])
    /// What a Secret (`namespace/name`, as bindings name it) holds; nil when it is gone. The last bytes that were good are presented.
    case certificate(secret: String, CertificateBytes?)
    /// The certificates (PEM) in a Secret by which endpoints and clients are verified; nil when it is gone. The last bytes that were good
    /// count.
    case authority(secret: String, [UInt8]?)
}
