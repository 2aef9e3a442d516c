import Base
import Testing

/// A digest of bytes that come in pieces.
@Suite struct PieceHashTests {
    private func hash(_ bytes: [UInt8], cut: (Int) -> Int) -> UInt64 {
        var hash = PieceHash()
        var i = 0
        while i < bytes.count {
            let n = min(bytes.count - i, max(1, cut(i)))
            hash.add(bytes.span.extracting(i..<(i + n)))
            i += n
        }
        return hash.value
    }

    @Test(arguments: UInt64(1)...40) func `it does not matter how the bytes were cut`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = (0..<Int(random.below(300))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let whole = hash(bytes) { _ in .max }
        #expect(hash(bytes) { _ in 1 } == whole)
        for _ in 0..<10 { #expect(hash(bytes) { _ in Int(random.below(20)) } == whole) }
    }

    @Test func `what differs in a byte, in length or in order has another digest`() {
        let base = Array("the quick brown fox jumps over the lazy dog".utf8)
        var seen: Set<UInt64> = [hash(base) { _ in .max }]
        for i in base.indices {
            for bit in 0..<8 {
                var other = base
                other[i] ^= 1 << UInt8(bit)
                #expect(seen.insert(hash(other) { _ in .max }).inserted)
            }
        }
        for n in 0..<base.count { #expect(seen.insert(hash(Array(base.prefix(n))) { _ in .max }).inserted) }
        for n in 1...40 { #expect(seen.insert(hash([UInt8](repeating: 0, count: n)) { _ in .max }).inserted) }
        #expect(seen.insert(hash(Array(base[8...] + base[..<8])) { _ in .max }).inserted)
    }
}
