/// FNV-1a over bytes, one at a time, so that the hash of every prefix falls out of one pass. The same everywhere.
public enum ByteHash {
    @inlinable public static var seed: UInt64 { 0xcbf2_9ce4_8422_2325 }

    @inlinable @inline(__always)
    public static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    /// A table index: FNV's low bits know little of the first bytes.
    @inlinable @inline(__always)
    public static func slot(_ hash: UInt64, _ mask: UInt32) -> Int {
        Int(UInt32(truncatingIfNeeded: (hash >> 29) ^ hash) & mask)
    }

    @inlinable public static func of(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(seed, step) }
}
