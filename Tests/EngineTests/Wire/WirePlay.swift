import Base
@testable import Engine
import Reactor
import TestKit
import Testing

/// Plays a script on a world, the origins' part included.
final class WirePlay {
    private let script: WireScript
    private let world: any WireWorld
    private var ends: [String: Int] = [:]
    private var addresses: [String: IPAddress] = [:]
    private var refused: Set<String> = []
    private var origins: [OriginState] = []

    private struct OriginState {
        let origin: WireScript.Origin
        var answered = 0
        /// By connection.
        var read: [Int: Reading] = [:]
        /// Connection and offset of requests that were told to go on.
        var continued: Set<[Int]> = []
        /// Complete requests in the order in which they came.
        var shown = ""
    }

    /// Where an origin is in what it received on a connection.
    private enum Reading {
        /// Looks for a request from there.
        case next(Int)
        /// Answers no more; what comes from there is shown at the end.
        case rest(Int)
        case over
    }

    init(_ script: WireScript, _ world: any WireWorld) {
        self.script = script
        self.world = world
        origins = script.origins.map { OriginState(origin: $0) }
    }

    /// Runs every step. - Returns: the sections that come out.
    func run() throws -> [(section: String, body: String)] {
        for origin in script.origins { try world.setOrigin(origin.address, origin.behaviour) }
        try world.publish(script.graph())
        settle()
        for step in script.steps {
            try perform(step)
            world.rest { settle() }
            try world.collectLog()
        }
        return outcome()
    }

    /// After the outcome was read: every client leaves, and nothing may stay behind.
    func leftovers() -> [String] {
        for end in ends.values { world.close(end) }
        for origin in origins { for end in world.accepted(by: origin.origin.address) { world.close(end) } }
        for origin in origins { world.act(.drops, origin.origin.address) }
        settle()
        return world.leftovers { settle() }
    }

    func outcome() -> [(section: String, body: String)] {
        var sections: [(section: String, body: String)] = []
        for name in script.clients { sections.append((name, world.restore(client(name)))) }
        for (i, state) in origins.enumerated() {
            sections.append(("\(state.origin.address)", world.restore(state.shown + rest(i))))
        }
        if script.countsConnections {
            let counts = script.origins.map { "\($0.address) \(world.accepted(by: $0.address).count)" }
            sections.append(("connections", counts.joined(separator: "\n")))
        }
        if script.countsMirrors { sections.append(("mirrors", world.restore(world.mirrorLines.joined(separator: "\n")))) }
        sections.append(("log", world.restore(world.logLines.joined(separator: "\n"))))
        return sections.filter { !script.ignored.contains($0.section) }
    }

    private func client(_ name: String) -> String {
        guard let end = ends[name] else {
            return refused.contains(name)
                ? "{refused}" : world.datagrams(to: sender(name)).map { "[\(WireText.lines($0[...]))]" }.joined(separator: "\n")
        }
        let shown = world.shown(end) ?? WireText.show(world.received(end), isResponse: true)
        // What ties a client to an arm is chance.
        let text = shown.replacing(/=[A-Za-z0-9_-]{16}; Path/, with: "={token}; Path")
        let gap = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
        switch world.ending(end) {
        case .open: return text
        case .ended: return text + gap + "{end}"
        case .reset: return text + gap + "{reset}"
        }
    }

    /// Requests that did not become whole, and what came through tunnels.
    private func rest(_ i: Int) -> String {
        var text = ""
        for end in world.accepted(by: origins[i].origin.address) {
            let bytes = world.received(end)
            switch origins[i].read[end] ?? .next(0) {
            case .next(let from):
                if from < bytes.count { text += WireText.show(Array(bytes[from...]), isResponse: false) + "\n{unfinished}\n" }
            case .rest(let from): text += WireText.lines(bytes[from...]) + "\n"
            case .over: break
            }
            text += world.fate(end)
        }
        for (session, bytes) in world.datagrams(toOrigin: origins[i].origin.address) {
            text += "\(session) [\(WireText.lines(bytes[...]))]\n"
        }
        return text + world.goodbyes(of: origins[i].origin.address)
    }

    // MARK: Steps

    func settle() {
        var turns = 0
        while turns < 3_000_000 {
            let moved = world.move()
            if answer() || moved {
                turns += 1
                continue
            }
            return
        }
        Issue.record("\(script.file.testDescription): it never comes to rest")
    }

    func perform(_ step: WireScript.Step) throws {
        switch step {
        case .send(let name, let bytes):
            if let end = try end(name) { world.send(end, bytes) }
        case .datagram(let name, let bytes): world.sendDatagram(bytes, from: sender(name))
        case .from(let name, let address): addresses[name] = address
        case .client(let name, let act): if let end = try end(name) { try perform(act, [end], nil) }
        case .wait(let time): world.advance(milliseconds: time) { settle() }
        case .enter(let phase): world.enter(phase)
        case .publish(let name): try world.publish(script.graph(name))
        case .endpoints(let cluster, let endpoints): world.update(cluster, endpoints)
        case .starve(let what, let count): world.starve(what, count)
        case .framed(let address, let act): world.act(act, address)
        case .origin(let address, let act): try perform(act, world.accepted(by: address), address)
        }
    }

    private func perform(_ act: WireScript.Act, _ ends: [Int], _ origin: SocketAddress?) throws {
        switch act {
        case .finish: ends.forEach { world.finish($0) }
        case .close: ends.forEach { world.close($0) }
        case .reset: ends.forEach { world.reset($0) }
        case .deaf: ends.forEach { world.setReading($0, false) }
        case .reads: ends.forEach { world.setReading($0, true) }
        case .says(let bytes): if let last = ends.last { world.send(last, bytes) }
        case .answers(let bytes): if let origin { world.answerDatagram(bytes, from: origin) }
        case .behaves(let behaviour): if let origin { try world.setOrigin(origin, behaviour) }
        }
    }

    /// Where a client sends its datagrams from.
    private func sender(_ name: String) -> SocketAddress {
        SocketAddress(addresses[name] ?? .v4Loopback, 30_000 + UInt16(script.clients.firstIndex(of: name) ?? 0))
    }

    private func end(_ name: String) throws -> Int? {
        if let end = ends[name] { return end }
        guard let end = try world.connect(from: addresses[name] ?? .v4Loopback) else {
            refused.insert(name)
            return nil
        }
        ends[name] = end
        return end
    }

    // MARK: Origins

    /// Answers the requests that became whole. - Returns: whether there were any.
    private func answer() -> Bool {
        var answered = false
        for i in origins.indices {
            for end in world.accepted(by: origins[i].origin.address) {
                while answerOne(i, end) { answered = true }
            }
        }
        return answered
    }

    private func answerOne(_ i: Int, _ end: Int) -> Bool {
        guard case .next(let from) = origins[i].read[end] ?? .next(0), !origins[i].origin.answers.isEmpty else { return false }
        let bytes = world.received(end)
        guard from < bytes.count, let message = WireMessage(bytes[from...], isResponse: false) else { return false }
        let answers = origins[i].origin.answers
        let answer = answers[min(origins[i].answered, answers.count - 1)]
        if answer.isContinue, origins[i].continued.insert([end, from]).inserted {
            origins[i].answered += 1
            world.send(end, answer.bytes)
            return true
        }
        guard message.isComplete || answer.isEarly else { return false }
        origins[i].answered += 1
        // How much of the body is there when an answer does not wait for it is chance.
        let shownEnd = answer.isEarly ? message.headEnd : message.end
        origins[i].shown += WireText.show(Array(bytes[from..<shownEnd]), isResponse: false)
        let isOver = answer.closes || answer.resets || answer.isEarly || answer.isRefused
        origins[i].read[end] = isOver ? .over : answer.isTunnel ? .rest(message.end) : .next(message.end)
        world.send(end, answer.bytes)
        if answer.closes { world.close(end) }
        if answer.resets { world.reset(end) }
        if answer.isRefused { world.refuse(end) }
        return true
    }
}
