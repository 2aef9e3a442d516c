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

    /// For cases that are played in all ways elsewhere.
    static let fewWays = ways.filter { ($0.workers == 1 && $0.name == "whole") || ($0.workers == 2 && $0.seed == 3) }

    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `every side receives what it should`(file: CaseFile) throws {
        try playSimulated(file)
    }

    /// Cases that let time pass, or that need an endpoint that never answers, are told by simulated time only.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `every side receives it over real sockets`(file: CaseFile) throws {
        try playOverSockets(file)
    }

    /// Connections that are joined as they are, and datagrams.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/sessions"))
    func `sessions are passed on`(file: CaseFile) throws {
        try playSimulated(file)
        try playOverSockets(file)
    }

    /// What protects a Service: bounds, the breaker, panic.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/bounds"))
    func `no Service gets more than it may`(file: CaseFile) throws {
        try playSimulated(file)
    }

    /// Copies of requests, and what is told of the answers to them.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/mirrors"))
    func `mirrors get what they should`(file: CaseFile) throws {
        try playSimulated(file)
        try playOverSockets(file)
    }

    /// The same where endpoints and mirrors speak HTTP/2, in clear text and sealed.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/mirrors"))
    func `mirrors may speak HTTP/2 and TLS`(file: CaseFile) throws {
        let script = try WireScript(file)
        let origins = Set(script.origins.map { "\($0.address)" })
        if !Self.aboutConnections.contains(file.testDescription) {
            try play(file, Self.fewWays, reading: Self.withoutPhrases, ignoring: origins) {
                try FramedWorld($0, workers: $1.workers, seed: $1.seed, faults: $1.faults, sides: [.origins])
            }
        }
        guard script.canBeSealed else { return }
        try play(file, Self.fewWays, ignoring: origins) {
            try SealedOrigins($0, workers: $1.workers, seed: $1.seed, faults: $1.faults)
        }
    }

    /// Requests that are asked of a second endpoint.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/hedges"))
    func `the first answer counts`(file: CaseFile) throws {
        try playSimulated(file)
        try playOverSockets(file)
    }

    /// The same where endpoints speak HTTP/2, in clear text, chosen and sealed, and over TLS.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/hedges"))
    func `the first answer counts over HTTP/2 and TLS`(file: CaseFile) throws {
        let script = try WireScript(file)
        let origins = Set(script.origins.map { "\($0.address)" })
        for layer in [FramedWorld.Layer.clear, .chosen] where !Self.aboutConnections.contains(file.testDescription) {
            try play(file, Self.fewWays, reading: Self.withoutPhrases, ignoring: origins) {
                try FramedWorld(
                    $0, workers: $1.workers, seed: $1.seed, faults: $1.faults, sides: [.origins], layer: layer)
            }
        }
        guard script.canBeSealed else { return }
        try play(file, Self.fewWays, ignoring: origins) {
            try SealedOrigins($0, workers: $1.workers, seed: $1.seed, faults: $1.faults)
        }
    }

    /// Every case once more, with rules that hedge whatever takes longer than a millisecond, at an endpoint that is of no use: nobody may
    /// notice but the log.
    @Test(
        .timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/wire"),
        [SimulatedNetwork.Behaviour.refuses, .hangs, .accepts])
    func `a hedge that is of no use is not noticed`(file: CaseFile, behaviour: SimulatedNetwork.Behaviour) throws {
        guard !Self.aboutEndpoints.contains(file.testDescription) else { return }
        let second = SocketAddress(IPAddress(v4: 0x0a63_0001), 80)
        let reading: (String) -> String = { $0.replacing(/\ tries \d|\ hedge lost/, with: "") }
        try play(file, Self.fewWays, reading: reading, changing: { $0.hedged(at: second) }) { script, way in
            let world = try SimulatedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults)
            world.setOrigin(second, behaviour)
            return world
        }
    }

    /// Every case once more, with rules that mirror all of their requests to somebody who is of no use: nobody may notice.
    @Test(
        .timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/wire"),
        [SimulatedNetwork.Behaviour.refuses, .hangs, .accepts])
    func `a mirror that fails is not noticed`(file: CaseFile, behaviour: SimulatedNetwork.Behaviour) throws {
        guard !Self.aboutDescriptors.contains(where: { file.testDescription.hasPrefix($0) }) else { return }
        let shadow = SocketAddress(IPAddress(v4: 0x0a63_0001), 80)
        try play(file, Self.fewWays, changing: { $0.shadowed(by: shadow) }) { script, way in
            let world = try SimulatedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults)
            world.setOrigin(shadow, behaviour)
            return world
        }
    }

    /// Cases that count descriptors or blocks, of which copies take some.
    private static let aboutDescriptors = ["wire/connect-starved", "wire/block-budget"]

    /// Cases in which another endpoint makes a difference: requests fail where they first go, or an arm has none.
    private static let aboutEndpoints = [
        "wire/arm-active", "wire/arm-empty", "wire/connect-hangs", "wire/detour-arm", "wire/detour-retries", "wire/detour-waits",
        "wire/drain", "wire/kept-closed-on-use", "wire/no-endpoints", "wire/refused", "wire/retry-budget", "wire/retry-codes",
        "wire/timeout-answer",
    ]

    /// What clients of HTTP/2 say and receive, as HTTP/1 would write it, each request on a stream of its own.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/framed"))
    func `every stream receives what it should`(file: CaseFile) throws {
        try play(file, Self.ways, isGolden: true) { script, way in
            try FramedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults, sides: [.clients])
        }
    }

    /// The same with endpoints that speak HTTP/2: clients notice nothing.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/framed") + CaseFile.all(in: "../Cases/wire"))
    func `endpoints may speak HTTP/2`(file: CaseFile) throws {
        let script = try WireScript(file)
        guard !Self.aboutConnections.contains(where: { file.testDescription.hasPrefix($0) }) else { return }
        let sides: Set<FramedWorld.Side> = file.testDescription.hasPrefix("framed") ? [.clients, .origins] : [.origins]
        try play(file, Self.fewWays, reading: Self.withoutPhrases, ignoring: Set(script.origins.map { "\($0.address)" })) {
            try FramedWorld($0, workers: $1.workers, seed: $1.seed, faults: $1.faults, sides: sides)
        }
    }

    /// Cases about what HTTP/2 has not: connections for one request at a time, upgrades, and answers that are no HTTP/1.
    private static let aboutConnections = [
        "wire/garbage", "wire/h2c-not-spoken", "wire/kept-closed", "wire/drain", "wire/hop-by-hop", "wire/upgrade",
        "wire/block-budget", "wire/retry-unsafe", "framed/cut", "framed/streams", "mirrors/bounded", "mirrors/upgrade",
        "hedges/waited-for",
    ]

    /// HTTP/2 has no reason phrases.
    private static func withoutPhrases(_ text: String) -> String {
        text.replacing(/(?m)^(HTTP\/1\.1 [1-5][0-9][0-9]) [A-Za-z' -]*\\r/) { "\($0.1) \\r" }
    }

    /// What endpoints of HTTP/2 do, and receive.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/carried"))
    func `requests are carried to endpoints`(file: CaseFile) throws {
        try play(file, Self.ways, isGolden: true) { script, way in
            try FramedWorld(
                script, workers: way.workers, seed: way.seed, faults: way.faults,
                sides: script.hasFramedClients ? [.clients, .origins] : [.origins])
        }
    }

    /// The same over TLS: nothing else may differ.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/carried"))
    func `requests are carried to endpoints over TLS`(file: CaseFile) throws {
        let script = try WireScript(file)
        try play(file, Self.fewWays) {
            try FramedWorld(
                $0, workers: $1.workers, seed: $1.seed, faults: $1.faults,
                sides: script.hasFramedClients ? [.clients, .origins] : [.origins], layer: .sealed)
        }
    }

    /// Endpoints that are offered both and choose HTTP/2.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `endpoints may choose HTTP/2`(file: CaseFile) throws {
        let script = try WireScript(file)
        guard !Self.aboutConnections.contains(where: { file.testDescription.hasPrefix($0) }) else { return }
        try play(file, Self.fewWays, reading: Self.withoutPhrases, ignoring: Set(script.origins.map { "\($0.address)" })) {
            try FramedWorld(
                $0, workers: $1.workers, seed: $1.seed, faults: $1.faults, sides: [.origins], layer: .chosen)
        }
    }

    /// An end that breaks off is announced to nobody: such cases say `sealed: breaks off`.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `every side receives it through TLS`(file: CaseFile) throws {
        guard try WireScript(file).canBeSealed else { return }
        let ways = [
            Way(name: "sealed, whole", faults: .none, seed: 1, workers: 1),
            Way(name: "sealed, rough", faults: .rough, seed: 3, workers: 2),
        ]
        try play(file, ways, reading: SealedWorld.reading(try WireScript(file))) { script, way in
            try SealedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults)
        }
    }

    /// What endpoints and clients see when TLS lies between the gateway and the endpoints: the same.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/wire"))
    func `every side receives it from endpoints behind TLS`(file: CaseFile) throws {
        // An endpoint in the clear that a case has for itself.
        guard file.section("graph")?.contains(" h2c ") != true else { return }
        let ways = [
            Way(name: "sealed endpoints, whole", faults: .none, seed: 1, workers: 1),
            Way(name: "sealed endpoints, rough", faults: .rough, seed: 3, workers: 2),
        ]
        try play(file, ways) { script, way in
            try SealedOrigins(script, workers: way.workers, seed: way.seed, faults: way.faults)
        }
    }

    /// What is special about endpoints that speak TLS: whom is trusted, what goes wrong.
    @Test(.timeLimit(.minutes(5)), arguments: CaseFile.all(in: "../Cases/endpoints"))
    func `endpoints are believed as they should be`(file: CaseFile) throws {
        let ways = [
            Way(name: "whole", faults: .none, seed: 1, workers: 1),
            Way(name: "byte by byte", faults: .byteByByte, seed: 2, workers: 1),
            Way(name: "rough", faults: .rough, seed: 3, workers: 2),
        ]
        try play(file, ways, isGolden: true) { script, way in
            try SealedOrigins(script, workers: way.workers, seed: way.seed, faults: way.faults)
        }
    }

    private func playSimulated(_ file: CaseFile) throws {
        try play(file, Self.ways, isGolden: true) { script, way in
            try SimulatedWorld(script, workers: way.workers, seed: way.seed, faults: way.faults)
        }
    }

    private func playOverSockets(_ file: CaseFile) throws {
        guard try WireScript(file).canUseSockets else { return }
        let ways = (1...2).map { Way(name: "sockets", faults: .none, seed: 0, workers: $0) }
        try play(file, ways) { script, way in try SocketWorld(script, workers: way.workers) }
    }

    /// Plays a case in each way that its number of workers allows.
    ///
    /// - Parameter isGolden: the first way's outcome is what the file holds, and is written there when files are updated.
    private func play(
        _ file: CaseFile, _ ways: [Way], isGolden: Bool = false, reading: (String) -> String = { $0 },
        ignoring ignored: Set<String> = [], changing: (WireScript) -> WireScript = { $0 },
        in world: (WireScript, Way) throws -> any WireWorld
    ) throws {
        guard isGolden || !CaseFile.isUpdating else { return }
        let script = changing(try WireScript(file))
        for (i, way) in ways.enumerated() where way.workers <= script.mostWorkers {
            let play = WirePlay(script, try world(script, way))
            let outcome = try play.run()
            if isGolden && i == 0 {
                try file.expect(outcome)
                if CaseFile.isUpdating { return }
            } else if !compare(file, outcome.filter { !ignored.contains($0.section) }, way, reading) {
                return
            }
            #expect(play.leftovers() == [], "\(file.testDescription), \(way): something stays behind")
        }
    }

    /// - Parameter reading: what both sides are read as.
    private func compare(
        _ file: CaseFile, _ outcome: [(section: String, body: String)], _ way: Way, _ reading: (String) -> String
    ) -> Bool {
        let tellsConnections = way.name == "whole"
        for (section, body) in outcome {
            var (wanted, actual) = (file.section(section) ?? "", body)
            if !tellsConnections { (wanted, actual) = (Self.withoutConnections(wanted), Self.withoutConnections(actual)) }
            (wanted, actual) = (reading(Self.trimmed(wanted)), reading(Self.trimmed(actual)))
            guard wanted != actual else { continue }
            let diff = CaseFile.diff(wanted, actual)
            Issue.record("\(file.testDescription): \(file.sentence)\n\(way): -- \(section) -- differs:\n\(diff)")
            return false
        }
        return true
    }

    /// What became of connections to endpoints of HTTP/2, and of streams that were given up, is chance where sockets misbehave.
    private static func withoutConnections(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            !line.hasPrefix("{connection: ") && !["{closed}", "goaway 0", "{reset 8}"].contains(line)
        }.joined(separator: "\n")
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.hasSuffix("\n") { text.removeLast() }
        while text.hasPrefix("\n") { text.removeFirst() }
        return String(text)
    }
}
