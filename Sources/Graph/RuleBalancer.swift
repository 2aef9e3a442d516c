/// How a rule chooses among the endpoints of a cluster, whatever that one's own balancer is. What is known of endpoints (requests in flight,
/// latency, health) stays the cluster's.
public struct RuleBalancer: Hashable, Sendable {
    public var balancer: Cluster.Balancer
    /// What of a request chooses the endpoint with `maglev`; `.address` with any other balancer.
    public var hashKey: Cluster.HashKey

    public init(_ balancer: Cluster.Balancer, hashKey: Cluster.HashKey = .address) {
        self.balancer = balancer
        self.hashKey = hashKey
    }
}
