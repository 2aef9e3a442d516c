import Base
import Foundation
import HTTP
import Testing

/// Base64 as it comes in pieces, each of which may be padded.
@Suite struct Base64ReaderTests {
    private func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let piece = bytes[start..<min(bytes.count, start + 3)]
            let word = piece.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
            let symbols = Base64Reader.symbols(word, count: piece.count)
            for i in 0..<4 { text.append(symbols[i]) }
        }
        return text
    }

    /// Nil when the text is none; what is missing of the last group is left out.
    private func decode(_ text: [UInt8]) -> (bytes: [UInt8], isWhole: Bool)? {
        var reader = Base64Reader()
        var bytes: [UInt8] = []
        for symbol in text {
            guard let (word, count) = reader.take(symbol) else { return nil }
            for i in 0..<count { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(16 - 8 * i))) }
        }
        return (bytes, reader.isWhole)
    }

    @Test func `what is written is what others write, and reads back, in any pieces`() {
        var random = SeededRandom(seed: 9)
        for _ in 0..<500 {
            let pieces = (0..<Int(random.below(4))).map { _ in (0..<Int(random.below(20))).map { _ in UInt8(random.below(256)) } }
            for piece in pieces { #expect(encode(piece) == Array(Data(piece).base64EncodedString().utf8)) }
            let read = decode(pieces.flatMap { encode($0) })
            #expect(read?.bytes == pieces.flatMap { $0 } && read?.isWhole == true)
        }
    }

    @Test func `anything else is refused or unfinished`() {
        for text in ["=", "A=", "AA=A", "AAA-", "AA A", "AA==="] { #expect(decode(Array(text.utf8)) == nil, "\(text)") }
        for text in ["A", "AA", "AAA", "AA=", "AAAAA"] { #expect(decode(Array(text.utf8))?.isWhole == false, "\(text)") }
    }
}
