public import Base

/// Decides which Events are worth writing, and when: a pure machine.
///
/// In the spirit of client-go's correlator (tools/record, `EventCorrelator`): the same thing about the same object is said once in ten
/// minutes, and one object has a bucket of 25 Events that gains one in five minutes, so that an object that changes for the worse all
/// the time drowns nobody. Over all objects 50 are written at once and then 10 a second; what comes faster waits.
public struct EventLimits: Sendable {
    public enum Verdict: Sendable, Equatable {
        case write
        /// It was said lately.
        case repeated
        /// The object's bucket is empty.
        case excessive
    }

    /// Fills up with time.
    struct Bucket: Sendable {
        let size: Double
        let perSecond: Double
        private(set) var tokens: Double
        private var filledAt: Instant

        init(size: Int, perSecond: Double, at now: Instant) {
            self.size = Double(size)
            self.perSecond = perSecond
            tokens = Double(size)
            filledAt = now
        }

        mutating func fill(at now: Instant) {
            tokens = min(size, tokens + Double(now.nanoseconds(since: filledAt)) / 1e9 * perSecond)
            filledAt = now
        }

        mutating func take(at now: Instant) -> Bool {
            fill(at: now)
            guard tokens >= 1 else { return false }
            tokens -= 1
            return true
        }
    }

    private struct Subject: Hashable {
        var kind: String
        var object: ObjectKey
        var uid: String
    }

    /// Beyond this many nobody remembers what was said; the API server does.
    static let remembered = 4096
    public static let repeatsAfter = Duration.seconds(600)

    private var said: [EventRecorder.Note: Instant] = [:]
    private var buckets: [Subject: Bucket] = [:]
    private var rate: Bucket?

    public init() {}

    /// Whether to write it. What is written later than asked for counts from now.
    public mutating func admit(_ note: EventRecorder.Note, at now: Instant) -> Verdict {
        if let last = said[note], now.duration(since: last) < Self.repeatsAfter { return .repeated }
        if buckets.count >= Self.remembered { forgetFull(at: now) }
        let subject = Subject(kind: note.kind, object: note.object, uid: note.uid)
        guard buckets[subject, default: Bucket(size: 25, perSecond: 1.0 / 300, at: now)].take(at: now) else { return .excessive }
        if said.count >= Self.remembered { said = [:] }
        said[note] = now
        return .write
    }

    /// It was not written after all.
    public mutating func forget(_ note: EventRecorder.Note) { said[note] = nil }

    /// Takes the turn to write one. - Returns: how long to wait and ask again; nil when it is taken.
    public mutating func turn(at now: Instant) -> Duration? {
        var bucket = rate ?? Bucket(size: 50, perSecond: 10, at: now)
        defer { rate = bucket }
        // A little more than the rest of the token, since times are whole nanoseconds.
        return bucket.take(at: now) ? nil : .seconds((1 - bucket.tokens) / bucket.perSecond) + .microseconds(1)
    }

    /// Those that gained nothing worth keeping; all of them when every object is busy.
    private mutating func forgetFull(at now: Instant) {
        for subject in Array(buckets.keys) {
            buckets[subject]?.fill(at: now)
            if let bucket = buckets[subject], bucket.tokens >= bucket.size - 1 { buckets[subject] = nil }
        }
        if buckets.count >= Self.remembered { buckets = [:] }
    }
}
