public import Base
public import Graph
public import Reactor
public import Secure
public import Telemetry
import Synchronization

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
    public var accessLogFormat = AccessLogFormat.json
    /// Proxies whose forwarding headers are believed.
    public var trusted: [CIDR] = []
    /// Every connection begins with the header of a trusted proxy that says whom it is from (the PROXY protocol); others are closed.
    public var proxyProtocol = false
    public var upstreamRules = UpstreamRules()
    /// Brings the certificates (PEM) of those who vouch for endpoints that speak TLS, where no Secret says who does.
    public var systemRoots: @Sendable () -> [UInt8] = { [] }
    /// Where no rule says otherwise.
    public var limits = ProxyLimits()

    public init() {}
}

/// The proxy as the rest of the process sees it: graphs and cells in, numbers out.
public final class Proxy: Sendable {
    let registry: CellRegistry
    let crew: Crew
    let accessLog: AccessLog
    let counters: MetricsRegistry
    let publisher: Publisher
    let keeper: Keeper

    public init(_ settings: ProxySettings, log: @escaping LogSink) throws(SystemError) {
        let descriptors = Machine.raiseDescriptorLimit()
        let count = min(Epochs.maximumWorkers, settings.workers > 0 ? settings.workers : Machine.processors)
        registry = CellRegistry(rules: settings.upstreamRules, systemRoots: settings.systemRoots, log: log)
        accessLog = try AccessLog(
            target: settings.accessLog, format: settings.accessLogFormat, workers: count, log: log)
        counters = MetricsRegistry(workers: count, plans: registry.plans)
        var settings = settings
        settings.limits.share(descriptors: descriptors, among: count)
        crew = try Crew(count, settings, registry, accessLog, counters, log)
        publisher = try Publisher(crew, registry, log)
        keeper = try Keeper(registry, log: log)
    }

    deinit { crew.end() }

    /// Binds an address before any graph uses it, so that a taken port is found at once and port 0 becomes a number. Requests that come
    /// before the first graph are answered 503, TLS connections are closed.
    ///
    /// - Parameters:
    ///   - transport: `.http` or `.https`.
    ///   - policy: what is agreed on there, by `.https`.
    public func reserve(
        _ address: SocketAddress, transport: Transport = .http, policy: TLSPolicy = TLSPolicy()
    ) throws(SystemError) -> SocketAddress {
        let bound = try publisher.reserve(address, transport)
        registry.setPolicy(policy, of: ListenerKey(address: bound.ip.description, port: bound.port, transport: transport))
        return bound
    }

    /// What tickets of TLS are sealed with; nil without memory for TLS.
    public var tickets: TLSTickets? { registry.tickets }

    /// What came of a graph.
    public struct PublishReport: Sendable, Equatable {
        public var generation: UInt64 = 0
        public var problems: [LinkProblem] = []
        public var refused: [CellRegistry.RefusedEndpoint] = []
        /// Switches that wait from now on: their target has no ready endpoint.
        public var waiting: [WaitingSwitch] = []
        /// Listeners that could not be opened, with the system's words.
        public var failedListeners: [ListenerKey: String] = [:]

        public init() {}
    }

    /// Links the graph and hands it to the workers. Called from one thread at a time.
    public func publish(_ graph: RoutingGraph) -> PublishReport {
        let report = publisher.publish(graph)
        keeper.wake()
        return report
    }

    @discardableResult
    public func update(_ update: CellUpdate) -> CellRegistry.Outcome { registry.update(update) }

    /// Clusters whose endpoints are to be asked whether they are well.
    public func checkedClusters() -> [CheckedCluster] { registry.checkedClusters() }

    /// What an endpoint's answers say.
    public func setHealth(_ isHealthy: Bool, cluster: ClusterID, address: String, port: UInt16) {
        registry.setHealth(isHealthy, cluster: cluster, address: address, port: port)
    }

    /// Calls `handler`, from any thread, when `checkedClusters` changed. It must not block nor call back.
    public func onChecksChanged(_ handler: @escaping @Sendable () -> Void) { registry.onChecksChanged(handler) }

    /// The generation that every worker serves; 0 before the first.
    public var acknowledged: UInt64 { crew.acknowledged }

    /// How many threads serve.
    public var workerCount: Int { crew.count }

    /// The newest graph that every worker serves, with the weights and endpoints that are in force.
    public var servedGraph: RoutingGraph? {
        publisher.servedGraph?.weighted(registry.weights).reaching(registry.updatedEndpoints)
    }

    /// Calls `handler`, from any thread, whenever `acknowledged` grew.
    public func onAcknowledged(_ handler: @escaping @Sendable (UInt64) -> Void) { publisher.onAcknowledged(handler) }

    /// What the arms of a rule counted, by its id.
    public func arms(of rule: String) -> [ArmFigures] { counters.arms(of: rule) }

    /// What was counted of mirrors.
    public func mirrors() -> [MirrorFigures] { registry.plans.mirrors.figures }

    /// The last requests whose answers differed, the newest first.
    public func mirrorSamples() -> [MirrorSample] { registry.plans.mirrors.samples }

    /// Deprecated rules, and who sends their requests.
    public func deprecatedRules() -> [DeprecatedRule] { registry.plans.callers.deprecated }

    /// Prometheus text.
    public func metrics() -> String {
        var text = Exposition()
        counters.write(&text, accessLogDropped: accessLog.dropped)
        registry.writeArms(&text)
        registry.plans.mirrors.write(&text)
        registry.plans.callers.write(&text)
        text.family(
            "martlet_detoured_requests_total", .counter, help: "Requests and sessions for a cluster that went to another one.")
        for count in registry.detourCounts {
            text.sample([("cluster", count.cluster), ("to", count.target)], count.requests)
        }
        return text.text
    }

    /// Numbers for `/stats`, by name, in order.
    public func stats() -> [(name: String, value: UInt64)] {
        let census = registry.census
        return [
            ("requests", counters.total(.exchangesFinished)), ("workers", UInt64(crew.count)),
            ("generation.acknowledged", acknowledged),
            ("generation.published", publisher.generation), ("plans", UInt64(Plan.liveCount)),
            ("downstream.connections", counters.downstreamConnections), ("downstream.requests", counters.exchanges),
            ("upstream.connections", counters.upstreamConnections), ("clusters", UInt64(census.clusters)),
            ("endpoints", UInt64(census.endpoints)), ("splits", UInt64(census.splits)),
            ("access_log.dropped", accessLog.dropped),
        ]
            + (0..<crew.count).compactMap { i in
                crew.spread.map { ("worker.\(i).connections", UInt64(max(0, $0.connections(of: i)))) }
            }
    }

    /// After the file was rotated.
    public func reopenAccessLog() { accessLog.reopen() }

    // MARK: The end

    /// Goes on as before, but every answer tells its client to come back on another connection (`Connection: close`, RFC 9112 section
    /// 9.6), so that few connections are left when `drain` closes those that are idle.
    public func leave() { crew.leave() }

    /// What came of the requests that were there when a drain began, or came while it went on.
    public struct DrainReport: Sendable, Equatable {
        /// Requests that were answered to their end.
        public var finished: UInt64 = 0
        /// Requests that were not, within the time.
        public var cut = 0
        /// Tunnels (WebSocket) that were open at the end. Nobody but their two ends knows when one is over.
        public var tunnels = 0

        public init() {}
    }

    /// Requests finished so far, for a report that begins before the drain does.
    public var finishedRequests: UInt64 { counters.total(.exchangesFinished) }

    /// Accepts nothing new, lets requests under way finish, and ends the workers.
    ///
    /// - Parameter since: `finishedRequests` when the report begins; nil for now.
    public func drain(within limit: Duration, since: UInt64? = nil) -> DrainReport {
        let before = since ?? finishedRequests
        _ = crew.drain(within: limit)
        var report = DrainReport()
        (report.cut, report.tunnels) = crew.cut
        let ended = finishedRequests &- before
        report.finished = ended - min(ended, UInt64(report.cut + report.tunnels))
        keeper.stop()
        accessLog.close()
        return report
    }
}
