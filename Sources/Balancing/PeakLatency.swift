/// How long an endpoint takes to answer: an average that leaps to what is worse and forgets it slowly.
///
/// One word, so that all workers can keep it in a shared cell. The rule is that of Finagle's "peak EWMA": an endpoint that becomes slow
/// is avoided at its first slow answer, not after many.
public struct PeakLatency: Equatable, Sendable {
    /// Nanoseconds in a unit of the clock that is kept in the word (16.4 us): it wraps after 19 hours, and differences are below half of that.
    private static let unit: UInt64 = 16_384
    /// In units: what was seen so long ago counts half (10 s).
    private static let memory: UInt64 = 10_000_000_000 / unit
    /// What a try counts that ended without an answer: so fast failures attract nobody.
    public static let failure: UInt64 = 5_000_000_000

    /// Microseconds in the low half, when they were seen in the high half.
    public var word: UInt64

    @inlinable public init(word: UInt64 = 0) { self.word = word }

    private var microseconds: UInt64 { word & 0xffff_ffff }

    /// Another worker's clock may have been read a moment before ours: what it saw is then of now, not of a whole turn of the clock ago.
    private func age(_ now: UInt64) -> UInt64 {
        let age = UInt32(truncatingIfNeeded: now / Self.unit) &- UInt32(truncatingIfNeeded: word >> 32)
        return UInt64(max(0, Int32(bitPattern: age)))
    }

    /// Microseconds at `now`; 0 when nothing was seen. Without news it falls, so that an endpoint is tried again.
    ///
    /// - Parameter now: nanoseconds of a monotonic clock that all who share the word read.
    public func value(at now: UInt64) -> UInt64 { microseconds &* Self.memory / (Self.memory &+ age(now)) }

    /// A try took so many nanoseconds.
    public mutating func observe(_ nanoseconds: UInt64, at now: UInt64) {
        let new = min(max(1, nanoseconds / 1000), 0xffff_ffff)
        let age = age(now)
        let old = microseconds
        // Between answers that lie close together the older weighs more.
        let mean = new >= old ? new : (old &* Self.memory &+ new &* age) / (Self.memory &+ age)
        word = UInt64(UInt32(truncatingIfNeeded: now / Self.unit)) << 32 | mean
    }
}
