/// A digest of bytes that come in pieces: the same however they were cut. It tells bodies apart that differ by accident, at a few bytes for
/// each nanosecond, and is no defence against somebody who looks for two bodies with one digest.
public struct PieceHash: Sendable, BitwiseCopyable {
    /// Bytes so far.
    public private(set) var count: UInt64 = 0
    private var state: UInt64
    /// The bytes behind the last whole word, the first one lowest.
    private var tail: UInt64 = 0

    public init(seed: UInt64 = 0x9e37_79b9_7f4a_7c15) { state = seed }

    public mutating func add(_ bytes: borrowing Span<UInt8>) {
        var i = 0
        let n = bytes.count
        while i < n, count & 7 != 0 {
            addByte(bytes[i])
            i &+= 1
        }
        let raw = unsafe bytes.bytes
        while i &+ 8 <= n {
            mix(UInt64(littleEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)))
            i &+= 8
            count &+= 8
        }
        while i < n {
            addByte(bytes[i])
            i &+= 1
        }
    }

    private mutating func addByte(_ byte: UInt8) {
        tail |= UInt64(byte) &<< ((count & 7) &* 8)
        count &+= 1
        guard count & 7 == 0 else { return }
        mix(tail)
        tail = 0
    }

    @inline(__always) private mutating func mix(_ word: UInt64) {
        state = Self.folded(state ^ word, 0xa076_1d64_78bd_642f) &+ word
    }

    private static func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// The digest of all that was added.
    public var value: UInt64 { Self.folded(Self.folded(state ^ tail, 0xe703_7ed1_a0b4_28db) ^ count, 0x8ebc_6af0_9c88_c6e3) }
}
