/// Whether requests may go to a cluster that failed too often. A pure machine in one word, so that all workers can keep it in a shared
/// cell and change it by compare-and-swap; what fails too often is told by `FailureRate`.
///
/// Closed, everything passes. Open, nothing does, until its time is over; then it is half open: a few probes pass, and when all of them
/// go well it is closed, while one that fails opens it for twice as long. Probes carry the number of their round, so that the end of a
/// request from before says nothing about now.
public struct CircuitBreaker: Equatable, Sendable {
    /// Requests that a half open breaker lets through.
    public static let probes: UInt64 = 5
    /// Nanoseconds that it is open at most.
    public static let longest: UInt64 = 60_000_000_000
    /// Nanoseconds in a unit of the word's clock.
    private static let unit: UInt64 = 62_500_000

    public enum Phase: UInt64, Sendable { case closed, open, halfOpen }

    public enum Admission: Equatable, Sendable {
        case pass
        /// Passes, and its end decides: it is told with this number.
        case probe(UInt8)
        /// For so many nanoseconds more.
        case refuse(UInt64)
    }

    /// From below: 32 bits of the time until which it is open or waits for its probes; 8 of the round; 8 of the probes that passed, 8 of
    /// those that went well; 4 of the times that it opened again; 2 of the phase.
    public var word: UInt64

    @inlinable public init(word: UInt64 = 0) { self.word = word }

    /// Nothing is asked of a breaker that is closed.
    @inlinable public var isClosed: Bool { word >> 60 & 3 == 0 }

    public var phase: Phase { Phase(rawValue: word >> 60 & 3) ?? .closed }
    private var until: UInt64 { word & 0xffff_ffff }
    public var round: UInt8 { UInt8(truncatingIfNeeded: word >> 32) }
    private var passed: UInt64 { word >> 40 & 0xff }
    private var wentWell: UInt64 { word >> 48 & 0xff }
    private var reopenings: UInt64 { word >> 56 & 0xf }

    private mutating func set(
        _ phase: Phase, until: UInt64 = 0, round: UInt8, passed: UInt64 = 0, wentWell: UInt64 = 0, reopenings: UInt64 = 0
    ) {
        word =
            min(until, 0xffff_ffff) | UInt64(round) << 32 | passed << 40 | wentWell << 48 | min(reopenings, 15) << 56
            | phase.rawValue << 60
    }

    /// Whether a request may pass.
    ///
    /// - Parameters:
    ///   - base: nanoseconds that it is open the first time.
    ///   - now: nanoseconds of a monotonic clock that all who share the word read.
    public mutating func admit(base: UInt64, at now: UInt64) -> Admission {
        switch phase {
        case .closed: return .pass
        case .open:
            guard now / Self.unit >= until else { return .refuse(left(now)) }
            return probe(reopenings, base, now)
        case .halfOpen:
            if passed < Self.probes {
                word &+= 1 << 40
                return .probe(round)
            }
            // The probes neither went well nor failed, as when they hang: others are asked.
            return now / Self.unit >= until ? probe(reopenings, base, now) : .refuse(left(now))
        }
    }

    private func left(_ now: UInt64) -> UInt64 { until &* Self.unit &- min(now, until &* Self.unit) }

    private mutating func probe(_ reopenings: UInt64, _ base: UInt64, _ now: UInt64) -> Admission {
        set(.halfOpen, until: end(reopenings, base, now), round: round &+ 1, passed: 1, reopenings: reopenings)
        return .probe(round)
    }

    /// Twice as long each time that it opens again. The unit that has begun does not count.
    private func end(_ reopenings: UInt64, _ base: UInt64, _ now: UInt64) -> UInt64 {
        let time = min(max(base, Self.longest), base << reopenings)
        return now / Self.unit &+ max(1, time / Self.unit) &+ 1
    }

    /// Too many tries failed. Returns whether it was closed and is open now.
    public mutating func trip(base: UInt64, at now: UInt64) -> Bool {
        guard isClosed else { return false }
        set(.open, until: end(0, base, now), round: round &+ 1)
        return true
    }

    /// A probe went well. Returns whether it was the last one, and the breaker is closed: what was counted before is to be forgotten.
    public mutating func succeed(_ probe: UInt8) -> Bool {
        guard phase == .halfOpen, round == probe else { return false }
        word &+= 1 << 48
        guard wentWell >= Self.probes else { return false }
        set(.closed, round: round)
        return true
    }

    /// A probe failed. Returns whether that opened the breaker again.
    public mutating func fail(_ probe: UInt8, base: UInt64, at now: UInt64) -> Bool {
        guard phase == .halfOpen, round == probe else { return false }
        let again = reopenings &+ 1
        set(.open, until: end(again, base, now), round: round &+ 1, reopenings: again)
        return true
    }

    /// A probe ended and says nothing, as when its client left: another one may pass in its place.
    public mutating func forget(_ probe: UInt8) {
        guard phase == .halfOpen, round == probe, passed > 0 else { return }
        word &-= 1 << 40
    }
}
