import Base
public import Graph

/// A cluster whose endpoints are asked whether they are well.
public struct CheckedCluster: Sendable, Equatable {
    public var id: ClusterID
    public var check: HealthCheck
    public var upstream: Cluster.Upstream
    /// Those that may be used.
    public var endpoints: [Endpoint]

    public init(id: ClusterID, check: HealthCheck, upstream: Cluster.Upstream, endpoints: [Endpoint]) {
        self.id = id
        self.check = check
        self.upstream = upstream
        self.endpoints = endpoints
    }
}

// MARK: - Health

extension Writer {
    /// A cluster was configured: whether it is checked may have changed. (What is checked of it is told where it is published.)
    mutating func noteCheck(_ cluster: Cluster) {
        if cluster.healthCheck != nil {
            checkedClusters.insert(cluster.id)
        } else if checkedClusters.remove(cluster.id) != nil {
            // Nobody would call them healthy again.
            for (_, handle) in clusterSlots[cluster.id]?.admitted ?? [] { view.mark(handle, .unhealthy, false) }
            checksChanged()
        }
    }

    var checked: [CheckedCluster] {
        checkedClusters.sorted().compactMap { id in
            guard let slot = clusterSlots[id], let check = slot.cluster.healthCheck else { return nil }
            let endpoints = slot.admitted.map { slot.told[Int($0.told)] }
            return CheckedCluster(id: id, check: check, upstream: slot.cluster.upstream, endpoints: endpoints)
        }
    }

    func setHealth(_ isHealthy: Bool, cluster: ClusterID, address: String, port: UInt16) {
        guard let slot = clusterSlots[cluster] else { return }
        for (told, handle) in slot.admitted
        where slot.told[Int(told)].port == port && slot.told[Int(told)].address == address {
            view.mark(handle, .unhealthy, !isHealthy)
        }
    }
}
