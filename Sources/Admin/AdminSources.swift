public import Documents
public import Graph

/// Where the pages get what they show. Each closure may be called from any thread and answers at once.
public struct AdminSources: Sendable {
    /// The graph that the workers serve; nil before the first one.
    public var graph: @Sendable () -> RoutingGraph?
    /// Whether the process can do its work at all; a message when not.
    public var unhealthy: @Sendable () -> String?
    /// Why no more requests should be sent here although all is well, such as while it drains; nil when they should.
    public var unready: @Sendable () -> String?
    /// Prometheus text.
    public var metrics: @Sendable () -> String
    /// Numbers for people and for the dashboard.
    public var stats: @Sendable () -> Value
    /// The options in force and what the controller found wrong, without secrets.
    public var config: @Sendable () -> Value
    /// What copies of requests came to, and which answers to them differed.
    public var mirrors: @Sendable () -> Value
    /// Deprecated rules, and who sends their requests.
    public var deprecations: @Sendable () -> Value

    public init(
        graph: @escaping @Sendable () -> RoutingGraph?, unhealthy: @escaping @Sendable () -> String? = { nil },
        unready: @escaping @Sendable () -> String? = { nil }, metrics: @escaping @Sendable () -> String,
        stats: @escaping @Sendable () -> Value, config: @escaping @Sendable () -> Value,
        mirrors: @escaping @Sendable () -> Value = { ["mirrors": [], "samples": []] },
        deprecations: @escaping @Sendable () -> Value = { ["rules": []] }
    ) {
        self.graph = graph
        self.unhealthy = unhealthy
        self.unready = unready
        self.metrics = metrics
        self.stats = stats
        self.config = config
        self.mirrors = mirrors
        self.deprecations = deprecations
    }
}
