import Base
import Reactor
import TestKit
import Testing

/// What goes over the wire, as cases. Each is played whole, byte by byte and in random pieces with everything that sockets may do
/// meanwhile, with one and with two workers, and over real sockets; what every side receives must be the same each time.
@Suite struct WireCaseTests {
    struct Way: CustomStringConvertible {
        let name: String
        let faults: SimulatedFaults
        let seed: UInt64
        let workers: Int

        var description: String { "\(name), seed \(seed), \(workers) workers" }
    }

    static let ways: [Way] = {
        var ways: [Way] = []
        for workers in 1...2 {
            ways.append(Way(name: "whole", faults: .none, seed: 1, workers: workers))
            ways.append(Way(name: "byte by byte", faults: .byteByByte, seed: 2, workers: workers))
            for seed in 3..<7 as Range<UInt64> { ways.append(Way(name: "rough", faults: .rough, seed: seed, workers: workers)) }
        }
        return ways
    }()

    @Test(.timeLimit(.minutes(2)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `every side receives what it should`(file: CaseFile) throws {
        let script = try WireScript(file)
        for (i, way) in Self.ways.enumerated() where way.workers <= script.mostWorkers {
            let world = try SimulatedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults)
            let play = WirePlay(script, world)
            let outcome = try play.run()
            if i == 0 {
                try file.expect(outcome)
                if CaseFile.isUpdating { return }
            } else if !compare(file, outcome, way) {
                return
            }
            let leftovers = play.leftovers()
            #expect(leftovers == [], "\(file.testDescription), \(way): something stays behind")
        }
    }

    /// Cases that let time pass, or that need an endpoint that never answers, are told by simulated time only.
    @Test(.timeLimit(.minutes(2)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `every side receives it over real sockets`(file: CaseFile) throws {
        let script = try WireScript(file)
        guard script.canUseSockets, !CaseFile.isUpdating else { return }
        for workers in 1...script.mostWorkers {
            let world = try SocketWorld(script, workers: workers)
            let play = WirePlay(script, world)
            let outcome = try play.run()
            let way = Way(name: "sockets", faults: .none, seed: 0, workers: workers)
            guard compare(file, outcome, way) else { return }
            #expect(play.leftovers() == [], "\(file.testDescription), \(way): something stays behind")
        }
    }

    /// What clients of HTTP/2 say and receive, as HTTP/1 would write it, each request on a stream of its own.
    @Test(.timeLimit(.minutes(2)), arguments: CaseFile.all(in: "../Cases/framed"))
    func `every stream receives what it should`(file: CaseFile) throws {
        let script = try WireScript(file)
        for (i, way) in Self.ways.enumerated() where way.workers <= script.mostWorkers {
            let world = try FramedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults)
            let play = WirePlay(script, world)
            let outcome = try play.run()
            if i == 0 {
                try file.expect(outcome)
                if CaseFile.isUpdating { return }
            } else if !compare(file, outcome, way) {
                return
            }
            #expect(play.leftovers() == [], "\(file.testDescription), \(way): something stays behind")
        }
    }

    /// An end that breaks off is announced to nobody: such cases say `sealed: breaks off`.
    @Test(.timeLimit(.minutes(2)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `every side receives it through TLS`(file: CaseFile) throws {
        let script = try WireScript(file)
        guard !CaseFile.isUpdating else { return }
        for way in Self.sealedWays where way.workers <= script.mostWorkers {
            let world = try SealedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults)
            let play = WirePlay(script, world)
            let outcome = try play.run()
            guard compare(file, outcome, way, SealedWorld.reading(script)) else { return }
            #expect(play.leftovers() == [], "\(file.testDescription), \(way): something stays behind")
        }
    }

    static let sealedWays = [
        Way(name: "sealed, whole", faults: .none, seed: 1, workers: 1),
        Way(name: "sealed, rough", faults: .rough, seed: 3, workers: 2),
    ]

    /// - Parameter reading: what both sides are read as.
    private func compare(
        _ file: CaseFile, _ outcome: [(section: String, body: String)], _ way: Way, _ reading: (String) -> String = { $0 }
    ) -> Bool {
        for (section, body) in outcome {
            let wanted = reading(Self.trimmed(file.section(section) ?? ""))
            let actual = reading(Self.trimmed(body))
            guard wanted != actual else { continue }
            let diff = CaseFile.diff(wanted, actual)
            Issue.record("\(file.testDescription): \(file.sentence)\n\(way): -- \(section) -- differs:\n\(diff)")
            return false
        }
        return true
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.hasSuffix("\n") { text.removeLast() }
        while text.hasPrefix("\n") { text.removeFirst() }
        return String(text)
    }
}
