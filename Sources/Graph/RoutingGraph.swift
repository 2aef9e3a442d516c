/// The routing graph: what the translator says the proxy shall do, as plain values.
///
/// It is the boundary between the two freezes (docs/architecture.md): `translate` makes it from cluster objects, `link` makes
/// a `Plan` from it. It is printable (`GraphText`), comparable, and persistent: hosts, rules and clusters are immutable
/// objects, so that an unchanged part of a new graph is the *same* object as in the old one and costs nothing to publish.
///
/// `endpoints` and the weights in `Split` are a graph's initial cell values. Cells change without a new graph: see `CellUpdate`.
public struct RoutingGraph: Equatable, Sendable {
    /// Sorted by key; one per (address, port, transport).
    public var listeners: [Listener]
    /// Sorted by id; ids are unique.
    public var clusters: [Cluster]
    /// Initial endpoints of each cluster, by cluster id.
    public var endpoints: [ClusterID: [Endpoint]]
    /// Cross-namespace references in force; withdrawing one retranslates what depended on it.
    public var grants: [Grant]

    public init(
        listeners: [Listener] = [], clusters: [Cluster] = [], endpoints: [ClusterID: [Endpoint]] = [:], grants: [Grant] = []
    ) {
        self.listeners = listeners
        self.clusters = clusters
        self.endpoints = endpoints
        self.grants = grants
    }
}
