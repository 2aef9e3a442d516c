/// What was counted for one arm of a rule since the process began: what a Rollout judges by.
public struct ArmFigures: Sendable, Equatable {
    public var arm: String
    /// Answered, whatever the answer.
    public var requests: UInt64
    /// Statuses of 500 and above, and answers that their endpoint cut short.
    public var failures: UInt64
    /// Requests by the time that they took, for each of `bounds` and for those above all.
    public var buckets: [UInt64]

    /// Upper bounds in nanoseconds.
    public static var bounds: [UInt64] { Latency.bounds }
}
