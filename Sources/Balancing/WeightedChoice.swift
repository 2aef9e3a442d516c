/// Weighted choice among few: backends of an arm. (Arms are chosen by `ArmChoice`.)
public enum WeightedChoice {
    /// The index whose share of the total holds `ticket`, or -1 when all weights are 0.
    ///
    /// - Parameters:
    ///   - bounds: running totals of the weights; the last is the total.
    ///   - ticket: uniform over all 32-bit numbers; equal tickets choose equally.
    @inlinable public static func index(_ bounds: borrowing Span<UInt32>, ticket: UInt32) -> Int {
        guard let total = bounds.count > 0 ? bounds[bounds.count &- 1] : nil, total > 0 else { return -1 }
        let point = UInt32(truncatingIfNeeded: (UInt64(ticket) &* UInt64(total)) >> 32)
        var i = 0
        while bounds[i] <= point { i &+= 1 }
        return i
    }
}
