import Graph
import Resources

/// The clusters in use, their endpoints, and which of them changed.
struct ClusterStates {
    private struct State {
        var uses: Int32 = 0
        var cluster: Cluster?
    }
    private var states: [ClusterID: State] = [:]
    /// Clusters whose uses or Service changed since they were last settled.
    private var unsettled: Set<ClusterID> = []
    private var moved: Set<ClusterID> = []

    mutating func use(_ id: ClusterID) {
        states[id, default: State()].uses += 1
        if states[id]?.uses == 1 { unsettled.insert(id) }
    }

    mutating func drop(_ id: ClusterID) {
        states[id]?.uses -= 1
        unsettled.insert(id)
    }

    mutating func servicesChanged(_ clusters: Set<ClusterID>) { unsettled.formUnion(clusters) }
    mutating func endpointsChanged(_ clusters: Set<ClusterID>) { moved.formUnion(clusters) }

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
    mutating func settle(_ snapshot: Snapshot, _ settings: TranslatorSettings, known: [ClusterID: [Endpoint]]) -> Changes {
        var changes = Changes()
        var slices: [ObjectKey: [Stored<EndpointSlice>]] = [:]
        for id in unsettled.union(moved) {
            guard let state = states[id] else { continue }
            guard state.uses > 0, let reference = ClusterReference(id),
                let service = snapshot.services[reference.service]?.resource
            else {
                if let cluster = state.cluster {
                    changes.tls.append((cluster.tls, nil))
                    changes.clusters.append((id, nil))
                    changes.endpoints.append((id, nil))
                }
                states[id] = state.uses > 0 ? State(uses: state.uses) : nil
                continue
            }
            if unsettled.contains(id) {
                let cluster = ClusterMaker.cluster(id, reference, service, settings)
                if cluster != state.cluster {
                    states[id]?.cluster = cluster
                    changes.tls.append((state.cluster?.tls, cluster.tls))
                    changes.clusters.append((id, cluster))
                }
            }
            let its = slices[reference.service] ?? snapshot.slices(of: reference.service)
            slices[reference.service] = its
            let endpoints = EndpointMaker.endpoints(reference, service, its)
            if state.cluster == nil || endpoints != known[id] {
                changes.endpoints.append((id, endpoints))
            }
        }
        unsettled = []
        moved = []
        return changes
    }
}
