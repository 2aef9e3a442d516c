import Graph

/// Which endpoints of a state that may be out of date were seen to accept a connection. Pure.
///
/// Pods come and go while nobody watches, and another pod may have got the address of one that went: requests go only where somebody
/// was seen to listen. Names are resolved anew in any case.
struct ProvenEndpoints {
    private let graph: RoutingGraph
    private var proven: [ClusterID: Set<Endpoint>] = [:]

    /// Who is spoken to in datagrams accepts no connection: those are used unseen.
    init(_ graph: RoutingGraph) {
        self.graph = graph
        for cluster in graph.clusters where cluster.upstream == .udp {
            proven[cluster.id] = Set(graph.endpoints[cluster.id] ?? [])
        }
    }

    /// Endpoints that nobody has seen accept a connection.
    var unproven: [ClusterID: [Endpoint]] {
        graph.endpoints.reduce(into: [:]) { rest, cluster in
            let left = cluster.value.filter { proven[cluster.key]?.contains($0) != true }
            if !left.isEmpty { rest[cluster.key] = left }
        }
    }

    /// Of those, as many of each cluster as make `most` in all, and one of each at least.
    func unproven(most: Int) -> [ClusterID: [Endpoint]] {
        let all = unproven
        let share = max(1, most / max(1, all.count))
        return all.mapValues { Array($0.prefix(share)) }
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
