import Documents
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
        let ids = unsettled.union(moved).filter { states[$0] != nil }
        for (id, made) in making(ids, snapshot, settings) {
            guard let state = states[id] else { continue }
            guard let made else {
                if let cluster = state.cluster {
                    changes.tls.append((cluster.tls, nil))
                    changes.clusters.append((id, nil))
                    changes.endpoints.append((id, nil))
                }
                states[id] = state.uses > 0 ? State(uses: state.uses) : nil
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

    private func making(
        _ ids: Set<ClusterID>, _ snapshot: Snapshot, _ settings: TranslatorSettings
    ) -> [(id: ClusterID, made: Made?)] {
        let used = ids.filter { states[$0].map { $0.uses > 0 } ?? false }
        // A change of endpoints alone leaves the cluster as it is.
        let known = used.map { (id: $0, cluster: unsettled.contains($0) ? nil : states[$0]?.cluster) }
        return concurrentMap(known) { ($0.id, Made($0.id, known: $0.cluster, snapshot, settings)) }
            + ids.subtracting(used).map { ($0, nil) }
    }

    /// What the Service and its slices make of a cluster; nil when there is no such Service.
    private struct Made {
        let cluster: Cluster
        let endpoints: [Endpoint]

        init?(_ id: ClusterID, known: Cluster?, _ snapshot: Snapshot, _ settings: TranslatorSettings) {
            guard let reference = ClusterReference(id), let service = snapshot.services[reference.service]?.resource else {
                return nil
            }
            cluster = known ?? ClusterMaker.cluster(id, reference, service, settings)
            endpoints = EndpointMaker.endpoints(reference, service, snapshot.slices(of: reference.service), settings)
        }
    }
}
