import Base
import Resources

/// How much of a step has passed. Only time that this leader saw pass counts, by the monotonic clock, on top of what the status says.
struct StepClock: Sendable {
    private struct Step: Equatable {
        var revision: String
        var number: Int
    }

    private var step: Step?
    private var before = Duration.zero
    /// nil while it stands.
    private var since: Instant?

    /// How much may pass before it is noted in the status: what a change of leader repeats at most.
    static func checkpoint(_ duration: Duration) -> Duration { max(.seconds(2), min(duration / 4, .seconds(30))) }

    mutating func follow(_ status: RolloutStatus?, isRunning: Bool, at now: Instant) {
        let current = status.map { Step(revision: $0.revision, number: $0.step) }
        if current != step {
            step = current
            before = status?.stepElapsed ?? .zero
            since = nil
        }
        if isRunning {
            since = since ?? now
        } else if let since {
            before += .nanoseconds(Int64(clamping: now.nanoseconds(since: since)))
            self.since = nil
        }
    }

    func elapsed(at now: Instant) -> Duration {
        before + (since.map { .nanoseconds(Int64(clamping: now.nanoseconds(since: $0))) } ?? .zero)
    }
}
