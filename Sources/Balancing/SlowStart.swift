/// How an endpoint that has just come gets its share little by little: caches are cold, and code is not compiled yet.
public enum SlowStart {
    /// What a whole weight is multiplied by while any endpoint of the cluster may be starting.
    public static let whole: Int32 = 64
    /// The share that it begins with: a tenth, as in Envoy.
    private static let least: Int32 = 7
    /// Nanoseconds in a unit of the stamps (1/16 s): 32 bits of them are eight years.
    private static let unit: UInt64 = 62_500_000

    /// What is kept of an endpoint's first moment; never 0, which means that it was not seen yet.
    public static func stamp(_ now: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: now / unit) | 1 }

    /// The share of its weight, of `whole`, that an endpoint has.
    ///
    /// - Parameters:
    ///   - window: nanoseconds after which it has all of it.
    ///   - now: nanoseconds of the clock that the stamp is of.
    public static func share(since stamp: UInt32, window: UInt64, now: UInt64) -> Int32 {
        guard stamp != 0 else { return least }
        let units = max(1, window / unit)
        // Another worker may have stamped it with a clock that was read a moment later than ours.
        let age = UInt64(max(0, Int32(bitPattern: UInt32(truncatingIfNeeded: now / unit) &- stamp &+ 1)))
        if age >= units { return whole }
        return max(least, Int32(truncatingIfNeeded: UInt64(whole) &* age / units))
    }
}
