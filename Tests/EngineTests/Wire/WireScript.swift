import Base
@testable import Engine
import Graph
import HTTP
import Reactor
import TestKit

/// A wire case: a graph, what origins answer, and what clients do. What every side receives and what is logged must come out.
///
///     -- graph --            absent: every host and path goes to cluster `web`, which is 10.0.0.1:80
///     -- origins --
///     10.0.0.1:80            also `… refuses` and `… hangs`
///       HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok
///       HTTP/1.1 200 OK\r\n\r\nuntil the end |close
///     -- script --
///     a: GET / HTTP/1.1\r\nhost: shop\r\n\r\n
///     wait 5s
///     a datagram hello       an origin `answers` them
///     starve connect 3       also `accept`: so many of the next calls find no descriptor left
///
/// The n-th complete request that reaches an origin gets its n-th answer, the last one again and again. An answer may end in `|close`,
/// `|reset`, `|tunnel` (no more requests follow), `|early` (it does not wait for the request's body, and nothing follows) or `|continue`
/// (it does not wait for the body, and the next answer does). `|refused` is no answer: the endpoint refuses the stream (HTTP/2).
struct WireScript {
    enum Step {
        case send(String, [UInt8])
        case datagram(String, [UInt8])
        case from(String, IPAddress)
        case client(String, Act)
        case wait(UInt64)
        case enter(DrainPhase)
        case publish(String)
        case endpoints(ClusterID, [Endpoint])
        case origin(SocketAddress, Act)
        case framed(SocketAddress, FramedAct)
        /// So many of the next calls find no descriptor left.
        case starve(Starving, Int)
    }

    /// What an endpoint of HTTP/2 does to its connections.
    enum FramedAct: String { case goaway, drops }

    enum Starving: String { case accept, connect }

    enum Act {
        case finish, close, reset, deaf, reads
        case says([UInt8])
        /// Answers the last datagram.
        case answers([UInt8])
        case behaves(SimulatedNetwork.Behaviour)
    }

    struct Answer {
        var bytes: [UInt8]
        var closes = false
        var resets = false
        var isTunnel = false
        var isEarly = false
        var isContinue = false
        var isRefused = false
    }

    struct Origin {
        var address: SocketAddress
        var behaviour: SimulatedNetwork.Behaviour
        var answers: [Answer]
    }

    let file: CaseFile
    var steps: [Step] = []
    var origins: [Origin] = []
    /// Clients in the order of their first appearance.
    var clients: [String] = []
    var limits = ProxyLimits()
    var trusted: [CIDR] = []
    /// Connections begin with a PROXY header.
    var isIntroduced = false

    /// Where clients connect to.
    static let listener = SocketAddress(.v4Loopback, 8080)
    static let usualGraph = """
        listener http 0.0.0.0:8080
          host *
            prefix / -> r
        rule r
          forward to web
        cluster web http loopback
          endpoint 10.0.0.1:80
        """

    struct Malformed: Error, CustomStringConvertible {
        let description: String
        init(_ line: some StringProtocol) { description = "a wire case does not know: \(line)" }
    }

    init(_ file: CaseFile) throws {
        self.file = file
        for line in Self.lines(file, "origins") {
            if line.hasPrefix("  "), let last = origins.indices.last {
                origins[last].answers.append(try Self.answer(line.dropFirst(2)))
            } else {
                origins.append(try Self.origin(line))
            }
        }
        for line in Self.lines(file, "script") { steps.append(try step(line)) }
        try readOptions()
        let graphs = file.sections.map(\.name).filter { $0.hasPrefix("graph ") }
        file.requireOnly(
            options: [
                "limits", "trusted", "proxy-protocol", "sockets", "sealed", "ignore", "pieces", "workers", "origins", "counts",
                "clients", "streams", "websocket",
            ],
            sections: Set(
                ["graph", "origins", "script", "log", "connections", "mirrors"] + graphs + clients
                    + origins.map { "\($0.address)" }))
    }

    /// What "byte by byte" means for a case whose bodies are large.
    var pieces: Int { file.options["pieces"].flatMap { Int($0) } ?? 1 }

    /// The most workers that it is played with: what a case says about one worker's memory, it says about one worker.
    var mostWorkers: Int { file.options["workers"].flatMap { Int($0) } ?? 2 }

    /// Whether clients speak HTTP/2 where endpoints do.
    var hasFramedClients: Bool { file.options["clients"] == "framed" }

    /// Streams that endpoints of HTTP/2 allow on a connection.
    var streams: UInt32 { file.options["streams"].flatMap { UInt32($0) } ?? 100 }

    /// Whether endpoints of HTTP/2 take WebSockets.
    var takesWebSockets: Bool { file.options["websocket"] != "no" }

    /// Sections that are not compared, because what they hold is chance.
    var ignored: Set<String> { Set((file.options["ignore"] ?? "").split(separator: " ").map(String.init)) }

    /// Whether it is told how many connections each origin got, and what became of copies for mirrors.
    var countsConnections: Bool { file.options["counts"] == "connections" }
    var countsMirrors: Bool { file.options["counts"] == "mirrors" }

    /// Where every rule's requests are mirrored to, besides what the case says; nil: nowhere.
    var shadow: SocketAddress?

    /// Where every request that waits longer than a millisecond is asked as well, besides what the case says; nil: nowhere.
    var secondChoice: SocketAddress?

    /// The same case, but every rule hedges, and every cluster has one endpoint more that is asked only when all others were.
    func hedged(at address: SocketAddress) -> WireScript {
        var script = self
        script.secondChoice = address
        return script
    }

    private func hedged(_ graph: String) -> String {
        guard let secondChoice else { return graph }
        let lines = graph.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
            if line.hasPrefix("rule ") { return [line, "  hedge 1ms 100%"] }
            return line.hasPrefix("cluster ")
                ? [line, "  endpoint \(secondChoice)"] : [line + (line.hasPrefix("  endpoint ") ? " near" : "")]
        }
        return lines.joined(separator: "\n")
    }

    /// The same case, but every rule mirrors all of its requests to an address.
    func shadowed(by address: SocketAddress) -> WireScript {
        var script = self
        script.shadow = address
        script.limits.mirror = 1000
        return script
    }

    private func shadowed(_ graph: String) -> String {
        guard let shadow else { return graph }
        let mirror = "\n  mirror shadow 100% compare status latency body header content-type"
        let lines = graph.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("rule ") ? line + mirror : String(line)
        }
        return lines.joined(separator: "\n") + "\ncluster shadow http loopback\n  endpoint \(shadow)\n"
    }

    func graph(_ name: String = "graph") throws -> String {
        if let text = file.section(name) { return hedged(shadowed(text)) }
        guard name == "graph" else { throw Malformed(name) }
        return hedged(shadowed(Self.usualGraph))
    }

    /// Whether an answer breaks off, so that its end is not announced where TLS could announce it.
    var breaksOff: Bool { file.options["sealed"] == "breaks off" }

    /// Whether it means the same through TLS.
    var canBeSealed: Bool { file.options["sealed"] != "no" }

    /// Whether it can be played over sockets: time passes by itself there, and clients have one address.
    var canUseSockets: Bool {
        let isSimulated = steps.contains { step in
            switch step {
            case .wait, .from, .starve, .datagram, .origin(_, .behaves(.hangs)): true
            default: false
            }
        }
        return !isSimulated && !origins.contains { $0.behaviour == .hangs } && file.options["sockets"] == nil
    }

    private static func lines(_ file: CaseFile, _ section: String) -> [Substring] {
        (file.section(section) ?? "").split(separator: "\n").filter { !$0.hasPrefix("#") }
    }

    // MARK: Lines

    private static func origin(_ line: Substring) throws -> Origin {
        let words = line.split(separator: " ").map(String.init)
        guard let address = words.first.flatMap({ SocketAddress($0) }), words.count <= 2 else { throw Malformed(line) }
        return Origin(address: address, behaviour: try behaviour(words.count == 2 ? words[1] : "accepts", line), answers: [])
    }

    private static func behaviour(_ word: String, _ line: Substring) throws -> SimulatedNetwork.Behaviour {
        switch word {
        case "accepts": .accepts
        case "refuses": .refuses
        case "hangs": .hangs
        default: throw Malformed(line)
        }
    }

    private static func answer(_ line: Substring) throws -> Answer {
        var answer = Answer(bytes: [])
        var text = line
        let flags: [(String, (inout Answer) -> Void)] = [
            (" |close", { $0.closes = true }), (" |reset", { $0.resets = true }), (" |tunnel", { $0.isTunnel = true }),
            (" |early", { $0.isEarly = true }), (" |continue", { $0.isContinue = true }), (" |refused", { $0.isRefused = true }),
        ]
        var found = true
        while found {
            found = false
            for (flag, set) in flags where text.hasSuffix(flag) {
                set(&answer)
                text = text.dropLast(flag.count)
                found = true
            }
        }
        answer.bytes = try WireText.bytes(text)
        return answer
    }

    private mutating func step(_ line: Substring) throws -> Step {
        let words = line.split(separator: " ").map(String.init)
        switch words.first {
        case "wait":
            guard words.count == 2, let time = DurationText.parse(words[1]) else { throw Malformed(line) }
            return .wait(UInt64(time / .milliseconds(1)))
        case "leave": return .enter(.leaving)
        case "drain": return .enter(.draining)
        case "publish": return .publish("graph " + words.dropFirst().joined(separator: " "))
        case "endpoints":
            var endpoints: [Endpoint] = []
            for word in words.dropFirst(2) {
                if word == "draining", let last = endpoints.indices.last {
                    endpoints[last].condition = .draining
                    continue
                }
                guard let address = SocketAddress(word) else { throw Malformed(line) }
                endpoints.append(Endpoint(address: "\(address.ip)", port: address.port))
            }
            guard words.count >= 2 else { throw Malformed(line) }
            return .endpoints(words[1], endpoints)
        case "starve":
            guard words.count == 3, let what = Starving(rawValue: words[1]), let count = Int(words[2]) else {
                throw Malformed(line)
            }
            return .starve(what, count)
        case "origin": return try originStep(line, words)
        default: return try clientStep(line, words)
        }
    }

    private func originStep(_ line: Substring, _ words: [String]) throws -> Step {
        guard words.count >= 3, let address = SocketAddress(words[1]), origins.contains(where: { $0.address == address }) else {
            throw Malformed(line)
        }
        switch words[2] {
        case "says":
            let start = line.firstRange(of: " says ")?.upperBound ?? line.endIndex
            return .origin(address, .says(try WireText.bytes(line[start...])))
        case "answers":
            let start = line.firstRange(of: " answers ")?.upperBound ?? line.endIndex
            return .origin(address, .answers(try WireText.bytes(line[start...])))
        case "closes": return .origin(address, .close)
        case "finishes": return .origin(address, .finish)
        case "resets": return .origin(address, .reset)
        case "deaf": return .origin(address, .deaf)
        case "reads": return .origin(address, .reads)
        case "goaway", "drops": return FramedAct(rawValue: words[2]).map { .framed(address, $0) } ?? .origin(address, .close)
        default: return .origin(address, .behaves(try Self.behaviour(words[2], line)))
        }
    }

    private mutating func clientStep(_ line: Substring, _ words: [String]) throws -> Step {
        let name = String(line.prefix { $0.isLetter || $0.isNumber })
        let rest = line.dropFirst(name.count)
        guard !name.isEmpty else { throw Malformed(line) }
        if !clients.contains(name) { clients.append(name) }
        if rest.hasPrefix(": ") { return .send(name, try WireText.bytes(rest.dropFirst(2))) }
        if rest.hasPrefix(" datagram ") { return .datagram(name, try WireText.bytes(rest.dropFirst(" datagram ".count))) }
        switch words.dropFirst().joined(separator: " ") {
        case "finishes": return .client(name, .finish)
        case "closes": return .client(name, .close)
        case "resets": return .client(name, .reset)
        case "deaf": return .client(name, .deaf)
        case "reads": return .client(name, .reads)
        default:
            guard words.count == 3, words[1] == "from", let address = IPAddress(words[2]) else { throw Malformed(line) }
            return .from(name, address)
        }
    }

    // MARK: Options

    private mutating func readOptions() throws {
        isIntroduced = file.options["proxy-protocol"] != nil
        for word in (file.options["trusted"] ?? "").split(separator: " ") {
            guard let block = CIDR(word) else { throw Malformed(word) }
            trusted.append(block)
        }
        for word in (file.options["limits"] ?? "").split(separator: " ") {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let value = Int(parts[1]) else { throw Malformed(word) }
            switch parts[0] {
            case "head-bytes": limits.head.bytes = value
            case "head-fields": limits.head.fields = value
            case "clients": limits.clients = value
            case "per-address": limits.clientsPerAddress = value
            case "body-rate": limits.bodyRate = value
            case "write-rate": limits.writeRate = value
            case "replay-bytes": limits.replayBytes = value
            case "kept": limits.keptPerEndpoint = value
            case "datagram-sessions": limits.datagramSessions = value
            case "block-bytes": limits.blockBytes = value
            case "mirrors": limits.mirrors = value
            case "mirror-milliseconds": limits.mirror = UInt64(value)
            case "comparisons": limits.comparisons = value
            default: throw Malformed(word)
            }
        }
        // Small tables: a leak shows, and many of these run side by side.
        limits.sockets = 64
        limits.exchanges = 64
        limits.clients = min(limits.clients, 48)
        limits.blockBytes = min(limits.blockBytes, 4 << 20)
    }
}
