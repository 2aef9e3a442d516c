import Documents
import Foundation
import Synchronization
import TestKit

/// An API server of which a test says what it holds, and that tells what was written to it.
final class ScriptedCluster: Sendable {
    /// `PATCH ingresses/web/status {…}`
    let writes: AsyncStream<String>
    private let sink: AsyncStream<String>.Continuation
    private let state: Mutex<State>
    /// What lists and watches were asked for.
    private let asked = Mutex<[String]>([])
    private let server: Mutex<ScriptedServer?>

    private struct State {
        /// Lists by plural.
        var objects: [String: [Value]]
        /// Answers instead of lists.
        var refusals: [String: Int]
        /// Kinds whose objects may be neither read by name nor written.
        var forbidden: Set<String>
        /// Events for open watches, by plural.
        var watches: [String: Watch] = [:]
    }

    /// Events that wait for the watch to send them.
    private final class Watch: Sendable {
        let lines = Mutex<[String]>([])
        let arrived = DispatchSemaphore(value: 0)
    }

    init(port: UInt16 = 0, objects: [String: [Value]], refusals: [String: Int] = [:], forbidden: Set<String> = []) throws {
        (writes, sink) = AsyncStream.makeStream()
        state = Mutex(State(objects: objects, refusals: refusals, forbidden: forbidden))
        server = Mutex(nil)
        let server = try ScriptedServer(port: port) { [weak self] request, reply in self?.answer(request, reply) }
        self.server.withLock { $0 = server }
    }

    var url: String { server.withLock { $0?.url } ?? "" }
    var port: UInt16 { server.withLock { $0?.port } ?? 0 }
    var targets: [String] { asked.withLock { $0 } }
    func stop() { server.withLock { $0?.stop() } }

    /// Sends an event to the watch of the kind as soon as it is open. `services/selected` is the watch with a field selector.
    func send(_ type: String, _ plural: String, _ object: Value) {
        let watch = watch(plural)
        watch.lines.withLock { $0.append((["type": .string(type), "object": object] as Value).jsonText + "\n") }
        watch.arrived.signal()
    }

    private func watch(_ plural: String) -> Watch {
        state.withLock { state in
            let watch = state.watches[plural] ?? Watch()
            state.watches[plural] = watch
            return watch
        }
    }

    private func answer(_ request: ScriptedServer.Request, _ reply: ScriptedServer.Reply) {
        var parts = request.path.split(separator: "/").map(String.init)
        parts.removeFirst(parts.first == "api" ? 2 : 3)
        if parts.first == "namespaces", parts.count > 2 { parts.removeFirst(2) }
        guard request.method == "GET", parts.count == 1 else { return write(request, parts.joined(separator: "/"), reply) }
        asked.withLock { $0.append(request.target) }
        let refusal = state.withLock { $0.refusals[parts[0]] }
        if let refusal { return reply.respond(refusal, #"{"kind":"Status","code":\#(refusal),"message":"scripted"}"#) }
        let name = request.query("fieldSelector").flatMap { selector in
            selector.hasPrefix("metadata.name=") ? String(selector.dropFirst("metadata.name=".count)) : nil
        }
        let objects = state.withLock { $0.objects[parts[0]] ?? [] }.filter { object in
            (name == nil || object[at: "metadata", "name"]?.string == name) && Self.has(object, request.query("labelSelector"))
        }
        guard request.query("watch") == "true" else {
            return reply.respond(200, (["metadata": ["resourceVersion": "10"], "items": .array(objects)] as Value).jsonText)
        }
        reply.beginChunks()
        if request.query("sendInitialEvents") == "true" {
            let lines = objects.map { ["type": "ADDED", "object": $0] as Value }
            let end: Value = ["resourceVersion": "10", "annotations": ["k8s.io/initial-events-end": "true"]]
            for line in lines + [["type": "BOOKMARK", "object": ["metadata": end]]] { reply.chunk(line.jsonText + "\n") }
        }
        let watch = watch(parts[0] + (name == nil ? "" : "/selected"))
        while true {
            watch.arrived.wait()
            guard reply.chunk(watch.lines.withLock { $0.removeFirst() }) else { return }
        }
    }

    /// Whether the object has the labels of a selector like `app=web,tier=front`.
    private static func has(_ object: Value, _ selector: String?) -> Bool {
        selector?.split(separator: ",").allSatisfy { pair in
            let parts = pair.split(separator: "=").map(String.init)
            return object[at: "metadata", "labels", parts[0]]?.string == parts[1]
        } ?? true
    }

    /// Reads of single objects find nothing; what is written is answered with itself.
    private func write(_ request: ScriptedServer.Request, _ path: String, _ reply: ScriptedServer.Reply) {
        if state.withLock({ $0.forbidden.contains(String(path.prefix { $0 != "/" })) }) {
            return reply.respond(403, #"{"kind":"Status","code":403,"message":"scripted"}"#)
        }
        if let kept = keep(request, path) { return reply.respond(200, kept.jsonText) }
        guard request.method != "GET" else { return reply.respond(404, #"{"kind":"Status","code":404,"message":"scripted"}"#) }
        let body = String(decoding: request.body, as: UTF8.self)
        var object = (try? Value(json: body)) ?? .null
        let name = path.split(separator: "/").dropFirst().first.map(String.init)
        if object[at: "metadata", "name"] == nil, let name { object["metadata"] = ["name": .string(name)] }
        object["metadata"]?["resourceVersion"] = "11"
        object["metadata"]?["namespace"] = "shop"
        reply.respond(200, object.jsonText)
        sink.yield("\(request.method) \(path) \(body)")
    }

    /// Reads and changes of single Rollouts, which are kept: whoever writes their status reads it before. nil for anything else.
    private func keep(_ request: ScriptedServer.Request, _ path: String) -> Value? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.first == "rollouts", parts.count > 1 else { return nil }
        let object: Value? = state.withLock { state in
            guard let i = state.objects["rollouts"]?.firstIndex(where: { $0[at: "metadata", "name"]?.string == parts[1] }),
                var object = state.objects["rollouts"]?[i]
            else { return nil }
            if request.method == "PATCH", let patch = try? Value(json: String(decoding: request.body, as: UTF8.self)) {
                var status = object["status"] ?? [:]
                for (name, value) in patch["status"]?.object?.entries ?? [] { status[name] = value.isNull ? nil : value }
                object["status"] = status
                let version = Int(object[at: "metadata", "resourceVersion"]?.string ?? "") ?? 0
                object["metadata"]?["resourceVersion"] = .string("\(version + 1)")
                state.objects["rollouts"]?[i] = object
            }
            return object
        }
        if request.method == "PATCH", let object { sink.yield("PATCH \(path) \(object["status"]?.jsonText ?? "")") }
        return object
    }

    /// Changes a Rollout as somebody else does, and tells the watch.
    func edit(rollout name: String, _ change: (inout Value) -> Void) {
        let object: Value? = state.withLock { state in
            guard let i = state.objects["rollouts"]?.firstIndex(where: { $0[at: "metadata", "name"]?.string == name }) else {
                return nil
            }
            state.objects["rollouts"]?[i].edit(change)
            return state.objects["rollouts"]?[i]
        }
        if let object { send("MODIFIED", "rollouts", object) }
    }

    /// Creates a Rollout with the specification of another one, later than that one, and tells the watch.
    func add(rollout name: String, like other: String) {
        let object: Value? = state.withLock { state in
            guard var object = state.objects["rollouts"]?.first(where: { $0[at: "metadata", "name"]?.string == other }) else {
                return nil
            }
            object["status"] = nil
            object["metadata"]?["name"] = .string(name)
            object["metadata"]?["uid"] = .string("uid-\(name)")
            object["metadata"]?["creationTimestamp"] = "2026-02-02T00:00:00Z"
            object.edit { _ in }
            state.objects["rollouts"]?.append(object)
            return object
        }
        if let object { send("ADDED", "rollouts", object) }
    }

    /// Deletes a Rollout, and tells the watch.
    func delete(rollout name: String) {
        let object: Value? = state.withLock { state in
            guard let i = state.objects["rollouts"]?.firstIndex(where: { $0[at: "metadata", "name"]?.string == name }) else {
                return nil
            }
            return state.objects["rollouts"]?.remove(at: i)
        }
        guard var object else { return }
        object.edit { _ in }
        send("DELETED", "rollouts", object)
    }

    /// The first write that begins like this.
    func write(_ beginning: String) async -> String? {
        for await write in writes where write.hasPrefix(beginning) { return write }
        return nil
    }
}

extension Value {
    /// Changes it, with another resource version.
    fileprivate mutating func edit(_ change: (inout Value) -> Void) {
        change(&self)
        let version = Int(self[at: "metadata", "resourceVersion"]?.string ?? "") ?? 0
        self["metadata"]?["resourceVersion"] = .string("\(version + 1)")
    }
}
