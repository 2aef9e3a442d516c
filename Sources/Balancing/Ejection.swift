/// Whether an endpoint is left out because tries at it failed, one after the other. A pure machine in one word, so that all workers can
/// keep it in a shared cell and change it by compare-and-swap.
///
/// Nobody has to let it in again: its time is simply over, and then one failure more is enough to be out for longer. That is the half
/// open state of a breaker.
public struct Ejection: Equatable, Sendable {
    /// Nanoseconds of a first ejection; each one after it is as much longer (Envoy's `base_ejection_time` works alike).
    public static let base: UInt64 = 10_000_000_000
    public static let longest: UInt64 = 300_000_000_000
    /// Nanoseconds in a unit of the word's clock.
    private static let unit: UInt64 = 62_500_000

    /// From below: 16 bits of failures in a row, 16 of ejections, 32 of the time until which it is out.
    public var word: UInt64

    @inlinable public init(word: UInt64 = 0) { self.word = word }

    public private(set) var failures: UInt32 {
        get { UInt32(truncatingIfNeeded: word) & 0xffff }
        set { word = word & ~0xffff | UInt64(min(newValue, 0xffff)) }
    }

    public private(set) var ejections: UInt32 {
        get { UInt32(truncatingIfNeeded: word >> 16) & 0xffff }
        set { word = word & ~0xffff_0000 | UInt64(min(newValue, 0xffff)) << 16 }
    }

    private var until: UInt64 { word >> 32 }

    /// - Parameter now: nanoseconds of a monotonic clock.
    public func isOut(at now: UInt64) -> Bool { now / Self.unit < until }

    /// A try failed. Returns whether that makes so many in a row, and it is not out already.
    public mutating func fail(limit: UInt32, at now: UInt64) -> Bool {
        failures += 1
        return failures >= max(1, limit) && !isOut(at: now)
    }

    /// Leaves it out from now on.
    public mutating func eject(at now: UInt64) {
        ejections += 1
        let time = min(Self.longest, Self.base &* UInt64(ejections))
        word = word & 0xffff_ffff | (min(now + time, UInt64(UInt32.max) * Self.unit) / Self.unit) << 32
    }

    /// A try went well. What was is forgotten once it has been in for as long as it can be out.
    public mutating func succeed(at now: UInt64) {
        failures = 0
        if now > until &* Self.unit &+ Self.longest { word = 0 }
    }

    /// How many of so many endpoints may be out at a time: half of them, and never the only one.
    @inlinable public static func most(of count: Int) -> Int { count / 2 }
}
