/// SipHash-2-4 (Aumasson and Bernstein, 2012): whoever does not know the key cannot find the input by trying, nor make up an output. Bytes
/// come one at a time, so that nothing has to lie in a row.
public struct SipHash: Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// Bytes that are not mixed in yet, the first one lowest.
    private var tail: UInt64 = 0
    private var count: UInt64 = 0

    /// A key as its two halves, each with its first byte lowest.
    public init(_ k0: UInt64, _ k1: UInt64) {
        v0 = k0 ^ 0x736f_6d65_7073_6575
        v1 = k1 ^ 0x646f_7261_6e64_6f6d
        v2 = k0 ^ 0x6c79_6765_6e65_7261
        v3 = k1 ^ 0x7465_6462_7974_6573
    }

    public mutating func add(_ byte: UInt8) {
        tail |= UInt64(byte) &<< (8 &* (count & 7))
        count &+= 1
        guard count & 7 == 0 else { return }
        mix(tail)
        tail = 0
    }

    /// Eight bytes, the lowest first.
    public mutating func add(word: UInt64) {
        var word = word
        for _ in 0..<8 {
            add(UInt8(truncatingIfNeeded: word))
            word &>>= 8
        }
    }

    public consuming func finish() -> UInt64 {
        mix(tail | count &<< 56)
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    private mutating func mix(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always) private mutating func round() {
        v0 &+= v1
        v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
        v0 = v0 &<< 32 | v0 &>> 32
        v2 &+= v3
        v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
        v0 &+= v3
        v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
        v2 &+= v1
        v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
        v2 = v2 &<< 32 | v2 &>> 32
    }
}
