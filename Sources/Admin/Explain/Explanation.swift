public import Graph

/// What the proxy would do with a request, and why not something else.
public struct Explanation: Equatable, Sendable {
    /// An entry that was looked at before the decision.
    public struct Step: Equatable, Sendable {
        public var rule: String
        public var match: String
        /// Why it does not hold; nil for the one that decides.
        public var mismatch: String?
    }

    public enum Outcome: Equatable, Sendable {
        case noListener, noHost, noRule
        case rule(Rule)
        /// The connection is joined to an endpoint by the rule; nobody sees a request.
        case joined(Rule)

        public static func == (a: Self, b: Self) -> Bool {
            switch (a, b) {
            case (.noListener, .noListener), (.noHost, .noHost), (.noRule, .noRule): true
            case (.rule(let a), .rule(let b)), (.joined(let a), .joined(let b)): a == b
            default: false
            }
        }
    }

    public var request: ExplainedRequest
    public var listener: ListenerKey?
    public var host: HostPattern?
    public var steps: [Step] = []
    public var outcome: Outcome = .noListener
    /// Endpoints of the clusters that the rule may forward to, and where their requests go instead, in order of first mention.
    public var clusters: [(id: ClusterID, endpoints: [Endpoint])] = []
    /// Of the clusters that the rule names.
    public var detours: [ClusterID: Detour] = [:]
    /// What ties clients to endpoints of a cluster, by its own word, where the rule says nothing of it.
    public var ties: [ClusterID: EndpointPersistence] = [:]

    public static func == (a: Self, b: Self) -> Bool { a.text == b.text }

    /// Explains a request by a graph. It goes the way of the proxy: listener, most specific host, first entry that holds.
    public init(_ request: ExplainedRequest, by graph: RoutingGraph) {
        self.request = request
        let candidates = graph.listeners.filter { $0.key.transport == request.transport }
        let isByPort = request.transport == .tcp || request.transport == .udp
        let exact = candidates.first { $0.key.port == request.port }
        guard let listener = exact ?? (isByPort ? nil : candidates.first) else { return }
        self.listener = listener.key
        guard let host = Self.host(isByPort ? "" : request.host, in: listener.hosts) else {
            outcome = .noHost
            return
        }
        self.host = host.pattern
        outcome = .noRule
        if host.isJoined {
            // What is not TLS has no name that anybody could go by.
            guard request.transport != .http, let rule = host.entries.first?.rule else { return }
            outcome = .joined(rule)
            follow(rule, in: graph)
            return
        }
        for entry in host.entries {
            let mismatch = MatchReason.mismatch(entry.match, request)
            steps.append(Step(rule: entry.rule.id, match: GraphText.print(entry.match), mismatch: mismatch))
            if mismatch == nil {
                outcome = .rule(entry.rule)
                follow(entry.rule, in: graph)
                return
            }
        }
    }

    private mutating func follow(_ rule: Rule, in graph: RoutingGraph) {
        let named = Self.clusters(of: rule)
        for cluster in graph.clusters where named.contains(cluster.id) { detours[cluster.id] = cluster.detour }
        var seen: Set<ClusterID> = []
        let all = named.flatMap { [$0] + (detours[$0]?.clusters ?? []) }
        if rule.sessions == nil {
            for cluster in graph.clusters where all.contains(cluster.id) { ties[cluster.id] = cluster.sessions?.persistence }
        }
        clusters = all.filter { seen.insert($0).inserted }.map { ($0, graph.endpoints[$0] ?? []) }
    }

    private static func host(_ name: String, in hosts: [Host]) -> Host? {
        func rank(_ pattern: HostPattern) -> Int? {
            switch pattern {
            case .exact(let exact): return exact == name ? .max : nil
            case .any: return 0
            case .wildcard(let suffix, let depth):
                guard name.hasSuffix("." + suffix) else { return nil }
                let label = name.dropLast(suffix.utf8.count + 1)
                if label.isEmpty || (depth == .one && label.contains(".")) { return nil }
                return 1 + suffix.utf8.count * 2 + (depth == .one ? 1 : 0)
            }
        }
        return hosts.compactMap { host in rank(host.pattern).map { (host, $0) } }.max { $0.1 < $1.1 }?.0
    }

    private static func clusters(of rule: Rule) -> [ClusterID] {
        guard case .forward(let split) = rule.action else { return [] }
        var seen: Set<ClusterID> = []
        return split.arms.flatMap(\.backends).compactMap { backend in
            guard case .cluster(let id) = backend.target, seen.insert(id).inserted else { return nil }
            return id
        }
    }
}
