/// Hexadecimal digits.
public enum Hexadecimal {
    /// The digits of a number, eight at a time, in lower case with leading zeros, as eight bytes in the order of memory.
    @inlinable @inline(__always)
    public static func digits(_ value: UInt32) -> UInt64 {
        // Each half moves away from the other until every digit has a byte; the last one ends in the lowest.
        var x = UInt64(value)
        x = (x << 32 | x >> 16) & 0x0000_ffff_0000_ffff
        x = (x << 16 | x >> 8) & 0x00ff_00ff_00ff_00ff
        x = (x << 8 | x >> 4) & 0x0f0f_0f0f_0f0f_0f0f
        // 10 and more get a carry into bit 4, which becomes the distance from "9" to "a".
        let letters = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (x | 0x3030_3030_3030_3030) &+ letters &* 39
    }

    /// All digits of a number, in lower case with leading zeros.
    public static func text(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
    }

    /// Two digits for each byte, in lower case.
    public static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
