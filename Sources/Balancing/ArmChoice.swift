import Base

/// One arm as it is chosen by: plain data. The order is the arms' order.
public struct ArmShare: Sendable, BitwiseCopyable {
    /// `ArmChoice.key` of its name.
    public var key: UInt64
    /// When it takes part; see `ArmPresence.returnsAt`.
    public var returnsAt: UInt64
    /// 0 to 1,000,000; only ratios count.
    public var weight: UInt32

    public init(key: UInt64, weight: UInt32, returnsAt: UInt64 = 0) {
        self.key = key
        self.weight = weight
        self.returnsAt = returnsAt
    }
}

/// Which arm of a split a ticket belongs to.
///
/// Weighted rendezvous hashing: each arm draws -ln(u) / weight with a number u in (0, 1] that follows from ticket and name, and the least
/// wins, which gives shares in the exact proportion of the weights (the least of exponential variables). A ticket moves to another arm
/// only when that arm's weight grew against that of the one it leaves; an arm that leaves gives its tickets to the others and moves none
/// of theirs, and gets the same ones back. Nothing is remembered, so workers, replicas and processes agree.
public enum ArmChoice {
    /// What an arm is known by, the same everywhere.
    public static func key(_ name: some Sequence<UInt8>) -> UInt64 { ByteHash.of(name).spread }

    /// The arm of a ticket, or -1 when there is none: no arms, or all weights 0.
    ///
    /// - Parameters:
    ///   - active: the arm that shall have everything, or -1. While it does not take part, the others have it by weight, or the first of
    ///     them that is ready when they have no weights.
    ///   - ticket: uniform over all 64-bit numbers.
    ///   - now: nanoseconds of the clock that `returnsAt` is of.
    public static func index(_ arms: borrowing Span<ArmShare>, active: Int = -1, ticket: UInt64, now: UInt64) -> Int {
        if active >= 0, active < arms.count, arms[active].returnsAt <= now { return active }
        let found = least(arms, ticket, now)
        if found >= 0 { return found }
        if active >= 0 {
            let ready = firstReady(arms, now)
            return ready >= 0 ? ready : active
        }
        // No arm with a weight has an endpoint: as if all had.
        return least(arms, ticket, nil)
    }

    /// The least draw among arms with a weight that take part, or else among those that are back but not for long enough; -1 for none.
    ///
    /// - Parameter now: nil lets all take part.
    @inline(__always)
    private static func least(_ arms: borrowing Span<ArmShare>, _ ticket: UInt64, _ now: UInt64?) -> Int {
        var (best, draw, weight, takesPart) = (-1, 0.0, 1.0, false)
        var i = 0
        while i < arms.count {
            let arm = arms[i]
            let isIn = now.map { arm.returnsAt <= $0 } ?? true
            if arm.weight > 0, isIn || arm.returnsAt != ArmPresence.never, isIn || !takesPart {
                let own = negatedLogarithm((ticket ^ arm.key).spread)
                // draw / weight is compared without dividing.
                if best < 0 || (isIn && !takesPart) || own * weight < draw * Double(arm.weight) {
                    (best, draw, weight, takesPart) = (i, own, Double(arm.weight), isIn)
                }
            }
            i &+= 1
        }
        return best
    }

    private static func firstReady(_ arms: borrowing Span<ArmShare>, _ now: UInt64) -> Int {
        var waiting = -1
        for i in arms.indices {
            if arms[i].returnsAt <= now { return i }
            if waiting < 0, arms[i].returnsAt != ArmPresence.never { waiting = i }
        }
        return waiting
    }

    /// -ln((n + 1) / 2^53) with n the upper 53 bits, by operations that IEEE 754 defines to the last bit: every processor draws the same.
    @inlinable @inline(__always)
    static func negatedLogarithm(_ bits: UInt64) -> Double {
        let word = Double(Int64(truncatingIfNeeded: bits &>> 11) &+ 1).bitPattern
        let fraction = word & 0x000f_ffff_ffff_ffff
        // A mantissa above the root of 2 is halved, so that the series is short: 1 for those, without a branch that nobody can predict.
        let isLarge = (fraction &+ 0x0009_5f61_9980_c433) &>> 52
        let exponent = Double(Int64(truncatingIfNeeded: (word &>> 52) &+ isLarge) &- 1023)
        let mantissa = Double(bitPattern: fraction | (0x3ff &- isLarge) &<< 52)
        // ln m = 2 artanh((m - 1) / (m + 1)); the first term left out is below 1e-10 of the sum.
        let s = (mantissa - 1) / (mantissa + 1)
        let q = s * s
        let r = q * q
        let series = (1 + q * (1 / 3.0)) + r * ((1 / 5.0 + q * (1 / 7.0)) + r * (1 / 9.0 + q * (1 / 11.0)))
        return (53 - exponent) * 0.693_147_180_559_945_3 - 2 * s * series
    }
}
