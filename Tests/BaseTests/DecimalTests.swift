import Base
import Testing

@Suite struct DecimalTests {
    private func text(_ word: UInt32, _ count: Int) -> String {
        String(decoding: (0..<count).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }, as: UTF8.self)
    }

    @Test func `numbers below a thousand have their digits in the order of memory, and nothing behind them`() {
        for value in UInt32(0)..<1000 {
            let (word, count) = Decimal.digits(value)
            #expect(text(word, count) == String(value))
            #expect(count == 3 ? word >> 24 == 0 : word >> UInt32(8 * count) == 0)
            #expect(text(Decimal.threeDigits(value), 3) == String(repeating: "0", count: 3 - String(value).count) + String(value))
        }
    }
}
