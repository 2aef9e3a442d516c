extension RoutingGraph {
    /// The same with other weights of arms: those in force, which change without a new graph.
    ///
    /// - Parameter weights: by rule, in the order of its arms; rules that are not named stay as they are.
    public func weighted(_ weights: [String: [Int]]) -> RoutingGraph {
        var graph = self
        var changed: [String: Rule] = [:]
        for i in graph.listeners.indices {
            graph.listeners[i].hosts = graph.listeners[i].hosts.map { host in
                guard host.entries.contains(where: { weights[$0.rule.id] != nil }) else { return host }
                let entries = host.entries.map { entry in
                    let rule = changed[entry.rule.id] ?? entry.rule.weighted(weights[entry.rule.id])
                    changed[entry.rule.id] = rule
                    return Entry(match: entry.match, rule: rule)
                }
                return Host(pattern: host.pattern, entries: entries, isJoined: host.isJoined)
            }
        }
        return graph
    }

    /// The same with other endpoints: those in force, which change without a new graph.
    ///
    /// - Parameter endpoints: by cluster; clusters that are not named, or are found by their name, stay as they are.
    public func reaching(_ endpoints: [ClusterID: [Endpoint]]) -> RoutingGraph {
        var graph = self
        for cluster in clusters where cluster.discovery == .published {
            if let known = endpoints[cluster.id] { graph.endpoints[cluster.id] = known }
        }
        return graph
    }
}

extension Rule {
    fileprivate func weighted(_ weights: [Int]?) -> Rule {
        guard let weights, case .forward(var split) = action, split.arms.count == weights.count,
            split.arms.map(\.weight) != weights
        else { return self }
        for i in weights.indices { split.arms[i].weight = weights[i] }
        return with(.forward(split))
    }
}
