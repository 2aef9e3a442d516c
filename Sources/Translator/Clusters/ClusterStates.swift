import Base
import Documents
import Graph
import Resources

/// The clusters in use, their endpoints, and which of them changed.
struct ClusterStates {
    private struct State: Keyed {
        let key: ClusterID
        /// By parts, and by detours of clusters that parts use.
        var uses: Int32 = 0
        var detours: Int32 = 0
        var cluster: Cluster?

        var isUsed: Bool { uses > 0 || detours > 0 }
    }
    private var states = DenseTable<State>()
    /// Of those few clusters of which parts demand something.
    private var demands: [ClusterID: CountedDemands] = [:]
    /// Of clusters that parts use: what only detours lead to needs none, since requests take one step.
    private var detours: [ClusterID: Detour] = [:]
    /// Clusters that detours lead to, by Service.
    private var reached: [ObjectKey: Set<ClusterID>] = [:]
    /// Clusters whose uses or Service changed since they were last settled.
    private var unsettled: Set<ClusterID> = []
    private var moved: Set<ClusterID> = []

    mutating func use(_ id: ClusterID) {
        states[id, default: State(key: id)].uses += 1
        if states[id]?.uses == 1 { unsettled.insert(id) }
    }

    mutating func drop(_ id: ClusterID) {
        states[id]?.uses -= 1
        unsettled.insert(id)
    }

    /// - Parameter change: 1 for a part more that demands this of the cluster, -1 for one less.
    mutating func demand(_ demand: ClusterDemands, of id: ClusterID, _ change: Int32) {
        var counted = demands[id] ?? CountedDemands()
        let before = counted.all
        counted.add(demand, change)
        if counted.all != before { unsettled.insert(id) }
        demands[id] = counted.all.isEmpty ? nil : counted
    }

    /// Whether a name stands for its endpoints, which only the proxy learns.
    func isNamed(_ id: ClusterID) -> Bool {
        if case .dns = states[id]?.cluster?.discovery { true } else { false }
    }

    mutating func servicesChanged(_ clusters: Set<ClusterID>) { unsettled.formUnion(clusters) }
    mutating func detoursChanged(_ clusters: Set<ClusterID>) { unsettled.formUnion(clusters) }
    mutating func endpointsChanged(_ clusters: Set<ClusterID>) { moved.formUnion(clusters) }

    /// Where all requests for a cluster go, if they go elsewhere.
    func switchover(of id: ClusterID) -> Detour.Switchover? { detours[id]?.switchover }

    /// Clusters that are switched to this one.
    func switched(to id: ClusterID) -> [ClusterID] {
        ClusterReference(id).flatMap { reached[$0.service] }?.contains(id) == true
            ? detours.filter { $0.value.switchover?.cluster == id }.map(\.key) : []
    }

    /// Clusters of the Service that detours lead to.
    func reached(in service: ObjectKey) -> Set<ClusterID> { reached[service] ?? [] }

    struct Changes {
        var clusters: [(key: ClusterID, element: Cluster?)] = []
        /// How TLS was spoken to clusters before, and how it is now.
        var tls: [(old: EndpointTLS?, new: EndpointTLS?)] = []
        /// nil: the cluster is gone.
        var endpoints: [(id: ClusterID, endpoints: [Endpoint]?)] = []
    }

    /// Makes the clusters and endpoints that changes ask for; equal clusters stay the same objects.
    ///
    /// - Parameter known: the endpoints that were made last.
    mutating func settle(
        _ snapshot: Snapshot, _ settings: TranslatorSettings, _ book: DetourBook, known: [ClusterID: [Endpoint]]
    ) -> Changes {
        var changes = Changes()
        for id in unsettled { settleDetour(of: id, book) }
        let ids = unsettled.union(moved).filter { states[$0] != nil }
        for (id, made) in making(ids, snapshot, settings) {
            guard let state = states[id] else { continue }
            guard let made else {
                if let cluster = state.cluster {
                    changes.tls.append((cluster.tls, nil))
                    changes.clusters.append((id, nil))
                    changes.endpoints.append((id, nil))
                }
                states[id] = state.isUsed ? State(key: id, uses: state.uses, detours: state.detours) : nil
                continue
            }
            if unsettled.contains(id), made.cluster != state.cluster {
                states[id]?.cluster = made.cluster
                changes.tls.append((state.cluster?.tls, made.cluster.tls))
                changes.clusters.append((id, made.cluster))
            }
            if state.cluster == nil || made.endpoints != known[id] {
                changes.endpoints.append((id, made.endpoints))
            }
        }
        unsettled = []
        moved = []
        return changes
    }

    /// Uses what the cluster's detour leads to, or no longer.
    private mutating func settleDetour(of id: ClusterID, _ book: DetourBook) {
        let isUsed = states[id].map { $0.uses > 0 } ?? false
        let new = isUsed ? ClusterReference(id).flatMap { book.detour(of: id, in: $0.service) } : nil
        guard new != detours[id] else { return }
        let old = detours[id]
        detours[id] = new
        // The new uses first: a cluster that both lead to is never without one.
        for target in new?.clusters ?? [] { lead(to: target, 1) }
        for target in old?.clusters ?? [] { lead(to: target, -1) }
    }

    private mutating func lead(to target: ClusterID, _ change: Int32) {
        states[target, default: State(key: target)].detours += change
        unsettled.insert(target)
        guard let service = ClusterReference(target)?.service else { return }
        if states[target]?.detours == 0 {
            reached[service]?.remove(target)
            if reached[service]?.isEmpty == true { reached[service] = nil }
        } else {
            reached[service, default: []].insert(target)
        }
    }

    private func making(
        _ ids: Set<ClusterID>, _ snapshot: Snapshot, _ settings: TranslatorSettings
    ) -> [(id: ClusterID, made: Made?)] {
        let used = ids.filter { states[$0]?.isUsed ?? false }
        // A change of endpoints alone leaves the cluster as it is.
        let known = used.map {
            (id: $0, cluster: unsettled.contains($0) ? nil : states[$0]?.cluster, demands: demands[$0]?.all ?? [])
        }
        return concurrentMap(known) { [detours] in
            ($0.id, Made($0.id, known: $0.cluster, snapshot, settings, detours[$0.id], $0.demands))
        }
            + ids.subtracting(used).map { ($0, nil) }
    }

    /// What the Service and its slices make of a cluster; nil when there is no such Service.
    private struct Made {
        let cluster: Cluster
        let endpoints: [Endpoint]

        init?(
            _ id: ClusterID, known: Cluster?, _ snapshot: Snapshot, _ settings: TranslatorSettings, _ detour: Detour?,
            _ demands: ClusterDemands
        ) {
            guard let reference = ClusterReference(id), let service = snapshot.services[reference.service]?.resource else {
                return nil
            }
            cluster = known ?? ClusterMaker.cluster(id, reference, service, settings, detour: detour, demands)
            endpoints = EndpointMaker.endpoints(reference, service, snapshot.slices(of: reference.service), settings)
        }
    }
}
