import Graph

/// What rules want of a cluster that it would not do by itself.
struct ClusterDemands: OptionSet, Hashable {
    let rawValue: UInt8

    /// Clients are tied to its endpoints.
    static let ties = ClusterDemands(rawValue: 1)

    /// Its endpoints are chosen in another way than its own.
    static func balancer(_ balancer: Cluster.Balancer) -> ClusterDemands {
        switch balancer {
        case .leastRequest: ClusterDemands(rawValue: 2)
        case .roundRobin: ClusterDemands(rawValue: 4)
        case .random: ClusterDemands(rawValue: 8)
        case .peakEWMA: ClusterDemands(rawValue: 16)
        case .maglev: ClusterDemands(rawValue: 32)
        }
    }

    static let each = (0..<6).map { ClusterDemands(rawValue: 1 << $0) }

    var balancers: Set<Cluster.Balancer> { Set(Cluster.Balancer.allCases.filter { contains(.balancer($0)) }) }
}

/// How many parts demand what of a cluster.
struct CountedDemands {
    private var counts = [Int32](repeating: 0, count: ClusterDemands.each.count)

    var all: ClusterDemands {
        ClusterDemands(zip(ClusterDemands.each, counts).filter { $0.1 > 0 }.map(\.0))
    }

    mutating func add(_ demands: ClusterDemands, _ change: Int32) {
        for (i, demand) in ClusterDemands.each.enumerated() where demands.contains(demand) { counts[i] += change }
    }
}
