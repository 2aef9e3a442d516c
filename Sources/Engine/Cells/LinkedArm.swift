import Balancing
import Graph

/// An arm as a rule was linked with it.
struct LinkedArm {
    var name: String
    var weight: Int
    /// Those that its requests may go to.
    var clusters: [ClusterID]

    init(_ arm: Arm) {
        name = arm.name
        weight = arm.weight
        clusters = arm.backends.compactMap { backend in
            guard case .cluster(let id) = backend.target, backend.weight > 0 else { return nil }
            return id
        }
    }
}

/// An arm of a rule got its last ready endpoint taken away, or has one again.
struct ArmNews {
    let rule: String
    let arm: String
    let change: ArmPresence.Change
    /// It waits for its share.
    let waits: Bool
}
