import Base
import Testing

@Suite struct HexadecimalTests {
    @Test(arguments: [0, 1, 9, 10, 15, 16, 0x1234_5678, 0x9abc_def0, 0xffff_ffff, 0x0a0b_0c0d] as [UInt32])
    func `eight digits stand in the order in which they are read`(value: UInt32) {
        let text = String(value, radix: 16)
        let wanted = String(repeating: "0", count: 8 - text.count) + text
        let word = Hexadecimal.digits(value)
        #expect(String(decoding: (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }, as: UTF8.self) == wanted)
    }
}
