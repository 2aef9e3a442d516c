import Base
import Testing

@testable import HTTP

/// The time limit of a gRPC call, and who is one.
@Suite struct GRPCTimeoutTests {
    private func parse(_ text: String) -> UInt64? { GRPCTimeout.parse(Array(text.utf8).span) }

    private static let units: [(Character, UInt64)] = [
        ("H", 3_600_000_000_000), ("M", 60_000_000_000), ("S", 1_000_000_000), ("m", 1_000_000), ("u", 1_000), ("n", 1),
    ]

    @Test func `every number of up to eight digits is read in every unit`() {
        var random = SeededRandom(seed: 5)
        for (unit, size) in Self.units {
            for digits in 1...8 {
                for _ in 0..<50 {
                    let text = (0..<digits).map { _ in "\(random.below(10))" }.joined()
                    let (product, overflow) = (UInt64(text) ?? 0).multipliedReportingOverflow(by: size)
                    #expect(parse(text + "\(unit)") == (overflow ? .max : product))
                }
            }
        }
        #expect(parse("99999999H") == .max, "longer than nanoseconds can count")
        #expect(parse("5000000H") == 18_000_000_000_000_000_000)
    }

    @Test func `anything else is no limit`() {
        for text in ["", "1", "S", "123456789S", "1s", "-1S", "+1S", "1.5S", " 1S", "1 S", "1S ", "1SS", "0x1S", "1\u{0}"] {
            #expect(parse(text) == nil, "\(text)")
        }
    }

    @Test func `random bytes are a limit only where they are one by the letter`() {
        var random = SeededRandom(seed: 6)
        let letters = Array("0123456789HMSmun sx.-".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int(random.below(11))).map { _ in letters[Int(random.below(UInt32(letters.count)))] }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect((parse(text) != nil) == (text.wholeMatch(of: /[0-9]{1,8}[HMSmun]/) != nil), "\(text)")
        }
    }

    @Test func `a call is told by its content type`() {
        func isCall(_ type: String) -> Bool { GRPCRequest.isContentType(Array(type.utf8).span) }
        for type in ["application/grpc", "application/grpc+proto", "Application/GRPC+json", "application/grpc;charset=x"] {
            #expect(isCall(type), "\(type)")
        }
        for type in [
            "", "application/grp", "application/grpc-web", "application/grpc-web-text+proto", "application/grpcx", "text/plain",
        ] {
            #expect(!isCall(type), "\(type)")
        }
    }
}
