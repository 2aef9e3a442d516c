import Base
@testable import Engine
import Foundation
import Reactor
import TestKit
import Testing

/// A Service with few connections and many clients, at one and two workers: whoever waits gets on, whatever is counted goes back to zero.
@Suite struct BoundedChaosTests {
    private static let clients = ["a", "b", "c", "d", "e", "f", "g", "h"]
    private static let ok = #"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"#
    private static let close = #"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok |close"#

    private static func head(_ connections: Int, _ upstream: String, _ answers: [String]) -> String {
        let lines = answers.map { "  \($0)\n" }.joined()
        return """
            # chaos
            clients: framed
            streams: 1
            pieces: 40
            -- graph --
            listener http 0.0.0.0:8080
              host *
                prefix / -> r
            rule r
              timeout request 4s
              forward to web
            cluster web \(upstream) limits connections \(connections) loopback connect 1s
              endpoint 10.0.0.1:80
              endpoint 10.0.0.2:80
            -- origins --
            10.0.0.1:80
            \(lines)10.0.0.2:80
            \(lines)-- script --

            """
    }

    /// Rounds of requests from everybody, each with time to go through.
    @Test(.timeLimit(.minutes(5)), arguments: 0..<24 as Range<UInt64>)
    func `whoever waits gets on`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let answers = (0..<20).map { _ in random.below(3) == 0 ? Self.close : Self.ok }
        var text = Self.head(1 + Int(seed % 3), "http", answers)
        var asked = 0
        for round in 0..<6 {
            for client in Self.clients where random.below(4) > 0 {
                text += "\(client): GET /\(round) HTTP/1.1\\r\\nhost: s\\r\\n\\r\\n\n"
                asked += 1
            }
            text += "wait 400ms\n"
        }
        let script = try WireScript(CaseFile(text: text, url: URL(filePath: "bounded/\(seed).case")))
        let world = try SimulatedWorld(
            script, workers: 1 + Int(seed % 2), seed: seed, faults: seed % 4 < 2 ? .none : .rough)
        let play = WirePlay(script, world)
        _ = try play.run()
        let gone = world.logLines.filter { !$0.contains(" 200 OK") }
        #expect(gone == [] && world.logLines.count == asked, "\(text)")
        #expect(play.leftovers() == [], "\(text)")
    }

    /// Clients leave, endpoints close, refuse and hang, bounds come and go.
    @Test(.timeLimit(.minutes(5)), arguments: 0..<24 as Range<UInt64>, [false, true])
    func `nothing stays behind`(seed: UInt64, isHedged: Bool) throws {
        var random = SeededRandom(seed: seed)
        func one(_ texts: [String]) -> String { texts[Int(random.below(UInt32(texts.count)))] }
        let isFramed = seed % 3 == 0
        var text = Self.head(1 + Int(seed % 4), isFramed ? "h2c" : "http", seed % 2 == 0 ? [] : [Self.ok, Self.close, Self.ok])
        for _ in 0..<60 {
            let origin = one(["10.0.0.1:80", "10.0.0.2:80"])
            switch random.below(10) {
            case 0..<5: text += "\(one(Self.clients)): GET / HTTP/1.1\\r\\nhost: s\\r\\n\\r\\n\n"
            case 5: text += "\(one(Self.clients)) \(one(["closes", "resets", "finishes"]))\n"
            case 6: text += "wait \(one(["3ms", "20ms", "600ms", "2s"]))\n"
            case 7: text += "origin \(origin) \(one(["closes", "resets", "refuses", "hangs", "accepts", "drops"]))\n"
            default: text += "origin \(origin) says \(Self.ok)\n"
            }
        }
        text += "origin 10.0.0.1:80 accepts\norigin 10.0.0.2:80 accepts\n"
        if isHedged { text = text.replacing("  forward to", with: "  hedge 5ms 100%\n  forward to") }
        let script = try WireScript(CaseFile(text: text, url: URL(filePath: "bounded/\(seed).case")))
        let workers = 1 + Int(seed / 2 % 2)
        let faults: SimulatedFaults = seed % 4 < 2 ? .none : .rough
        let world =
            isFramed
            ? try FramedWorld(script, workers: workers, seed: seed, faults: faults, sides: [.origins])
            : try SimulatedWorld(script, workers: workers, seed: seed, faults: faults)
        let play = WirePlay(script, world)
        _ = try play.run()
        #expect(play.leftovers() == [], "\(text)")
        #expect(world.isClusterIdle, "\(text)")
    }
}
