import Base
import Documents
import Fetch
import Foundation
import TestKit
import Testing

@testable import Kubernetes

struct ListWatchMachineTests {
    @Test(arguments: CaseFile.all(in: "Cases/list-watch"))
    func `the machine follows its script`(_ scenario: CaseFile) throws {
        scenario.requireOnly(options: ["lists"], sections: ["script"])
        var player = ScriptPlayer(streams: scenario.options["lists"] == "streamed")
        for line in (scenario.section("script") ?? "").split(separator: "\n") where line.hasPrefix("> ") {
            try player.play(String(line.dropFirst(2)))
        }
        try scenario.expect([("script", player.transcript.joined(separator: "\n"))])
    }

    /// Whatever the world does, a reader of the updates ends up with what the server last said, and the machine never stops asking.
    @Test(arguments: UInt64(1)...200)
    func `after any sequence of faults the objects are those of the server`(seed: UInt64) throws {
        var world = World(seed: seed)
        world.run(steps: 400)
        world.calm()
        #expect(world.mirror == world.objects)
    }
}

let services = ResourceType(group: "", version: "v1", plural: "services", kind: "Service")

func object(_ name: String, _ version: String, namespace: String = "") -> Object? {
    Object(["metadata": ["name": .string(name), "namespace": .string(namespace), "resourceVersion": .string(version)]])
}

/// Plays the lines of a script as events and notes what the machine does about each.
struct ScriptPlayer {
    struct Unknown: Error { let line: String }
    var machine: ListWatchMachine
    var now = Instant.zero.advanced(byMilliseconds: 1000)
    var transcript: [String] = []
    private var resting: Duration = .zero
    private let listing = APIError.Call(verb: "list", resource: "services", namespace: "shop")

    init(streams: Bool) {
        var settings = ListWatchMachine.Settings()
        settings.streams = streams
        machine = ListWatchMachine(
            settings, seed: 7, watching: .init(verb: "watch", resource: "services", namespace: "shop"))
    }

    mutating func play(_ line: String) throws {
        transcript.append("> " + line)
        let words = line.split(separator: " ").map(String.init)
        if words[0] == "wait" {
            now = now.advanced(byMilliseconds: UInt64(words[1].dropLast()).map { $0 * 1000 } ?? 0)
            return
        }
        if words[0] == "timer", !machine.isStreaming {
            let milliseconds = resting.components.seconds * 1000 + resting.components.attoseconds / 1_000_000_000_000_000
            now = now.advanced(byMilliseconds: UInt64(milliseconds))
        }
        for action in machine.handle(try event(words), at: now) { transcript.append("  " + describe(action)) }
    }

    private func event(_ words: [String]) throws -> ListWatchMachine.Event {
        let options = Dictionary(
            words.filter { $0.contains("=") }.map { word in
                let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                return (parts[0], parts.count > 1 ? parts[1] : "")
            }, uniquingKeysWith: { $1 })
        let objects = words.dropFirst().filter { $0.contains("@") }.compactMap { word -> Object? in
            let parts = word.split(separator: "@").map(String.init)
            return object(parts[0], parts[1])
        }
        return switch words[0] {
        case "start": .start
        case "page": .page(objects: objects, resourceVersion: options["rv"] ?? "", continueToken: options["continue"])
        case "fail": .requestFailed(try failure(words, options))
        case "opened": .watchOpened
        case "changed": .changed(try #require(objects.first))
        case "deleted": .deleted(try #require(objects.first))
        case "bookmark": .bookmark(resourceVersion: words[1], endsInitialEvents: words.contains("end"))
        case "unreadable": .unreadable("no event")
        case "closed": .watchEnded(nil)
        case "error": .watchEnded(try failure(words, options))
        case "timer": .timer
        default: throw Unknown(line: words.joined(separator: " "))
        }
    }

    private func failure(_ words: [String], _ options: [String: String]) throws -> APIError {
        guard let code = Int(words[1]) else {
            let kinds: [String: FetchError.Kind] = [
                "refused": .connectionRefused, "lost": .connectionLost, "untrusted": .serverNotTrusted,
            ]
            let kind = try #require(kinds[words[1]])
            return APIError(listing, .transport(FetchError(kind, origin: "https://api:6443")))
        }
        let wait = options["retryAfter"].flatMap { Int($0) }.map { Duration.seconds($0) }
        let message = words.dropFirst(2).filter { !$0.contains("=") }.joined(separator: " ")
        return APIError(listing, .status(code: code, reason: "", message: message, retryAfter: wait))
    }

    private mutating func describe(_ action: ListWatchMachine.Action) -> String {
        switch action {
        case .list(let limit, let token):
            return "list limit=\(limit.map { "\($0)" } ?? "none")" + (token.map { " continue=\($0)" } ?? "")
        case .probe: return "probe"
        case .watch(let version, let seconds, let idle):
            return "watch rv=\(version) timeout=\(seconds)s idle=\(idle.components.seconds)s"
        case .stream(let seconds, let idle): return "stream timeout=\(seconds)s idle=\(idle.components.seconds)s"
        case .closeWatch: return "close watch"
        case .rest(let duration):
            resting = duration
            return "rest \(duration)"
        case .replace(let objects): return "replace " + objects.map { "\($0.key)@\($0.resourceVersion)" }.joined(separator: " ")
        case .put(let object): return "put \(object.key)@\(object.resourceVersion)"
        case .remove(let key): return "remove \(key)"
        case .missing: return "missing"
        case .report(let error): return "report \(error)"
        case .recovered: return "recovered"
        }
    }
}

/// A server that changes, fails and forgets at random, and a mirror built from the machine's updates.
struct World {
    /// What the server makes of a request for a streamed list.
    enum Streaming: CaseIterable { case notAsked, offered, refused, ignored }

    var objects: [String: String] = [:]
    var mirror: [String: String] = [:]
    private var machine: ListWatchMachine
    private var random: SeededRandom
    private var version: UInt64 = 1_000_000
    /// What a watch from `position` on still has to bring; older than `floor` is forgotten.
    private var history: [(version: UInt64, name: String, isDeleted: Bool)] = []
    private var floor: UInt64 = 0
    private var position: UInt64 = 0
    private var pending: Pending = .none
    private let streaming: Streaming
    /// Objects that an open stream still has to bring, and the version at which they were all.
    private var initial: (names: [String], version: UInt64)?
    private var now = Instant.zero
    private var isCalm = false

    private enum Pending {
        case none
        case list(limit: Int?, token: String?)
        case watch(UInt64)
        case stream
        case open
        case rest
    }

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var settings = ListWatchMachine.Settings()
        settings.pageLimit = 3
        streaming = Streaming.allCases[Int(seed % 4)]
        settings.streams = streaming != .notAsked
        machine = ListWatchMachine(settings, seed: seed, watching: .init(verb: "watch", resource: "services"))
    }

    mutating func run(steps: Int) {
        feed(.start)
        for _ in 0..<steps {
            mutate()
            advance()
        }
    }

    /// No more changes or faults: the machine must catch up.
    mutating func calm() {
        isCalm = true
        for _ in 0..<200 { advance() }
    }

    private mutating func mutate() {
        switch random.below(40) {
        case 0:  // restored from a backup, or a new server
            // Far enough back that new versions do not reach the ones that were seen: nobody could tell those apart.
            version -= 2000
            objects = objects.filter { _ in random.below(2) == 0 }.mapValues { _ in String(version) }
            history = []
            floor = version
            if case .open = pending { closed(nil) }
        case 1: floor = version  // compacted
        default:
            guard random.below(2) == 0 else { return }
            version += 1
            let name = "s\(random.below(8))"
            let isDeleted = random.below(3) == 0 && objects[name] != nil
            objects[name] = isDeleted ? nil : String(version)
            history.append((version, name, isDeleted))
        }
    }

    private mutating func advance() {
        now = now.advanced(byMilliseconds: 1000)
        let fault = isCalm ? 99 : random.below(12)
        switch pending {
        case .none: Issue.record("the machine asks for nothing")
        case .rest: feed(.timer)
        case .list(let limit, let token): list(limit, token, fault)
        case .watch(let from):
            if fault < 2 { return feed(.watchEnded(error(fault == 0 ? 500 : 0))) }
            if from < floor { return feed(.watchEnded(error(410))) }
            position = from
            pending = .open
            feed(.watchOpened)
        case .stream:
            if fault < 2 { return feed(.requestFailed(error(fault == 0 ? 500 : 0))) }
            if streaming == .refused { return feed(.requestFailed(error(422))) }
            position = version
            initial = (objects.keys.sorted(), version)
            pending = .open
            feed(.watchOpened)
        case .open:
            switch fault {
            case 0: closed(error(0))
            case 1: garbage()
            case 2: closed(nil)
            default:
                if initial != nil { return initialEvent() }
                guard let next = history.first(where: { $0.version > position }) else { return bookmark() }
                position = next.version
                guard let object = object(next.name, String(next.version)) else { return }
                feed(next.isDeleted ? .deleted(object) : .changed(object))
            }
        }
    }

    /// An object that existed, as it is by now or as it was; behind the last the end, or from a server that knows none nothing.
    private mutating func initialEvent() {
        guard let name = initial?.names.popLast() else {
            if streaming == .ignored { return random.below(2) == 0 ? bookmark() : feed(.timer) }
            let version = initial?.version ?? 0
            initial = nil
            return feed(.bookmark(resourceVersion: String(version), endsInitialEvents: true))
        }
        guard let version = objects[name], let object = object(name, version) else { return }
        feed(.changed(object))
    }

    private mutating func bookmark() {
        if position < version { position = version }
        feed(.bookmark(resourceVersion: String(version), endsInitialEvents: false))
    }

    private mutating func closed(_ error: APIError?) {
        initial = nil
        feed(.watchEnded(error))
    }

    private mutating func garbage() {
        initial = nil
        feed(.unreadable("garbage"))
    }

    private mutating func list(_ limit: Int?, _ token: String?, _ fault: UInt32) {
        if fault < 3 { return feed(.requestFailed(error([500, 0, 429][Int(fault)]))) }
        // Tokens carry their version; pages of a version that is no longer current expire, so that lists stay consistent.
        let parts = (token ?? "\(version):0").split(separator: ":").compactMap { UInt64($0) }
        guard parts[0] == version else { return feed(.requestFailed(error(410))) }
        let names = objects.keys.sorted()
        let start = Int(parts[1])
        let end = min(names.count, start + (limit ?? names.count))
        let page = names[start..<end].compactMap { object($0, objects[$0] ?? "") }
        feed(.page(objects: page, resourceVersion: String(version), continueToken: end < names.count ? "\(version):\(end)" : nil))
    }

    private func error(_ code: Int) -> APIError {
        let call = APIError.Call(verb: "list", resource: "services")
        return code == 0
            ? APIError(call, .transport(FetchError(.connectionLost, origin: "x")))
            : APIError(call, .status(code: code, reason: "", message: "", retryAfter: nil))
    }

    private mutating func feed(_ event: ListWatchMachine.Event) {
        for action in machine.handle(event, at: now) {
            switch action {
            case .list(let limit, let token): pending = .list(limit: limit, token: token)
            case .probe: pending = .list(limit: 1, token: nil)
            case .watch(let version, _, _): pending = .watch(UInt64(version) ?? 0)
            case .stream: pending = .stream
            case .rest: pending = .rest
            case .replace(let objects):
                mirror = Dictionary(uniqueKeysWithValues: objects.map { ($0.key.name, $0.resourceVersion) })
            case .put(let object): mirror[object.key.name] = object.resourceVersion
            case .remove(let key): mirror[key.name] = nil
            case .missing: mirror = [:]
            case .closeWatch: initial = nil
            case .report, .recovered: break
            }
        }
    }
}
