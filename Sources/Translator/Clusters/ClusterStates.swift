import Graph
import Resources

/// The clusters in use, their endpoints, and which of them changed.
struct ClusterStates {
    private struct State {
        var reference: ClusterReference
        var uses = 0
        var cluster: Cluster?
        var endpoints: [Endpoint] = []
    }
    private var states: [ClusterID: State] = [:]
    private var byService: [ObjectKey: Few<ClusterID>] = [:]
    /// Clusters whose uses or Service changed since they were last settled.
    private var unsettled: Set<ClusterID> = []
    private var moved: Set<ClusterID> = []

    mutating func use(_ reference: ClusterReference) {
        let id = reference.id
        states[id, default: State(reference: reference)].uses += 1
        if states[id]?.uses == 1 {
            byService[reference.service, default: Few()].update(with: id)
            unsettled.insert(id)
        }
    }

    mutating func drop(_ reference: ClusterReference) {
        let id = reference.id
        states[id]?.uses -= 1
        unsettled.insert(id)
    }

    mutating func serviceChanged(_ service: ObjectKey) { unsettled.formUnion(byService[service] ?? Few()) }
    mutating func endpointsChanged(_ service: ObjectKey) { moved.formUnion(byService[service] ?? Few()) }

    struct Changes {
        var clusters: [(key: ClusterID, element: Cluster?)] = []
        /// nil: the cluster is gone.
        var endpoints: [(id: ClusterID, endpoints: [Endpoint]?)] = []
    }

    /// Makes the clusters and endpoints that changes ask for; equal clusters stay the same objects.
    mutating func settle(_ snapshot: Snapshot, _ settings: TranslatorSettings) -> Changes {
        var changes = Changes()
        var slices: [ObjectKey: [Stored<EndpointSlice>]] = [:]
        for id in unsettled.union(moved) {
            guard let state = states[id] else { continue }
            let key = state.reference.service
            guard state.uses > 0, let service = snapshot.services[key]?.resource else {
                if state.cluster != nil {
                    changes.clusters.append((id, nil))
                    changes.endpoints.append((id, nil))
                }
                states[id]?.cluster = nil
                if state.uses == 0 { forget(state.reference) }
                continue
            }
            let isNew = state.cluster == nil
            if unsettled.contains(id) {
                let cluster = ClusterMaker.cluster(state.reference, service, settings)
                if cluster != state.cluster {
                    states[id]?.cluster = cluster
                    changes.clusters.append((id, cluster))
                }
            }
            let its = slices[key] ?? snapshot.slices(of: key)
            slices[key] = its
            let endpoints = EndpointMaker.endpoints(state.reference, service, its)
            if isNew || endpoints != state.endpoints {
                states[id]?.endpoints = endpoints
                changes.endpoints.append((id, endpoints))
            }
        }
        unsettled = []
        moved = []
        return changes
    }

    private mutating func forget(_ reference: ClusterReference) {
        states[reference.id] = nil
        byService[reference.service]?.remove(reference.id)
        if byService[reference.service]?.isEmpty == true { byService[reference.service] = nil }
    }
}
