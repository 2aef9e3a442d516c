import Resources

/// What one replica counted for one arm since it began.
public struct ArmCounts: Sendable, Equatable {
    public var requests: UInt64 = 0
    /// Statuses of 500 and above, and answers that an endpoint cut short.
    public var failures: UInt64 = 0
    /// Requests by the time that they took: one more count than there are bounds.
    public var buckets: [UInt64] = []

    public init(requests: UInt64 = 0, failures: UInt64 = 0, buckets: [UInt64] = []) {
        self.requests = requests
        self.failures = failures
        self.buckets = buckets
    }

    mutating func add(_ other: ArmCounts) {
        requests &+= other.requests
        failures &+= other.failures
        if buckets.isEmpty { buckets = [UInt64](repeating: 0, count: other.buckets.count) }
        guard buckets.count == other.buckets.count else { return }
        for i in buckets.indices { buckets[i] &+= other.buckets[i] }
    }

    /// What came since `earlier`; everything if counting began anew, or another program counts in other classes.
    func since(_ earlier: ArmCounts) -> ArmCounts {
        guard requests >= earlier.requests, failures >= earlier.failures, buckets.count == earlier.buckets.count,
            zip(buckets, earlier.buckets).allSatisfy({ $0 >= $1 })
        else { return self }
        return ArmCounts(
            requests: requests - earlier.requests, failures: failures - earlier.failures,
            buckets: zip(buckets, earlier.buckets).map { $0 - $1 })
    }
}

/// What all replicas counted for the arms of one rule.
public struct ArmReading: Sendable, Equatable {
    /// Upper bounds of the classes of time, in nanoseconds.
    public var bounds: [UInt64]
    /// By replica and arm. A replica that was started again is another one.
    public var replicas: [String: [String: ArmCounts]]

    public init(bounds: [UInt64], replicas: [String: [String: ArmCounts]]) {
        self.bounds = bounds
        self.replicas = replicas
    }
}

/// Counts the requests of a stretch of time, from readings of counters that only grow.
struct CountingWindow: Sendable, Equatable {
    private var baseline: [String: [String: ArmCounts]] = [:]
    private(set) var isOpen = false

    /// What was counted since the window was opened, by arm.
    ///
    /// Of a replica that is heard for the first time nobody knows how much of its counts lies in the window: it counts from now on. One
    /// that is not heard is missing, and what it counted meanwhile comes with its next answer.
    private mutating func counts(in reading: ArmReading) -> [String: ArmCounts] {
        isOpen = true
        var sum: [String: ArmCounts] = [:]
        for (replica, arms) in reading.replicas {
            guard let before = baseline[replica] else {
                baseline[replica] = arms
                continue
            }
            for (arm, counts) in arms where counts.buckets.count == reading.bounds.count + 1 {
                sum[arm, default: ArmCounts()].add(counts.since(before[arm] ?? ArmCounts(buckets: counts.buckets.map { _ in 0 })))
            }
        }
        return sum
    }

    /// What the window says of a cycle by the gateways' own counters; nil where nothing is asked of them.
    mutating func judge(_ analysis: RolloutAnalysis, _ status: RolloutStatus, in reading: ArmReading) -> Judgement? {
        let counts = counts(in: reading)
        return Judgement.own(
            analysis, canary: counts[status.canaryArm] ?? ArmCounts(), stable: counts[status.stableArm] ?? ArmCounts(),
            bounds: reading.bounds)
    }

    /// The next window begins with this reading.
    mutating func restart(at reading: ArmReading) {
        isOpen = true
        baseline.merge(reading.replicas) { $1 }
    }
}
