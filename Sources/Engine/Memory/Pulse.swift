/// How often something happens: counted by the millisecond.
struct Pulse: BitwiseCopyable {
    /// The millisecond that is being counted, and what was counted in it and in the last one before it.
    private var tick: UInt64 = 0
    private var count: UInt32 = 0
    private var last: UInt32 = 0

    /// So often in a millisecond is often.
    private static let high: UInt32 = 8

    @inline(__always)
    mutating func beat(at now: UInt64) {
        if now != tick {
            last = now &- tick == 1 ? count : 0
            tick = now
            count = 0
        }
        count &+= 1
    }

    @inline(__always)
    func isHigh(at now: UInt64) -> Bool {
        if now == tick { return max(count, last) >= Self.high }
        return now &- tick == 1 && count >= Self.high
    }
}
