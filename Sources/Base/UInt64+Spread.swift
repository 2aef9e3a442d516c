extension UInt64 {
    /// This number with its bits spread, the same everywhere: near numbers become far ones (SplitMix64's step). Not for secrets.
    @inlinable public var spread: UInt64 {
        var z = self &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
