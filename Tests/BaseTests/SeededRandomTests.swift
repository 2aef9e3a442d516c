import Base
import Testing

@Suite struct SeededRandomTests {
    @Test func `numbers below a bound cover it evenly`() {
        var random = SeededRandom(seed: 1)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[Int(random.below(7))] += 1 }
        for count in counts { #expect(abs(count - 10_000) < 500) }
    }
}
