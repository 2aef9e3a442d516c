public import Base
public import Graph
public import Reactor
public import Telemetry

/// Where requests are logged.
public enum AccessLogTarget: Sendable, Equatable {
    case none, standardOutput
    case file(String)
}

/// What the install says about the proxy.
public struct ProxySettings: Sendable {
    /// 0: one for each processor that may be used.
    public var workers = 0
    public var accessLog = AccessLogTarget.standardOutput
    /// Proxies whose forwarding headers are believed.
    public var trusted: [CIDR] = []
    public var upstreamRules = UpstreamRules()

    public init() {}
}

/// The proxy as the rest of the process sees it: graphs and cells in, numbers out.
public final class Proxy: Sendable {
    public init(_ settings: ProxySettings, log: @escaping LogSink) throws(SystemError) {}

    /// Binds an address before any graph uses it, so that a taken port is found at once and port 0 becomes a number. Requests that come
    /// before the first graph are answered 503.
    public func reserve(_ address: SocketAddress) throws(SystemError) -> SocketAddress { address }

    /// What came of a graph.
    public struct PublishReport: Sendable, Equatable {
        public var generation: UInt64 = 0
        public var problems: [LinkProblem] = []
        public var refused: [CellRegistry.RefusedEndpoint] = []
        /// Listeners that could not be opened, with the system's words.
        public var failedListeners: [ListenerKey: String] = [:]

        public init() {}
    }

    /// Links the graph and hands it to the workers. Called from one thread at a time.
    public func publish(_ graph: RoutingGraph) -> PublishReport { PublishReport() }

    @discardableResult
    public func update(_ update: CellUpdate) -> CellRegistry.Outcome { CellRegistry.Outcome() }

    /// The generation that every worker serves; 0 before the first.
    public var acknowledged: UInt64 { 0 }

    /// The newest graph that every worker serves.
    public var servedGraph: RoutingGraph? { nil }

    /// Calls `handler`, from any thread, whenever `acknowledged` grew.
    public func onAcknowledged(_ handler: @escaping @Sendable (UInt64) -> Void) {}

    /// Prometheus text.
    public func metrics() -> String { "" }

    /// Numbers for `/stats`, by name, in order.
    public func stats() -> [(name: String, value: UInt64)] { [] }

    /// After the file was rotated.
    public func reopenAccessLog() {}

    /// Accepts nothing new, lets requests under way finish, and ends the workers. - Returns: whether all finished within the time.
    public func drain(within limit: Duration) -> Bool { true }
}
