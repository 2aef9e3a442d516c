import Base
import Foundation
import Reactor
import TestKit
import Testing

/// Clients, endpoints and the network do anything at any time: whatever becomes of the requests, nothing stays behind.
@Suite struct CarrierChaosTests {
    private static let graph = """
        # chaos
        streams: STREAMS
        clients: framed
        pieces: 400
        -- graph --
        listener http 0.0.0.0:8080
          host *
            prefix / -> r
        rule r
          timeout request 8s try 2s idle 3s
          retry 2 codes 503 budget 100%
          forward to web
        cluster web http loopback connect 1s
          endpoint 10.0.0.1:80
          endpoint 10.0.0.2:80
        -- origins --
        10.0.0.1:80
        10.0.0.2:80
        -- script --

        """

    private static let requests = [
        #"GET / HTTP/1.1\r\nhost: s\r\n\r\n"#, #"HEAD / HTTP/1.1\r\nhost: s\r\n\r\n"#,
        #"POST / HTTP/1.1\r\nhost: s\r\n\r\n{40000*u}"#,
        #"POST / HTTP/1.1\r\nhost: s\r\ncontent-length: 5\r\n\r\n12345"#,
        #"POST / HTTP/1.1\r\nhost: s\r\ncontent-type: application/grpc\r\ngrpc-timeout: 1S\r\n\r\nabc"#,
    ]

    private static let answers = [
        #"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"#, #"HTTP/1.1 200 OK\r\n\r\n{40000*d}"#,
        #"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 2\r\n\r\n"#,
        #"HTTP/1.1 100 Continue\r\n\r\n"#, #"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"#,
    ]

    private static let acts = [
        "goaway", "drops", "closes", "resets", "deaf", "reads", "refuses", "accepts", "hangs", "says", "says", "says", "says",
    ]

    private static func script(_ random: inout SeededRandom) -> String {
        func one(_ texts: [String]) -> String { texts[Int(random.below(UInt32(texts.count)))] }
        var text = graph.replacing("STREAMS", with: one(["1", "2", "100"]))
        for _ in 0..<40 {
            let client = one(["a", "b", "c"])
            let origin = one(["10.0.0.1:80", "10.0.0.2:80"])
            switch random.below(10) {
            case 0..<4: text += "\(client): \(one(requests))\n"
            case 4: text += "\(client) \(one(["finishes", "deaf", "reads"]))\n"
            case 5: text += "wait \(one(["100ms", "1s", "3s", "60s"]))\n"
            case 6 where random.below(3) == 0:
                text += "endpoints web \(one(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80 10.0.0.2:80"]))\n"
            default:
                let act = one(acts)
                text += "origin \(origin) \(act)" + (act == "says" ? " \(one(answers))" : "") + "\n"
            }
        }
        return text + "origin 10.0.0.1:80 accepts\norigin 10.0.0.2:80 accepts\n"
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<16 as Range<UInt64>, [false, true])
    func `nothing stays behind`(seed: UInt64, isHedged: Bool) throws {
        var random = SeededRandom(seed: seed)
        var text = Self.script(&random)
        if isHedged { text = text.replacing("  forward to", with: "  hedge 50ms 100%\n  forward to") }
        let script = try WireScript(CaseFile(text: text, url: URL(filePath: "chaos/\(seed).case")))
        let world = try FramedWorld(
            script, workers: 1 + Int(seed % 2), seed: seed, faults: seed % 3 == 0 ? .none : .rough, sides: [.clients, .origins])
        let play = WirePlay(script, world)
        _ = try play.run()
        for name in ["a", "b", "c"] { try play.perform(.client(name, .reads)) }
        #expect(play.leftovers() == [], "\(text)")
    }

    // MARK: Endpoints that send anything

    /// A frame as a script writes it.
    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8], _ random: inout SeededRandom)
        -> String
    {
        var bytes = [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
        if random.below(12) == 0 { bytes[Int(random.below(UInt32(bytes.count)))] = UInt8(random.below(256)) }
        if random.below(12) == 0 { bytes.removeLast(Int(random.below(UInt32(bytes.count)))) }
        return bytes.map { $0 < 16 ? "\\x0\(String($0, radix: 16))" : "\\x\(String($0, radix: 16))" }.joined()
    }

    private static func anyFrame(_ random: inout SeededRandom) -> String {
        let stream = UInt8(1 + 2 * random.below(3))
        let number = [0, 0, 0, UInt8(random.below(14))]
        switch random.below(14) {
        case 0: return frame(4, 0, 0, random.below(2) == 0 ? [] : [0, 3] + number, &random)
        case 1: return frame(4, 1, 0, [], &random)
        case 2: return frame(6, UInt8(random.below(2)), 0, [UInt8](repeating: 1, count: 8), &random)
        case 3: return frame(7, 0, 0, [0, 0, 0, stream] + number, &random)
        case 4: return frame(3, 0, stream, number, &random)
        case 5: return frame(8, 0, stream, number, &random)
        case 6: return frame(1, 4, stream, [0x08, 3] + Array("103".utf8), &random)
        case 7: return frame(1, 5, stream, [0, 5] + Array("x-sum".utf8) + [1, 49], &random)
        case 8, 9: return frame(0, UInt8(random.below(2)), stream, Array("hello".utf8), &random)
        case 10: return frame(1, 4, stream, [0x88, 0x5c, 1, 53], &random)
        default: return frame(1, 4 | UInt8(random.below(2)), stream, [0x88], &random)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<60 as Range<UInt64>)
    func `an endpoint may send anything`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var text = Self.graph.replacing("STREAMS", with: "100").replacing("cluster web http", with: "cluster web h2c")
        let hello = #"origin 10.0.0.1:80 says \x00\x00\x00\x04\x00\x00\x00\x00\x00"#
        for _ in 0..<30 {
            switch random.below(6) {
            case 0: text += "a: \(Self.requests[Int(random.below(5))])\n\(hello)\n"
            case 1 where random.below(4) == 0: text += "wait 3s\n"
            default: text += "origin 10.0.0.1:80 says " + Self.anyFrame(&random) + Self.anyFrame(&random) + "\n"
            }
        }
        text = text.replacing("  endpoint 10.0.0.2:80\n", with: "")
        let script = try WireScript(CaseFile(text: text, url: URL(filePath: "chaos/\(seed).case")))
        let world = try FramedWorld(
            script, workers: 1, seed: seed, faults: seed % 3 == 0 ? .none : .rough, sides: seed % 2 == 0 ? [.clients] : [])
        let play = WirePlay(script, world)
        _ = try play.run()
        #expect(play.leftovers() == [], "\(text)")
    }
}
