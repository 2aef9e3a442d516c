import Base
@testable import Engine
import Foundation
import Reactor
import TestKit
import Testing

/// Requests that are asked of two endpoints, while clients, endpoints and the network do anything at any time: whoever wins, nothing stays behind.
@Suite struct HedgeChaosTests {
    private static func head(_ seed: UInt64) -> String {
        let upstream = ["http", "h2c", "http"][Int(seed % 3)]
        let limits = ["", " limits retries 2", " limits connections 3 requests 6", " limits breaker 50% of 3 open 50ms"][
            Int(seed / 3 % 4)]
        return """
            # chaos
            pieces: 200
            limits: mirror-milliseconds=1000
            streams: \(seed % 2 == 0 ? 1 : 100)
            -- graph --
            listener http 0.0.0.0:8080
              host *
                prefix /mirrored -> mirrored
                prefix / -> r
            rule mirrored
              timeout request 2s
              mirror web 100%
              hedge 5ms 100%
              forward to web
            rule r
              timeout request 4s try 200ms
              retry 1 codes 503 backoff 2ms budget 100%
              hedge 5ms 100%
              forward to web
            cluster web \(upstream) balancer \(seed % 2 == 0 ? "peak-ewma" : "round-robin")\(limits) loopback connect 1s
              endpoint 10.0.0.1:80
              endpoint 10.0.0.2:80
              endpoint 10.0.0.3:80
            -- origins --
            10.0.0.1:80
            10.0.0.2:80
            10.0.0.3:80
            -- script --

            """
    }

    private static let origins = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]
    private static let requests = [
        #"GET / HTTP/1.1\r\nhost: s\r\n\r\n"#, #"HEAD / HTTP/1.1\r\nhost: s\r\n\r\n"#,
        #"GET /mirrored HTTP/1.1\r\nhost: s\r\n\r\n"#,
        #"PUT / HTTP/1.1\r\nhost: s\r\ncontent-length: 5\r\n\r\n12345"#,
        #"PUT / HTTP/1.1\r\nhost: s\r\ntransfer-encoding: chunked\r\n\r\n9c40\r\n{40000*u}\r\n0\r\n\r\n"#,
        #"POST / HTTP/1.1\r\nhost: s\r\ncontent-length: 2\r\n\r\nab"#,
    ]
    private static let answers = [
        #"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"#, #"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"#,
        #"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 2\r\n\r\n"#,
        #"HTTP/1.1 200 OK\r\n\r\n{40000*d}"#, #"HTTP/1.1 103 Early Hints\r\n\r\n"#,
        #"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"#, #"HTTP/1.1 500 Oh\r\ncontent-length: 1\r\n\r\nx"#,
        #"HTTP/1.1 101 Switching\r\n\r\n"#, #"nothing\r\n\r\n"#,
    ]

    private static func script(_ seed: UInt64) -> String {
        var random = SeededRandom(seed: seed)
        func one(_ texts: [String]) -> String { texts[Int(random.below(UInt32(texts.count)))] }
        var text = head(seed)
        for _ in 0..<80 {
            let origin = one(origins)
            switch random.below(20) {
            case 0..<7: text += "\(one(["a", "b", "c", "d"])): \(one(requests))\n"
            case 7: text += "\(one(["a", "b", "c", "d"])) \(one(["closes", "resets", "finishes"]))\n"
            case 8..<12: text += "wait \(one(["1ms", "6ms", "6ms", "20ms", "100ms", "300ms", "2s"]))\n"
            case 12:
                text +=
                    "origin \(origin) \(one(["closes", "resets", "refuses", "hangs", "accepts", "accepts", "goaway", "drops"]))\n"
            case 13 where random.below(4) == 0:
                text += "endpoints web \(one(["10.0.0.1:80", "10.0.0.2:80 10.0.0.3:80", origins.joined(separator: " ")]))\n"
            case 13 where random.below(8) == 0: text += "drain\n"
            default: text += "origin \(origin) says \(one(answers))\n"
            }
        }
        return text + origins.map { "origin \($0) accepts\n" }.joined()
    }

    /// - Returns: what was logged.
    private static func play(_ seed: UInt64) throws -> [String] {
        let text = script(seed)
        let script = try WireScript(CaseFile(text: text, url: URL(filePath: "hedges/\(seed).case")))
        let workers = 1 + Int(seed / 2 % 2)
        let faults: SimulatedFaults = seed % 5 < 2 ? .none : .rough
        let world =
            seed % 3 == 1
            ? try FramedWorld(script, workers: workers, seed: seed, faults: faults, sides: [.origins])
            : try SimulatedWorld(script, workers: workers, seed: seed, faults: faults)
        let play = WirePlay(script, world)
        _ = try play.run()
        #expect(play.leftovers() == [], "\(text)")
        #expect(world.isClusterIdle, "\(text)")
        return world.logLines
    }

    /// A slow Service is asked twice by few.
    @Test func `no more requests are hedged than may be`() throws {
        let clients = (0..<20).map { "c\($0)" }
        let text = """
            # share
            -- graph --
            listener http 0.0.0.0:8080
              host *
                prefix / -> r
            rule r
              hedge 50ms 10%
              forward to web
            cluster web http loopback
              endpoint 10.0.0.1:80
              endpoint 10.0.0.2:80
            -- origins --
            10.0.0.1:80
            10.0.0.2:80
            -- script --
            \(clients.map { "\($0): GET / HTTP/1.1\\r\\nhost: s\\r\\n\\r\\n" }.joined(separator: "\n"))
            wait 60ms
            \(clients.map { "\($0) resets" }.joined(separator: "\n"))
            """
        let script = try WireScript(CaseFile(text: text, url: URL(filePath: "hedges/share.case")))
        let world = try SimulatedWorld(script, workers: 1, seed: 1, faults: .none)
        _ = try WirePlay(script, world).run()
        // A tenth of twenty, and what any Service may have: three for each second that the clock has told.
        #expect(world.logLines.count == 20)
        #expect([5, 8].contains(world.logLines.count { $0.hasSuffix("hedge lost") }))
    }

    @Test(.timeLimit(.minutes(5)), arguments: 0..<8 as Range<UInt64>)
    func `nothing stays behind`(part: UInt64) throws {
        var lines: [String] = []
        for seed in (part * 12)..<(part * 12 + 12) { lines += try Self.play(seed) }
        // Both ends of a hedge happened, or this would say nothing.
        #expect(lines.contains { $0.hasSuffix("hedge won") } && lines.contains { $0.hasSuffix("hedge lost") })
    }
}
