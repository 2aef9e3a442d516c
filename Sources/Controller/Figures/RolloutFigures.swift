import Kubernetes
public import Resources
import Translator

/// How a Rollout stands, for pages.
public struct RolloutFigures: Sendable, Equatable {
    /// `namespace/name`
    public var name: String
    /// nil before a leader has seen it.
    public var phase: RolloutStatus.Phase?
    public var canaryWeight: Int

    init(_ finding: RolloutFinding) {
        name = finding.object.key.description
        phase = finding.rollout.status.phase
        canaryWeight = finding.rollout.status.canaryWeight
    }
}
