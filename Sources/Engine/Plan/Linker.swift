public import Graph

extension Plan {
    /// Makes the plan of a graph.
    ///
    /// Total: whatever cannot be obeyed answers 500 with a reason, and is named in the report. Persistent: a host, rule or cluster
    /// object that the previous plan's graph held too keeps its compiled form, so that linking costs what changed, plus one
    /// comparison of addresses and one reference for each host. Endpoints and weights of the graph become current where they differ from those of the
    /// previous graph, endpoints also where an update came since.
    public static func link(_ graph: RoutingGraph, previous: Plan?, registry: CellRegistry) -> Plan {
        var report = Report()
        let clusters = linkClusters(graph, previous, registry, &report)
        let known = ClusterIndex(clusters)
        var tables: [HostTable] = []
        for listener in graph.listeners {
            let old = previous.flatMap { previous in previous.listener(listener.key).map { previous.tables[Int($0)] } }
            // Listeners mostly serve the same hosts, with and without TLS.
            if let same = (tables + [old].compactMap(\.self)).first(where: { isSame($0, listener) }) {
                tables.append(same)
                report.reusedHosts += same.blocks.count
                continue
            }
            tables.append(linkHosts(listener, old, registry, known, &report))
        }
        let terminators = graph.listeners.map { listener in
            listener.key.transport == .https ? registry.terminator(listener.key, listener.certificates) : nil
        }
        return Plan(
            graph: graph, report: report, tables: tables, clusters: clusters, terminators: terminators, registry: registry)
    }

    private static func isSame(_ table: HostTable, _ listener: Listener) -> Bool {
        guard table.flaws == 0, table.hosts.count == listener.hosts.count else { return false }
        return SameEnds(table.hosts, listener.hosts).isAll
    }

    // MARK: Hosts

    /// Walks the old and the new hosts side by side where they differ; both are sorted by pattern. Unsorted lists only reuse less.
    private static func linkHosts(
        _ listener: Listener, _ old: HostTable?, _ registry: CellRegistry, _ clusters: ClusterIndex,
        _ report: inout Report
    ) -> HostTable {
        var rules = RuleCompiler(registry: registry, clusters: clusters)
        var blocks = old?.blocks ?? []
        var added: [HostBlock] = []
        var removed: [HostBlock] = []
        // Flawed hosts are compiled again, wherever they are.
        let same =
            old.map { $0.flaws == 0 ? SameEnds($0.hosts, listener.hosts) : .none } ?? .none
        let before = blocks[same.head..<(blocks.count - same.tail)]
        var between: [HostBlock] = []
        var k = before.startIndex
        for host in listener.hosts[same.head..<(listener.hosts.count - same.tail)] {
            while k < before.endIndex, before[k].host !== host, before[k].host.pattern < host.pattern {
                removed.append(before[k])
                k += 1
            }
            if k < before.endIndex, before[k].host === host, before[k].isFlawless {
                between.append(before[k])
                k += 1
                report.reusedHosts += 1
                continue
            }
            if k < before.endIndex, before[k].host.pattern == host.pattern {
                removed.append(before[k])
                k += 1
            }
            let block = HostCompiler.compile(host, &rules)
            between.append(block)
            added.append(block)
            report.compiledHosts += 1
        }
        rules.finish()
        removed += before[k...]
        blocks.replaceSubrange(before.startIndex..<before.endIndex, with: between)
        report.reusedHosts += same.head + same.tail
        report.problems += rules.problems
        return HostTable(hosts: listener.hosts, blocks: blocks, previous: old, removed: removed, added: added)
    }

    // MARK: Clusters

    private static func linkClusters(
        _ graph: RoutingGraph, _ previous: Plan?, _ registry: CellRegistry, _ report: inout Report
    ) -> [ClusterEntry] {
        // Entries stand where their clusters stand, unless there were too many of them.
        let isComplete = previous.map { $0.clusters.count == $0.graph.clusters.count } ?? false
        let before = isComplete ? previous?.graph.clusters ?? [] : []
        let told = previous?.graph.endpoints ?? [:]
        let updated = registry.takeUpdatedClusters()
        // The usual case, a change of routes: nothing is looked up and nothing is counted. Dictionaries that share their storage are
        // equal without a look at what they hold.
        if let previous, isComplete, updated.isEmpty, SameEnds(before, graph.clusters).isAll, told == graph.endpoints {
            return previous.clusters
        }
        var entries: [ClusterEntry] = []
        entries.reserveCapacity(graph.clusters.count)
        var k = 0
        for cluster in graph.clusters {
            while k < before.count, before[k] !== cluster, before[k].id < cluster.id { k += 1 }
            let now = graph.endpoints[cluster.id]
            let isKnown = k < before.count && before[k].id == cluster.id
            let isChanged = !isKnown || updated.contains(cluster.id) || told[cluster.id] != now
            if let previous, isKnown, before[k] === cluster, !isChanged {
                entries.append(previous.clusters[k])
                continue
            }
            guard let (entry, refused) = registry.cluster(cluster, initial: isChanged ? now ?? [] : nil) else {
                report.problems.append(LinkProblem(rule: cluster.id, message: "there are too many clusters"))
                continue
            }
            entries.append(entry)
            report.refused += refused
        }
        // Behind all of them: whatever a detour leads to has its place by now.
        let detours = registry.setDetours(of: graph.clusters, ClusterIndex(entries))
        report.waiting = detours.waiting
        report.problems += detours.problems
        return entries
    }
}
