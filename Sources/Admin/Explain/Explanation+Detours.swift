import Graph

// Where a request goes instead of to the cluster that its rule names.
extension Explanation {
    /// The cluster's detour, and what it means for this request as far as the graph knows.
    func detourLines(of id: ClusterID) -> [String] {
        guard let detour = detours[id] else { return [] }
        let ways = GraphText.print(detour).split(separator: "\n").map(String.init)
        return ways + [meaning(of: detour, from: id)].compactMap(\.self)
    }

    /// Whether requests for a cluster find a ready endpoint, there or where it is switched to.
    func isServed(_ id: ClusterID) -> Bool { Detour.serves(id, detours[id]?.switchover, isReady: hasReady) }

    private func meaning(of detour: Detour, from id: ClusterID) -> String? {
        if let switchover = detour.switchover {
            if switchover.isForced || hasReady(switchover.cluster) || !hasReady(id) {
                return "every request goes to \(switchover.cluster)"
            }
            let waits = "\(switchover.cluster) has no ready endpoint, so the switch waits"
            return choice(among: detour.canaries).map { "\(waits); \($0)" } ?? waits
        }
        return choice(among: detour.canaries)
    }

    private func choice(among canaries: [Detour.Canary]) -> String? {
        for canary in canaries {
            guard let header = canary.header, has(header.name, header.value) else { continue }
            return hasReady(canary.cluster)
                ? "this request asks for \(canary.cluster)"
                : "this request asks for \(canary.cluster), which has no ready endpoint, and stays"
        }
        let vetoed = canaries.filter { canary in
            canary.header.map { header in header.veto.map { has(header.name, $0) } ?? false } ?? false
        }
        return vetoed.isEmpty ? nil : "this request keeps away from \(vetoed.map(\.cluster).joined(separator: ", "))"
    }

    private func has(_ name: String, _ value: String) -> Bool {
        request.headers.contains { $0.name == name && $0.value == value }
    }

    private func hasReady(_ id: ClusterID) -> Bool {
        clusters.first { $0.id == id }?.endpoints.hasReady ?? false
    }
}
