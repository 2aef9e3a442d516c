/// The difference of two graphs: structured for `link`, readable for people.
public struct GraphDiff: Sendable {
    public let delta: GraphDelta
    let old: RoutingGraph
    let new: RoutingGraph

    /// Compares; parts that are the same objects in both cost a pointer comparison.
    public static func between(_ old: RoutingGraph, _ new: RoutingGraph) -> GraphDiff {
        var delta = GraphDelta()
        compareListeners(old.listeners, new.listeners, &delta)
        delta.clusters = changes(old.clusters, new.clusters, id: \.id, identical: ===, same: ==)
        if old.endpoints != new.endpoints {
            let ids = { (endpoints: [ClusterID: [Endpoint]]) in endpoints.keys.sorted() }
            delta.endpoints = changes(ids(old.endpoints), ids(new.endpoints), id: \.self) { a, _ in
                old.endpoints[a] == new.endpoints[a]
            }
        }
        if old.grants != new.grants { delta.grants = changes(old.grants, new.grants, id: \.self) { _, _ in true } }
        return GraphDiff(delta: delta, old: old, new: new)
    }

    public var isEmpty: Bool { delta.isEmpty }

    private static func compareListeners(_ old: [Listener], _ new: [Listener], _ delta: inout GraphDelta) {
        delta.listeners = changes(old, new, id: \.key) { $0.certificates == $1.certificates }
        let before = Dictionary(old.map { ($0.key, $0) }) { first, _ in first }
        for listener in new {
            guard let earlier = before[listener.key] else { continue }
            let hosts = changes(earlier.hosts, listener.hosts, id: \.pattern, identical: ===, same: ==)
            let name = { GraphDelta.HostID(listener: listener.key, pattern: $0) }
            delta.hosts.added += hosts.added.map(name)
            delta.hosts.removed += hosts.removed.map(name)
            delta.hosts.changed += hosts.changed.map(name)
        }
    }

    /// Pairs units by id. Lists that pair up position by position (the usual case) need no table.
    private static func changes<Unit, ID: Hashable & Sendable>(
        _ old: [Unit], _ new: [Unit], id: (Unit) -> ID, identical: (Unit, Unit) -> Bool = { _, _ in false },
        same: (Unit, Unit) -> Bool
    ) -> GraphDelta.Changes<ID> {
        var changes = GraphDelta.Changes<ID>()
        var common = 0
        while common < min(old.count, new.count) {
            let (a, b) = (old[common], new[common])
            if !identical(a, b) {
                guard id(a) == id(b) else { break }
                if !same(a, b) { changes.changed.append(id(b)) }
            }
            common += 1
        }
        var rest = Dictionary(old[common...].map { (id($0), $0) }) { first, _ in first }
        for unit in new[common...] {
            guard let earlier = rest.removeValue(forKey: id(unit)) else {
                changes.added.append(id(unit))
                continue
            }
            if !identical(earlier, unit), !same(earlier, unit) { changes.changed.append(id(unit)) }
        }
        if !rest.isEmpty { changes.removed = old[common...].map(id).filter { rest.removeValue(forKey: $0) != nil } }
        return changes
    }
}
