/// Whether an arm takes part in its split: a pure machine that is told when its backends have ready endpoints.
///
/// An arm whose last ready endpoint went is out at once. It is back when it has been ready for 30 seconds without a gap, so that a
/// flapping deployment does not throw clients about. An arm that was never ready before is in with its first endpoint: nothing speaks
/// against it, and a replica that has just started waits for nobody.
public struct ArmPresence: Equatable, Sendable {
    /// Nanoseconds of readiness that an arm owes after it was empty.
    public static let probation: UInt64 = 30_000_000_000
    /// `returnsAt` of an arm without ready endpoints.
    public static let never = UInt64.max

    /// Nanoseconds from which on it takes part; 0: it does, `never`: it has no ready endpoint.
    public private(set) var returnsAt = never
    private var wasReady = false
    private var wasTold = false

    public init() {}

    public enum Change: Sendable {
        case emptied
        /// It has endpoints, and waits for its share.
        case refilled
    }

    /// - Parameters:
    ///   - isReady: one of its backends has a ready endpoint.
    ///   - now: nanoseconds of the monotonic clock.
    /// - Returns: what is worth telling.
    public mutating func observe(isReady: Bool, at now: UInt64) -> Change? {
        defer { wasTold = true }
        guard isReady else {
            let isNews = returnsAt != Self.never || !wasTold
            returnsAt = Self.never
            return isNews ? .emptied : nil
        }
        guard returnsAt == Self.never else { return nil }
        let isFirst = !wasReady
        wasReady = true
        let (time, isBeyond) = now.addingReportingOverflow(Self.probation)
        returnsAt = isFirst ? 0 : isBeyond ? Self.never - 1 : time
        return isFirst && !wasTold ? nil : .refilled
    }

    /// Forgets that it was ever empty: it leads elsewhere now, or somebody has just switched to it by name. Then nothing is owed.
    public mutating func pardon() {
        wasReady = returnsAt != Self.never
        if wasReady { returnsAt = 0 }
    }

    public func takesPart(at now: UInt64) -> Bool { returnsAt <= now }
}
