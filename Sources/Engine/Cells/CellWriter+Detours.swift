import Base
public import Graph
import Synchronization

/// A switch to a cluster without a ready endpoint: requests stay where they were.
public struct WaitingSwitch: Hashable, Sendable {
    /// Whose requests were to go elsewhere.
    public var cluster: ClusterID
    public var target: ClusterID

    public init(cluster: ClusterID, target: ClusterID) {
        self.cluster = cluster
        self.target = target
    }
}

/// A cluster's detour, and which clusters of the registry it leads to.
struct PlacedDetour: Equatable {
    var detour: Detour
    var places: [ClusterID: Int32]
    /// Metric series of arms, where requests are counted by them.
    var series: [String: Int32] = [:]
}

// MARK: - Detours

extension Writer {
    /// The detours of clusters become these; clusters that are not named have none.
    mutating func setDetours(_ wanted: [ClusterID: PlacedDetour], _ epochs: Epochs) {
        for id in Array(detours.keys) where wanted[id] == nil { setDetour(nil, of: id, epochs) }
        for (id, detour) in wanted where detours[id] != detour { setDetour(detour, of: id, epochs) }
    }

    private mutating func setDetour(_ placed: PlacedDetour?, of id: ClusterID, _ epochs: Epochs) {
        detours[id] = placed
        defer { settleArms(of: id, epochs) }
        guard let slot = clusterSlots[id] else { return }
        var address: UInt = 0
        if let placed {
            for target in placed.detour.clusters where detourCounters[id]?[target] == nil {
                detourCounters[id, default: [:]][target] = detourRows.allocate()
            }
            let counters = detourCounters[id] ?? [:]
            address = unsafe UInt(
                bitPattern: DetourState.make(
                    placed.detour, of: id, { (placed.places[$0] ?? slot.index, counters[$0] ?? 0) }, series: placed.series))
        }
        retireBlock(clusters.view[slot.index].detour.exchange(address, ordering: .acquiringAndReleasing), epochs)
    }

    /// The cluster goes.
    mutating func dropDetour(of id: ClusterID, _ index: Int32, _ epochs: Epochs) {
        detours[id] = nil
        retireBlock(clusters.view[index].detour.exchange(0, ordering: .acquiringAndReleasing), epochs)
        for counter in (detourCounters.removeValue(forKey: id) ?? [:]).values {
            retired.append((epochs.advance(), .counter(counter)))
        }
    }

    private func isReady(_ id: ClusterID) -> Bool { clusterSlots[id]?.isReady ?? false }

    /// Whether requests for a cluster find a ready endpoint, there or where it is switched to.
    func isServed(_ id: ClusterID) -> Bool { Detour.serves(id, detours[id]?.detour.switchover, isReady: isReady) }

    /// Switches from or to one of these clusters that wait for a ready endpoint, and did not when this was asked last. Where nobody is
    /// ready on either side, none waits.
    mutating func newlyWaiting(of ids: some Sequence<ClusterID>) -> [WaitingSwitch] {
        guard !detours.isEmpty || !waiting.isEmpty else { return [] }
        let concerned = Set(ids)
        let known = waiting.filter {
            concerned.contains($0.cluster) || concerned.contains($0.target) || detours[$0.cluster] == nil
        }
        let now = detours.compactMap { id, placed -> WaitingSwitch? in
            guard let switchover = placed.detour.switchover, !switchover.isForced,
                concerned.contains(id) || concerned.contains(switchover.cluster),
                !isReady(switchover.cluster), isReady(id)
            else { return nil }
            return WaitingSwitch(cluster: id, target: switchover.cluster)
        }
        waiting = waiting.subtracting(known).union(now)
        return now.filter { !known.contains($0) }.sorted { $0.cluster < $1.cluster }
    }
}

extension CellRegistry {
    /// Sets the detours of a graph's clusters, whose entries these are: all of them were configured before, whatever leads to which.
    func setDetours(of graph: [Cluster], _ known: ClusterIndex) -> (
        waiting: [WaitingSwitch], problems: [LinkProblem]
    ) {
        var wanted: [ClusterID: PlacedDetour] = [:]
        var problems: [LinkProblem] = []
        for cluster in graph where cluster.detour != nil {
            guard var detour = cluster.detour else { continue }
            func isHeld(_ id: ClusterID) -> Bool {
                if known[id] != nil { return true }
                problems.append(
                    LinkProblem(rule: cluster.id, message: "has a detour to cluster \(id), which the graph does not hold"))
                return false
            }
            detour.canaries.removeAll { !isHeld($0.cluster) }
            if let switchover = detour.switchover, !isHeld(switchover.cluster) { detour.switchover = nil }
            guard detour != Detour() else { continue }
            let places = detour.clusters.compactMap { id in known[id].map { (id, $0.index) } }
            wanted[cluster.id] = PlacedDetour(
                detour: detour, places: Dictionary(places) { first, _ in first }, series: series(of: detour))
        }
        return (replaceDetours(wanted), problems)
    }

    private func series(of detour: Detour) -> [String: Int32] {
        guard let count = detour.count else { return [:] }
        let arms = Set(detour.canaries.map(\.arm) + [count.own]).subtracting([""])
        return Dictionary(
            uniqueKeysWithValues: arms.map { ($0, plans.series(SeriesName(rule: count.rule, arm: $0, isOfDetour: true))) })
    }

    /// Requests that went from one cluster to another, since the first one is there.
    public struct DetourCount: Equatable, Sendable {
        public let cluster: ClusterID
        public let target: ClusterID
        public let requests: UInt64
    }
}
