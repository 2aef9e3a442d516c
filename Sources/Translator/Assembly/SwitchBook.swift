import Graph
import Resources

/// Which objects wait for endpoints of which clusters.
struct SwitchBook {
    private var waiting: [ClusterID: Few<ObjectReference>] = [:]

    /// Those whose switches depend on a cluster.
    func on(_ cluster: ClusterID) -> Few<ObjectReference> { waiting[cluster] ?? Few() }

    mutating func replace(_ old: [ArmSwitch], with new: [ArmSwitch], of object: ObjectReference) {
        let (before, after) = (Set(old.flatMap(\.clusters)), Set(new.flatMap(\.clusters)))
        for cluster in before.subtracting(after) {
            waiting[cluster]?.remove(object)
            if waiting[cluster]?.isEmpty == true { waiting[cluster] = nil }
        }
        for cluster in after.subtracting(before) { waiting[cluster, default: Few()].update(with: object) }
    }
}
