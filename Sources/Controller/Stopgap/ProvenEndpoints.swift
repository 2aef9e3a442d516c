import Graph

/// Which endpoints of a state that may be out of date were seen to accept a connection. Pure.
///
/// Pods come and go while nobody watches, and another pod may have got the address of one that went: requests go only where somebody
/// was seen to listen. Names are resolved anew in any case.
struct ProvenEndpoints {
    private let graph: RoutingGraph
    private var proven: [ClusterID: Set<Endpoint>] = [:]
    /// How many were asked of those that need not be the first.
    private var turn = 0

    /// Who is spoken to in datagrams accepts no connection: those are used unseen.
    init(_ graph: RoutingGraph) {
        self.graph = graph
        for cluster in graph.clusters where cluster.upstream == .udp {
            proven[cluster.id] = Set(graph.endpoints[cluster.id] ?? [])
        }
    }

    /// Whom to ask next: of each cluster that has nobody one, and then others, so many in all. All have their turn.
    mutating func nextToAsk(most: Int) -> [Memory.Candidate] {
        var (first, rest): ([Memory.Candidate], [Memory.Candidate]) = ([], [])
        for (cluster, endpoints) in graph.endpoints {
            var left = endpoints.filter { proven[cluster]?.contains($0) != true }
            if !left.isEmpty, proven[cluster]?.isEmpty != false {
                first.append(Memory.Candidate(cluster: cluster, endpoint: left.remove(at: turn % left.count)))
            }
            rest += left.map { Memory.Candidate(cluster: cluster, endpoint: $0) }
        }
        let count = min(rest.count, max(0, most - first.count))
        let start = rest.isEmpty ? 0 : turn % rest.count
        turn += max(1, count)
        return first + (rest[start...] + rest[..<start]).prefix(count)
    }

    /// Asks a round of endpoints for each of the limits, until one has found somebody.
    ///
    /// - Parameters:
    ///   - most: as many in a round.
    ///   - answering: `Memory.answering`.
    mutating func findSomebody(
        of most: Int, within limits: [Duration], _ answering: ([Memory.Candidate], Duration) -> [ClusterID: Set<Endpoint>]
    ) {
        for limit in limits {
            let next = nextToAsk(most: most)
            if next.isEmpty || !prove(answering(next, limit)).isEmpty { return }
        }
    }

    /// The graph with endpoints that were.
    var usable: RoutingGraph {
        var usable = graph
        usable.endpoints = Dictionary(uniqueKeysWithValues: graph.endpoints.map { ($0.key, endpoints(of: $0.key)) })
        return usable
    }

    var count: (proven: Int, all: Int) {
        (proven.values.reduce(0) { $0 + $1.count }, graph.endpoints.values.reduce(0) { $0 + $1.count })
    }

    /// - Returns: what changes in a proxy that serves `usable` as it was before.
    mutating func prove(_ seen: [ClusterID: Set<Endpoint>]) -> [CellUpdate] {
        var updates: [CellUpdate] = []
        for (cluster, endpoints) in seen.sorted(by: { $0.key < $1.key }) {
            let news = endpoints.intersection(graph.endpoints[cluster] ?? []).subtracting(proven[cluster] ?? [])
            guard !news.isEmpty else { continue }
            proven[cluster, default: []].formUnion(news)
            updates.append(.endpoints(cluster, self.endpoints(of: cluster)))
        }
        return updates
    }

    /// In the order of the graph.
    private func endpoints(of cluster: ClusterID) -> [Endpoint] {
        (graph.endpoints[cluster] ?? []).filter { proven[cluster]?.contains($0) == true }
    }
}
