import Base
import Kubernetes
import Synchronization

/// Until when this replica may write to the cluster if it hears nothing else.
///
/// Asked before each write: a process may have stood still, or waited for an answer, since it was last told that it leads.
final class LeaderTerm: Sendable {
    private let until = Mutex<Instant?>(nil)

    /// - Parameter end: nil when this replica does not lead.
    /// - Returns: whether it began or ceased to lead by that.
    func set(_ end: Instant?) -> Bool {
        until.withLock { until in
            defer { until = end }
            return (until == nil) != (end == nil)
        }
    }

    /// Whether this replica leads, or did when it last heard of its Lease: a renewal may be under way.
    var isHeld: Bool { until.withLock { $0 != nil } }

    var isInForce: Bool {
        let now = MonotonicClock.now
        return until.withLock { $0.map { now < $0 } ?? false }
    }
}
