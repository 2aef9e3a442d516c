import Base
import Documents
import Kubernetes
import Resources
import Testing
import Translator

@testable import Controller

/// A thousand Routes and a small model of the API server, in simulated time.
@Suite struct StatusStormTests {
    @Test func `a thousand new Routes cost one write each, eight at a time, and none while the server asks to wait`() {
        var storm = Storm(routes: 1000)
        storm.begin()
        storm.refuseWritesFrom = 300
        storm.run()
        #expect(storm.writes.count == 1000)
        #expect(storm.writes.values.allSatisfy { $0 == 1 })
        #expect(storm.mostUnderWay == 8)
        #expect(storm.refused >= 1 && storm.refused <= 8)
        #expect(storm.early == 0)
    }

    @Test func `a gateway that begins where a thousand statuses are as they ought to be writes nothing`() {
        var storm = Storm(routes: 1000)
        storm.begin()
        storm.run()
        let before = storm.writes
        storm.restart()
        storm.begin()
        storm.run()
        #expect(storm.writes == before)
    }

    @Test func `a new leader writes what the one before it did not`() {
        var storm = Storm(routes: 1000)
        storm.begin()
        storm.run(until: 500)
        storm.restart()
        storm.begin()
        storm.run()
        #expect(storm.writes.count == 1000)
        #expect(storm.writes.values.allSatisfy { $0 == 1 })
    }
}

private struct Storm {
    private var machine: StatusMachine
    private var objects: [ObjectReference: Value] = [:]
    private var version: Int64 = 0
    private var now = Instant.zero.advanced(byMilliseconds: 1_000_000)
    private var wakes: [Instant] = []
    private var underWay: [(ends: Instant, reference: ObjectReference, intent: StatusMachine.Intent)] = []
    private var quietUntil: Instant?

    /// Successful writes, by object.
    private(set) var writes: [ObjectReference: Int] = [:]
    private(set) var mostUnderWay = 0
    private(set) var refused = 0
    /// Writes that began although the server had asked to wait.
    private(set) var early = 0
    /// After so many writes the server asks once for five seconds.
    var refuseWritesFrom: Int?

    init(routes: Int) {
        machine = StatusMachine(.init(controllerName: "martlet.dev/ingress-controller"))
        for i in 0..<routes {
            store(ObjectReference(group: Route.kind.group, kind: "Route", namespace: "shop", name: "web-\(i)"), nil)
        }
    }

    private mutating func store(_ reference: ObjectReference, _ status: Value?) {
        version += 1
        let metadata: Value = [
            "namespace": "shop", "name": .string(reference.name), "uid": "u", "resourceVersion": .string(String(version)),
        ]
        objects[reference] = ["kind": "Route", "metadata": metadata, "status": status ?? [:]]
    }

    /// Another process, that knows nothing; what was under way is lost.
    mutating func restart() {
        machine = StatusMachine(machine.settings)
        underWay = []
        wakes = []
    }

    /// All at once: the objects, their graph, and that it is served.
    mutating func begin() {
        let changes = objects.values.map { SourceChange.put(Route.kind, Arrival(Located(value: $0, line: 0))) }
        let edits = objects.keys.sorted().map { StatusEdit(object: $0, statuses: [status(of: $0)]) }
        feed(.leading(until: Instant(nanoseconds: .max)))
        feed(.round(.init(changes: changes, edits: edits, generation: 1)))
        feed(.acknowledged(1))
    }

    /// Until nothing is left to happen, or so many objects are written. Each write takes ten milliseconds.
    mutating func run(until limit: Int = .max) {
        while let next = (underWay.map(\.ends) + wakes).min(), writes.count < limit {
            now = max(now, next)
            if let i = underWay.firstIndex(where: { $0.ends <= now }) {
                let write = underWay.remove(at: i)
                answer(write.reference, write.intent)
            } else {
                wakes.removeAll { $0 <= now }
                feed(.timer)
            }
        }
    }

    private mutating func answer(_ reference: ObjectReference, _ intent: StatusMachine.Intent) {
        if let limit = refuseWritesFrom, writes.count >= limit, quietUntil.map({ now < $0 }) ?? true {
            if quietUntil == nil { quietUntil = now.advanced(byMilliseconds: 5000) }
            refused += 1
            let cause = APIError.Cause.status(code: 429, reason: "", message: "", retryAfter: .seconds(5))
            return feed(.failed(reference, APIError(.init(verb: "patch", resource: "routes/status"), cause)))
        }
        var status = objects[reference]?["status"] ?? [:]
        for (name, value) in intent.members(for: objects[reference] ?? .null, now: "now") { status[name] = value }
        store(reference, status)
        writes[reference, default: 0] += 1
        feed(.written(reference, objects[reference]))
        // The watch brings it again.
        feed(.round(.init(changes: [.put(Route.kind, Arrival(Located(value: objects[reference] ?? .null, line: 0)))])))
    }

    private mutating func feed(_ event: StatusMachine.Event) {
        for action in machine.handle(event, at: now) {
            switch action {
            case .write(let reference, _, let intent):
                if let quietUntil, now < quietUntil { early += 1 }
                underWay.append((now.advanced(byMilliseconds: 10), reference, intent))
                mostUnderWay = max(mostUnderWay, underWay.count)
            case .wake(let time): wakes.append(time)
            case .report: break
            }
        }
    }

    private func status(of reference: ObjectReference) -> RouteStatus {
        RouteStatus(
            object: reference, uid: "u", observedGeneration: 1,
            parent: ObjectReference(group: "networking.k8s.io", kind: "IngressClass", name: "martlet"),
            controllerName: "martlet.dev/ingress-controller",
            conditions: [RouteCondition(type: "Accepted", isTrue: true, reason: "R", message: "m")])
    }
}
