/// A search of bytes, eight at a time: lists of a cluster are hundreds of megabytes.
extension Span<UInt8> {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// The high bit of the first byte that is zero, and perhaps of later ones.
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highBits }

    /// - Parameter i: such that eight bytes are there.
    private func word(_ i: Int) -> UInt64 {
        // The caller saw that they are.
        unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
    }

    /// The first place of a byte, or the count.
    public func firstIndex(of byte: UInt8, from start: Int) -> Int {
        let pattern = Self.ones &* UInt64(byte)
        var i = start
        while i + 8 <= count, Self.zeros(word(i) ^ pattern) == 0 { i += 8 }
        while i < count, self[i] != byte { i += 1 }
        return i
    }
}
