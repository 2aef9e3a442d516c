import Base
import Testing

@Suite struct SipHashTests {
    private static func hash(_ count: Int) -> UInt64 {
        var hash = SipHash(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        for i in 0..<count { hash.add(UInt8(i)) }
        return hash.finish()
    }

    /// Appendix A of the paper, and the reference implementation's vectors.
    @Test(arguments: [
        (0, 0x726f_db47_dd0e_0e31 as UInt64), (1, 0x74f8_39c5_93dc_67fd), (7, 0xab02_00f5_8b01_d137),
        (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5),
    ])
    func `it gives the published values`(count: Int, expected: UInt64) { #expect(Self.hash(count) == expected) }

    @Test func `a word is its bytes, the lowest first`() {
        var bytes = SipHash(1, 2)
        for byte in 1...8 as ClosedRange<UInt8> { bytes.add(byte) }
        var word = SipHash(1, 2)
        word.add(word: 0x0807_0605_0403_0201)
        #expect(bytes.finish() == word.finish())
    }
}
