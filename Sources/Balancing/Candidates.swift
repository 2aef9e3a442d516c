/// The endpoints of a cluster as a picker sees them: the first `readyCount` are ready, the rest are draining.
///
/// A protocol over plain values, specialised by the engine, so that pickers are pure and cost no reference counting.
public protocol Candidates {
    var count: Int { get }
    var readyCount: Int { get }
    /// The first of the ready ones are meant for clients where we are; 0 when that makes no difference.
    var nearCount: Int { get }
    /// Healthy as far as checks and outlier detection know.
    func isHealthy(_ i: Int) -> Bool
    /// Already tried for this request: avoided while there is another.
    func isExcluded(_ i: Int) -> Bool
    /// Requests in flight.
    func load(_ i: Int) -> Int32
    /// At least 1.
    func weight(_ i: Int) -> Int32
    /// The largest weight among all.
    var maximumWeight: Int32 { get }
    /// How long it takes to answer, in microseconds; 0 when nobody knows.
    func latency(_ i: Int) -> UInt64
    /// Whether it takes a turn that is its own: one that starts slowly lets most of them go by.
    func takesTurn(_ i: Int, _ cursor: UInt32) -> Bool
}

/// Which candidates a picker may choose from, from the best tier to the last resort.
public enum Tier: Sendable, CaseIterable {
    /// Meant for us, healthy and not tried yet.
    case near
    /// Ready, healthy and not tried yet.
    case fresh
    /// Ready and healthy, but tried before.
    case ready
    /// Going away, healthy (KEP-1669: only when nothing is ready and healthy).
    case draining
    /// Nothing is healthy: better to try than to refuse.
    case unhealthy
    case unhealthyDraining

    /// The one to ask when this one has nobody. Pickers go from tier to tier by this rather than through `allCases`, an array that would be
    /// counted as often as somebody looks at it.
    @inlinable public var next: Tier? {
        switch self {
        case .near: .fresh
        case .fresh: .ready
        case .ready: .draining
        case .draining: .unhealthy
        case .unhealthy: .unhealthyDraining
        case .unhealthyDraining: nil
        }
    }
}

extension Candidates {
    @inlinable func range(_ tier: Tier) -> Range<Int> {
        switch tier {
        case .near: 0..<nearCount
        case .fresh, .ready, .unhealthy: 0..<readyCount
        case .draining, .unhealthyDraining: readyCount..<count
        }
    }

    @inlinable func isEligible(_ i: Int, _ tier: Tier) -> Bool {
        switch tier {
        case .near, .fresh: isHealthy(i) && !isExcluded(i)
        case .ready: isHealthy(i)
        case .draining: isHealthy(i) && !isExcluded(i)
        case .unhealthy: !isExcluded(i)
        case .unhealthyDraining: true
        }
    }
}
