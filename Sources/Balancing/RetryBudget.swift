/// How many retries a cluster may have: a share of its requests, plus a trickle so that a quiet cluster can retry at all.
///
/// One word, so that the engine can keep it in a shared cell and change it by compare-and-swap. Without a budget a failing cluster
/// gets `attempts` times the load that broke it.
public struct RetryBudget: Equatable, Sendable {
    /// Retries always granted per second.
    public static let trickle: UInt32 = 3
    /// Most retries that can be saved up.
    public static let ceiling: UInt32 = 100
    private static let unit: UInt32 = 100

    /// Hundredths of a retry in the low half, the last second seen in the high half.
    public var word: UInt64

    public init(word: UInt64 = 0) { self.word = word }

    private var saved: UInt32 { UInt32(truncatingIfNeeded: word) }
    private var second: UInt32 { UInt32(truncatingIfNeeded: word >> 32) }

    private mutating func set(_ saved: UInt32, _ second: UInt32) { word = UInt64(second) << 32 | UInt64(saved) }

    /// Retries that could be had now.
    public var available: UInt32 { saved / Self.unit }

    private mutating func advance(to now: UInt32) {
        // The first use grants the trickle too: the stored second is then 0. Workers share the word, and one whose clock was read a
        // moment ago may still be in the second before: it must not turn time back.
        guard now > second else { return }
        let seconds = min(now - second, Self.ceiling)
        set(min(Self.ceiling * Self.unit, saved + seconds * Self.trickle * Self.unit), now)
    }

    /// A request was made.
    ///
    /// - Parameters:
    ///   - percent: the share of requests that may be retries, 0 to 100.
    ///   - second: whole seconds of a monotonic clock, from 1.
    public mutating func deposit(percent: UInt32, second now: UInt32) {
        advance(to: now)
        set(min(Self.ceiling * Self.unit, saved + min(percent, 100)), second)
    }

    /// Takes one retry; false when the budget is spent.
    public mutating func withdraw(second now: UInt32) -> Bool {
        advance(to: now)
        guard saved >= Self.unit else { return false }
        set(saved - Self.unit, second)
        return true
    }
}
