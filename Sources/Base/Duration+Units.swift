extension Duration {
    /// Whole nanoseconds: negative ones are 0, those beyond 584 years the most that fits.
    public var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = product.addingReportingOverflow(UInt64(attoseconds) / 1_000_000_000)
        return overflow || carried ? .max : sum
    }

    /// Whole milliseconds, never negative.
    public var wholeMilliseconds: Int { Int(clamping: wholeNanoseconds / 1_000_000) }
}

extension Instant {
    /// From `earlier` to this; zero when `earlier` is later.
    public func duration(since earlier: Instant) -> Duration { .nanoseconds(Int64(clamping: nanoseconds(since: earlier))) }
}
