import Base
import Testing

@Suite struct BufferTests {
    @Test func `bytes are written, moved over themselves and read back`() {
        let buffer = Buffer(capacity: 16)
        var end = buffer.write([1, 2, 3, 4, 5].span, at: 2)
        #expect(end == 7)
        buffer.move(from: 2, to: 4, count: 5)
        #expect(bytes(buffer, 0..<9) == [0, 0, 1, 2, 1, 2, 3, 4, 5])
        buffer.move(from: 4, to: 3, count: 5)
        #expect(bytes(buffer, 3..<8) == [1, 2, 3, 4, 5])
        end = buffer.write("ab", at: 14)
        #expect(end == 16)
        #expect(buffer[15] == 0x62)
    }

    @Test func `an instant saturates instead of wrapping`() {
        let late = Instant(nanoseconds: .max - 5)
        #expect(late.advanced(byNanoseconds: 10) == Instant(nanoseconds: .max))
        #expect(Instant.zero.advanced(byMilliseconds: .max) == Instant(nanoseconds: .max))
        #expect(Instant.zero.nanoseconds(since: late) == 0)
        #expect(late.nanoseconds(since: .zero) == UInt64.max - 5)
    }

    private func bytes(_ buffer: borrowing Buffer, _ range: Range<Int>) -> [UInt8] { range.map { buffer[$0] } }
}
