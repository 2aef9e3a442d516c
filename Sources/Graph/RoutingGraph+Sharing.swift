extension RoutingGraph {
    /// The same graph with every host, rule and cluster that equals one of `previous` replaced by that very object, so that a
    /// comparison with `previous` is a comparison of pointers. Parts that are shared already cost a pointer comparison each.
    public func sharing(previous: RoutingGraph) -> RoutingGraph {
        var graph = self
        var done: [ObjectIdentifier: Host] = [:]
        for i in graph.listeners.indices {
            guard let earlier = previous.listeners.first(where: { $0.key == graph.listeners[i].key }) else { continue }
            let hosts = Self.sharing(graph.listeners[i].hosts, earlier.hosts, &done)
            // The array itself is shared where it can be: then even the walk over the hosts is saved.
            graph.listeners[i].hosts = hosts.elementsEqual(earlier.hosts, by: ===) ? earlier.hosts : hosts
        }
        graph.clusters = Self.sharing(clusters, previous.clusters)
        if graph.endpoints == previous.endpoints { graph.endpoints = previous.endpoints }
        return graph
    }

    private static func sharing(_ hosts: [Host], _ earlier: [Host], _ done: inout [ObjectIdentifier: Host]) -> [Host] {
        var result = hosts
        var byPattern: [HostPattern: Host]?
        for (i, host) in hosts.enumerated() {
            if i < earlier.count, earlier[i] === host { continue }
            if let known = done[ObjectIdentifier(host)] {
                result[i] = known
                continue
            }
            var twin: Host?
            if i < earlier.count, earlier[i].pattern == host.pattern {
                twin = earlier[i]
            } else {
                if byPattern == nil { byPattern = Dictionary(earlier.map { ($0.pattern, $0) }) { first, _ in first } }
                twin = byPattern?[host.pattern]
            }
            guard let twin, twin !== host else { continue }
            result[i] = host == twin ? twin : sharing(host, twin)
            done[ObjectIdentifier(host)] = result[i]
        }
        return result
    }

    private static func sharing(_ host: Host, _ earlier: Host) -> Host {
        let rules = Dictionary(earlier.entries.map { ($0.rule.id, $0.rule) }) { first, _ in first }
        var isChanged = false
        let entries = host.entries.map { entry -> Entry in
            guard let twin = rules[entry.rule.id], twin !== entry.rule, twin == entry.rule else { return entry }
            isChanged = true
            return Entry(match: entry.match, rule: twin)
        }
        return isChanged ? Host(pattern: host.pattern, entries: entries, isJoined: host.isJoined) : host
    }

    private static func sharing(_ clusters: [Cluster], _ earlier: [Cluster]) -> [Cluster] {
        var result = clusters
        var byID: [ClusterID: Cluster]?
        for (i, cluster) in clusters.enumerated() {
            if i < earlier.count, earlier[i] === cluster { continue }
            if byID == nil { byID = Dictionary(earlier.map { ($0.id, $0) }) { first, _ in first } }
            if let twin = byID?[cluster.id], twin == cluster { result[i] = twin }
        }
        return result.elementsEqual(earlier, by: ===) ? earlier : result
    }
}
