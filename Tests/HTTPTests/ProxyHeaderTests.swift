import Base
import HTTP
import Testing

@Suite struct ProxyHeaderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    private static func binary(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
        signature + [command, family, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    private static func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) }
    private static let rest = Array("GET / HTTP/1.1\r\n".utf8)

    private static func address(_ text: String) -> ProxyHeader.Origin? { SocketAddress(text).map(ProxyHeader.Origin.client) }

    private static let sound: [(bytes: [UInt8], origin: ProxyHeader.Origin?)] = [
        (line("PROXY TCP4 192.0.2.7 10.0.0.1 40000 443"), address("192.0.2.7:40000")),
        (line("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535"), address("255.255.255.255:65535")),
        (line("PROXY TCP6 2001:db8::7 ::1 0 0"), address("[2001:db8::7]:0")),
        (line("PROXY UNKNOWN"), .unknown),
        (line("PROXY UNKNOWN ffff:f...f:ffff whatever 1 2"), .unknown),
        (binary(0x21, 0x11, [192, 0, 2, 7, 10, 0, 0, 1, 156, 64, 1, 187]), address("192.0.2.7:40000")),
        (binary(0x21, 0x11, [192, 0, 2, 7, 10, 0, 0, 1, 156, 64, 1, 187, 4, 0, 1, 0]), address("192.0.2.7:40000")),
        (
            binary(0x21, 0x21, [32, 1, 13, 184] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 0, count: 20)),
            address("[2001:db8::7]:0")
        ),
        (binary(0x21, 0x31, [UInt8](repeating: 47, count: 216)), .unknown),
        (binary(0x21, 0x12, [UInt8](repeating: 1, count: 12)), .unknown),
        (binary(0x21, 0, []), .unknown),
        (binary(0x20, 0, []), .proxy),
        // What a LOCAL one says of addresses counts for nothing, whatever it is.
        (binary(0x20, 0x11, [1, 2, 3]), .proxy),
        (binary(0x20, 0xff, [UInt8](repeating: 0, count: ProxyHeader.longest - 16)), .proxy),
    ]

    @Test func `a header is read whole, and only when it is whole`() throws {
        for (bytes, origin) in Self.sound {
            let origin = try #require(origin)
            for more in [[], Self.rest, bytes] {
                let all = bytes + more
                for cut in 0...all.count {
                    let outcome = ProxyHeader.parse(Array(all[..<cut]).span)
                    guard cut >= bytes.count else {
                        #expect(outcome == .incomplete, "\(bytes) cut at \(cut)")
                        continue
                    }
                    guard case .complete(let header) = outcome else {
                        Issue.record("\(bytes) cut at \(cut) is \(outcome)")
                        return
                    }
                    #expect(header.origin == origin && header.length == bytes.count, "\(bytes) cut at \(cut)")
                }
            }
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1", "PROXY", "PROXY ", "PROXY  TCP4 1.2.3.4 1.2.3.4 1 1", "proxy TCP4 1.2.3.4 1.2.3.4 1 1",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 ", "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536",
        "PROXY TCP4 1.2.3.4 1.2.3.4 01 1", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 1", "PROXY TCP4 1.2.3.256 1.2.3.4 1 1",
        "PROXY TCP4 ::1 ::1 1 1", "PROXY TCP6 1.2.3.4 1.2.3.4 1 1", "PROXY TCP5 1.2.3.4 1.2.3.4 1 1", "PROXY UNKNOWN\u{1}",
        "PROXY UDP4 1.2.3.4 1.2.3.4 1 1", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r", "PROXY TCP4\t1.2.3.4 1.2.3.4 1 1",
        "PROXY UNKNOWN \(String(repeating: "x", count: 92))",
    ])
    func `a line that is not exactly one is refused`(text: String) {
        #expect(ProxyHeader.parse((Self.line(text) + Self.rest).span) == .refused)
    }

    @Test func `the longest line is taken`() {
        let bytes = Self.line("PROXY UNKNOWN \(String(repeating: "x", count: 91))")
        #expect(bytes.count == 107)
        #expect(ProxyHeader.parse(bytes.span) != .refused)
    }

    @Test func `binary headers that say something impossible are refused as soon as they do`() {
        let wrong: [[UInt8]] = [
            Self.binary(0x11, 0x11, [UInt8](repeating: 1, count: 12)), Self.binary(0x22, 0x11, [UInt8](repeating: 1, count: 12)),
            Self.binary(0x21, 0x11, [UInt8](repeating: 1, count: 11)), Self.binary(0x21, 0x21, [UInt8](repeating: 1, count: 35)),
            Self.binary(0x21, 0x41, []), Self.binary(0x21, 0x03, []), Self.binary(0x21, 0x31, [1]),
            Self.binary(0x20, 0, [UInt8](repeating: 0, count: ProxyHeader.longest - 15)), [13, 10, 13, 11], [22, 3, 1],
        ]
        for bytes in wrong {
            #expect(ProxyHeader.parse(bytes.span) == .refused, "\(bytes)")
            // Once it is refused, more bytes do not heal it.
            var isRefused = false
            for cut in 0...bytes.count {
                let outcome = ProxyHeader.parse(Array(bytes[..<cut]).span)
                #expect(outcome == .refused || (outcome == .incomplete && !isRefused), "\(bytes) cut at \(cut)")
                isRefused = outcome == .refused
            }
        }
    }

    @Test func `whatever bytes come, what is decided stays decided`() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            var bytes = Self.sound[Int(random.below(UInt32(Self.sound.count - 1)))].bytes
            for _ in 0...random.below(2) {
                bytes[Int(random.below(UInt32(bytes.count)))] = UInt8(truncatingIfNeeded: random.next())
            }
            bytes += Self.rest
            let whole = ProxyHeader.parse(bytes.span)
            for cut in [1, 13, 14, 16, 20, Int(random.below(UInt32(bytes.count)))] where cut <= bytes.count {
                let part = ProxyHeader.parse(Array(bytes[..<cut]).span)
                guard part != .incomplete, part != whole else { continue }
                Issue.record("\(bytes) cut at \(cut): \(part), whole: \(whole)")
                return
            }
        }
    }
}
