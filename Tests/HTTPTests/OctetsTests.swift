import Testing

@testable import HTTP

/// Scans look at sixteen bytes at once, and at words where fewer are left: they are compared with looking at one byte after the other.
@Suite struct OctetsTests {
    /// The ends of every class, and their neighbours.
    private let telling: [UInt8] = Array("\0\u{8}\t\n\r\u{1f} !,-./09:;@AZ[^_`az{|}~\u{7f}".utf8) + [0x80, 0xad, 0xff]

    /// One odd byte at every place of every length around the vector's, in a span that goes on behind `n`.
    private func everywhere(_ byte: UInt8, _ filler: UInt8, _ judge: ([UInt8], _ start: Int, _ n: Int) -> Void) {
        for start in [0, 1, 7] {
            for count in [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33] {
                for place in 0...count {
                    var bytes = [UInt8](repeating: filler, count: start + count + 20)
                    bytes[start + place] = byte
                    judge(bytes, start, start + count)
                }
            }
        }
    }

    @Test func `a field value ends at a control or at the end`() {
        for byte in telling {
            everywhere(byte, UInt8(ascii: "v")) { bytes, start, n in
                let expected = (start..<n).first { (bytes[$0] < 0x20 && bytes[$0] != 9) || bytes[$0] == 0x7f } ?? n
                if Octets.endOfValue(bytes.span, start, n) != expected { Issue.record("\(byte) in \(start)..<\(n)") }
            }
        }
    }

    @Test func `a token ends at a byte that is none of its own`() {
        for byte in telling {
            everywhere(byte, UInt8(ascii: "n")) { bytes, start, n in
                let expected = (start..<n).first { !Octets.isToken(bytes[$0]) } ?? n
                if Octets.endOfToken(bytes.span, start, n) != expected { Issue.record("\(byte) in \(start)..<\(n)") }
            }
        }
    }

    @Test func `neighbours do not disturb each other`() {
        // Two odd bytes side by side: a borrow or a carry from one to the next would show.
        for first in UInt8.min...UInt8.max {
            for second in telling {
                let bytes: [UInt8] = [65, first, second] + [UInt8](repeating: 65, count: 14) + [13]
                let value = (0..<bytes.count).first { (bytes[$0] < 0x20 && bytes[$0] != 9) || bytes[$0] == 0x7f }
                let token = (0..<bytes.count).first { !Octets.isToken(bytes[$0]) }
                if Octets.endOfValue(bytes.span, 0, bytes.count) != value
                    || Octets.endOfToken(bytes.span, 0, bytes.count) != token
                {
                    Issue.record("\(first), \(second)")
                }
            }
        }
    }
}
