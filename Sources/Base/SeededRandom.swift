/// xoroshiro128+: small, fast, seeded. Not for secrets.
///
/// The system's generator is a system call for each number; and a seed that a test can print makes a failure repeatable.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var s0: UInt64
    private var s1: UInt64

    public init(seed: UInt64) {
        // A small seed is spread over both words, as SplitMix64 goes on from it; the state must not be all zero.
        s0 = seed.spread
        s1 = (seed &+ 0x9e37_79b9_7f4a_7c15).spread
        if s0 | s1 == 0 { s1 = 1 }
    }

    @inlinable public mutating func below(_ bound: UInt32) -> UInt32 {
        // Lemire's multiplication; the bias at these bounds is below 2^-32.
        UInt32(truncatingIfNeeded: ((next() >> 32) &* UInt64(bound)) >> 32)
    }

    public mutating func next() -> UInt64 {
        let result = s0 &+ s1
        let t = s1 ^ s0
        s0 = (s0 << 24 | s0 >> 40) ^ t ^ (t << 16)
        s1 = t << 37 | t >> 27
        return result
    }
}
