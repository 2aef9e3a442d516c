/// A point of a monotonic clock in nanoseconds. Only differences mean anything.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: UInt64

    @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static let zero = Instant(nanoseconds: 0)

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates instead of wrapping: a deadline too far away is never reached.
    @inlinable public func advanced(byNanoseconds n: UInt64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(n)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    @inlinable public func advanced(byMilliseconds n: UInt64) -> Instant {
        let (ns, overflow) = n.multipliedReportingOverflow(by: 1_000_000)
        return advanced(byNanoseconds: overflow ? .max : ns)
    }

    /// Nanoseconds from `earlier` to this; 0 when `earlier` is later.
    @inlinable public func nanoseconds(since earlier: Instant) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds &- earlier.nanoseconds : 0
    }
}
