/// Decimal digits of small numbers as bytes of a word, the first one in the lowest byte.
public enum Decimal {
    /// The digits of a number below 1,000 without leading zeros, and how many they are; the other bytes are zero.
    @inlinable @inline(__always)
    public static func digits(_ value: UInt32) -> (text: UInt32, count: Int) {
        if value < 10 { return (0x30 &+ value, 1) }
        if value >= 100 { return (threeDigits(value), 3) }
        let tens = value / 10
        return (0x3030 &+ (tens | (value &- tens &* 10) &<< 8), 2)
    }

    /// All three digits of a number below 1,000.
    @inlinable @inline(__always)
    public static func threeDigits(_ value: UInt32) -> UInt32 {
        let tens = value / 10
        let hundreds = value / 100
        return 0x30_3030 &+ (hundreds | (tens &- hundreds &* 10) &<< 8 | (value &- tens &* 10) &<< 16)
    }
}
