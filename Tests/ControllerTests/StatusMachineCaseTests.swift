import Base
import Documents
import Fetch
import Kubernetes
import Resources
import TestKit
import Testing
import Translator

@testable import Controller

/// Scripts of what happens (`> …`) and what the machine does about it (indented). Objects live in a small model of the API server.
@Suite struct StatusMachineCaseTests {
    @Test(arguments: CaseFile.all(in: "Cases/status"))
    func plays(_ file: CaseFile) throws {
        file.requireOnly(options: ["width", "fleet"], sections: ["script"])
        var play = StatusPlay(width: Int(file.options["width"] ?? "8") ?? 8, hasFleet: file.options["fleet"] == "yes")
        var lines: [String] = []
        for line in (file.section("script") ?? "").split(separator: "\n") where line.hasPrefix("> ") {
            lines.append(String(line))
            lines += try play.perform(line.dropFirst(2)).map { "  " + $0 }
        }
        try file.expect([("script", lines.joined(separator: "\n"))])
    }
}

/// A status machine and the objects that it writes about.
private struct StatusPlay {
    var machine: StatusMachine
    var objects: [ObjectReference: Value] = [:]
    var previous: [ObjectReference: Value] = [:]
    /// The last translation.
    var statuses: [ObjectReference: RouteStatus] = [:]
    var intents: [ObjectReference: StatusMachine.Intent] = [:]
    var generations: [ObjectReference: Int64] = [:]
    var version: Int64 = 0
    var now = Instant.zero.advanced(byMilliseconds: 1_000_000)

    let hasFleet: Bool

    /// - Parameter hasFleet: there are other replicas; then the message of `Programmed` is shown.
    init(width: Int, hasFleet: Bool) {
        self.hasFleet = hasFleet
        var settings = StatusMachine.Settings(controllerName: "martlet.dev/ingress-controller")
        settings.width = width
        machine = StatusMachine(settings, addresses: LoadBalancerAddresses(["192.0.2.1"]), fleet: hasFleet ? .unknown : nil)
    }

    struct Unknown: Error { var line: String }

    /// - Returns: the machine's actions as text.
    mutating func perform(_ line: Substring) throws -> [String] {
        var words = line.split(separator: " ").map(String.init)
        let verb = words.removeFirst()
        switch verb {
        // put KIND/NAME [status as JSON]; spec KIND/NAME: somebody changed the specification
        case "put", "spec":
            let reference = try reference(words[0])
            if verb == "spec" { generations[reference, default: 1] += 1 }
            try store(reference, status: words.count > 1 ? Value(json: words[1...].joined(separator: " ")) : Value?.none)
            return change(.put(try kind(words[0]), Arrival(Located(value: objects[reference] ?? .null))))
        // stale KIND/NAME: the watch brings the version before the last one
        case "stale":
            return change(.put(try kind(words[0]), Arrival(Located(value: previous[try reference(words[0])] ?? .null))))
        case "remove":
            let reference = try reference(words[0])
            objects[reference] = nil
            return change(.removed(try kind(words[0]), reference))
        // relist KIND NAME…: all that exist, as an API server that started afresh has them
        case "relist":
            let kind = try kind(words[0] + "/x")
            objects = objects.filter { $0.key.kind != kind.kind }
            version = 0
            let all = try words.dropFirst().map { name in
                let reference = try reference("\(words[0])/\(name)")
                try store(reference, status: nil)
                return Arrival(Located(value: objects[reference] ?? .null))
            }
            return change(.replaced(kind, namespace: nil, all))
        // translate GENERATION KIND/NAME[:no]…
        case "translate":
            let wanted = try words.dropFirst().map(status)
            let gone = statuses.keys.filter { known in !wanted.contains { $0.object == known } }
            let edits =
                wanted.filter { statuses[$0.object] != $0 }.map { StatusEdit(object: $0.object, statuses: [$0]) }
                + gone.map { StatusEdit(object: $0, statuses: []) }
            statuses = Dictionary(uniqueKeysWithValues: wanted.map { ($0.object, $0) })
            return feed(.round(.init(edits: edits.sorted { $0.object < $1.object }, generation: UInt64(words[0]) ?? 0)))
        // fleet [NAME=MARK]… [silent=NAME]… [unknown]: a mark is that of both kinds, ? where nobody was asked, - where it is not known there
        case "fleet": return feed(.fleet(fleet(words)))
        case "ack": return feed(.acknowledged(UInt64(words[0]) ?? 0))
        // lead [MILLISECONDS]: for so long, or for ever
        case "lead":
            let until = words.first.flatMap { UInt64($0) }.map { now.advanced(byMilliseconds: $0) }
            return feed(.leading(until: until ?? Instant(nanoseconds: .max)))
        case "follow": return feed(.leading(until: nil))
        case "addresses": return feed(.addresses(LoadBalancerAddresses(words)))
        // The write that was begun succeeds.
        case "written":
            let reference = try reference(words[0])
            guard let intent = intents.removeValue(forKey: reference), let object = objects[reference] else {
                return feed(.written(reference, nil))
            }
            var status = object["status"] ?? [:]
            for (name, value) in intent.members(for: object, now: "now") { status[name] = value }
            try store(reference, status: status)
            return feed(.written(reference, objects[reference]))
        // failed KIND/NAME CODE [RETRY-AFTER]; code 0 is no answer
        case "failed":
            let code = Int(words[1]) ?? 0
            let cause: APIError.Cause =
                code == 0
                ? .transport(FetchError(.connectionLost, origin: "https://127.0.0.1"))
                : .status(
                    code: code, reason: "", message: "", retryAfter: words.count > 2 ? .seconds(Int(words[2]) ?? 0) : nil)
            return feed(.failed(try reference(words[0]), APIError(.init(verb: "patch", resource: "status"), cause)))
        case "wait":
            now = now.advanced(byMilliseconds: UInt64(words[0]) ?? 0)
            return feed(.timer)
        default: throw Unknown(line: String(line))
        }
    }

    private mutating func store(_ reference: ObjectReference, status: Value?) throws {
        version += 1
        previous[reference] = objects[reference]
        let metadata: Value = [
            "namespace": "shop", "name": .string(reference.name), "uid": "u", "resourceVersion": .string(String(version)),
            "generation": .integer(generations[reference] ?? 1),
        ]
        var object: Value = ["kind": .string(reference.kind), "metadata": metadata]
        object["status"] = status ?? objects[reference]?["status"]
        objects[reference] = object
    }

    private mutating func change(_ change: SourceChange) -> [String] { feed(.round(.init(changes: [change]))) }

    private mutating func feed(_ event: StatusMachine.Event) -> [String] {
        machine.handle(event, at: now).map { action in
            switch action {
            case .write(let reference, let known, let intent):
                intents[reference] = intent
                let members = intent.members(for: known, now: "now")
                return "write \(reference.kind)/\(reference.name) " + members.map { describe($1) }.joined(separator: " ")
            case .wake(let time): return "wake in \(time.nanoseconds(since: now) / 1_000_000) ms"
            case .report(let error): return "report \(error.code)"
            }
        }
    }

    /// Conditions that are true with +, others with -; or addresses.
    private func describe(_ value: Value?) -> String {
        guard let value else { return "nothing" }
        if let addresses = value["ingress"]?.array { return addresses.map(\.jsonText).joined(separator: " ") }
        return (value.array ?? []).map { entry in
            let conditions = (entry["conditions"]?.array ?? []).map { condition in
                let type = condition["type"]?.string ?? ""
                let message = hasFleet && type == "Programmed" ? " \"\(condition["message"]?.string ?? "")\"" : ""
                return (condition["status"]?.string == "True" ? "+" : "-") + type + message
            }
            return "[\(entry["controllerName"]?.string ?? "") \(conditions.joined(separator: " "))]"
        }.joined()
    }

    private func fleet(_ words: [String]) -> Fleet {
        var fleet = Fleet()
        for word in words {
            let parts = word.split(separator: "=").map(String.init)
            switch (parts[0], parts.last ?? "") {
            case ("unknown", _): fleet.isKnown = false
            case ("silent", let name): fleet.silent.append(name)
            case (let name, "?"): fleet.replicas.append(.init(name: name, marks: nil))
            case (let name, "-"): fleet.replicas.append(.init(name: name, marks: FeedMarks()))
            case (let name, let mark):
                let marks = FeedMarks(["routes.martlet.dev": mark, "ingresses.networking.k8s.io": mark])
                fleet.replicas.append(.init(name: name, marks: marks))
            }
        }
        return fleet
    }

    private func kind(_ text: String) throws -> ResourceKind {
        switch text.prefix(while: { $0 != "/" }) {
        case "Route": Route.kind
        case "Ingress": Ingress.kind
        default: throw Unknown(line: text)
        }
    }

    private func reference(_ text: String) throws -> ObjectReference {
        let kind = try kind(text)
        let name = text.split(separator: "/").last.map(String.init) ?? ""
        return ObjectReference(group: kind.group, kind: kind.kind, namespace: "shop", name: name)
    }

    private func status(_ word: String) throws -> RouteStatus {
        let parts = word.split(separator: ":").map(String.init)
        let object = try reference(parts[0])
        return RouteStatus(
            object: object, uid: "u", observedGeneration: Int(generations[object] ?? 1),
            parent: ObjectReference(group: "networking.k8s.io", kind: "IngressClass", name: "martlet"),
            controllerName: "martlet.dev/ingress-controller",
            conditions: [RouteCondition(type: "Accepted", isTrue: parts.count == 1, reason: "R", message: "m")])
    }
}
