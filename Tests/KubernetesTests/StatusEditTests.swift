import Base
import Documents
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

@Suite(.timeLimit(.minutes(1)))
struct StatusEditTests {
    private let route = ResourceType(group: "martlet.dev", version: "v1alpha1", plural: "routes", kind: "Route")
    private let key = ObjectKey(namespace: "shop", name: "web")

    @Test func `an edit that changes nothing sends nothing`() async throws {
        let server = try ScriptedServer { _, reply in reply.respond(500) }
        defer { server.stop() }
        let known = try #require(Object(["metadata": ["name": "web", "resourceVersion": "5"], "status": ["parents": [1]]]))
        let client = APIClient(ClusterAccess(server: server.url))
        let result = try await client.editStatus(route, key, known: known) { _ in ["parents": [1]] }
        #expect(result === known)
        #expect(server.connectionsAccepted == 0)
    }

    @Test func `a conflict is read again and edited anew, keeping what others wrote`() async throws {
        let bodies = Mutex<[String]>([])
        let server = try ScriptedServer { request, reply in
            if request.method == "GET" {
                return reply.respond(
                    200, #"{"metadata":{"name":"web","resourceVersion":"6"},"status":{"parents":["theirs"],"x":1}}"#)
            }
            let body = String(decoding: request.body, as: UTF8.self)
            bodies.withLock { $0.append(body) }
            guard body.contains(#""resourceVersion":"6""#) else {
                return reply.respond(409, #"{"kind":"Status","code":409,"reason":"Conflict"}"#)
            }
            reply.respond(200, #"{"metadata":{"name":"web","resourceVersion":"7"}}"#)
        }
        defer { server.stop() }
        let known = try #require(Object(["metadata": ["name": "web", "resourceVersion": "5"]]))
        let client = APIClient(ClusterAccess(server: server.url))
        let result = try await client.editStatus(route, key, known: known) { object in
            ["parents": .array((object.value[at: "status", "parents"]?.array ?? []) + ["ours"])]
        }
        #expect(result?.resourceVersion == "7")
        #expect(
            bodies.withLock { $0 } == [
                #"{"metadata":{"resourceVersion":"5"},"status":{"parents":["ours"]}}"#,
                #"{"metadata":{"resourceVersion":"6"},"status":{"parents":["theirs","ours"]}}"#,
            ])
    }

    @Test func `an object that is gone is no error`() async throws {
        let server = try ScriptedServer { _, reply in reply.respond(404, #"{"kind":"Status","code":404}"#) }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        let result = try await client.editStatus(route, key) { _ in ["a": 1] }
        #expect(result == nil)
    }

    @Test func `the same Event is written once, and a flood is cut off`() async throws {
        let recorder = EventRecorder(
            APIClient(ClusterAccess(server: "http://127.0.0.1:1")), component: "martlet", instance: "test", burst: 3)
        func note(_ n: Int) -> EventRecorder.Note {
            .init(.warning, apiVersion: "v1", kind: "Service", object: key, uid: "u", reason: "Broken", message: "\(n)")
        }
        let start = MonotonicClock.now
        #expect(recorder.admit(note(1), at: start))
        #expect(!recorder.admit(note(1), at: start))
        #expect(recorder.admit(note(2), at: start))
        #expect(recorder.admit(note(3), at: start))
        #expect(!recorder.admit(note(4), at: start))
        #expect(recorder.admit(note(4), at: start.advanced(byMilliseconds: 1000)))
        #expect(recorder.admit(note(1), at: start.advanced(byMilliseconds: 600_000)))
        #expect(recorder.dropped == 1)
    }

    @Test func `an Event that exists already is counted up`() async throws {
        let seen = Mutex<[String]>([])
        let server = try ScriptedServer { request, reply in
            seen.withLock {
                $0.append(request.method + " " + request.path.split(separator: "/").prefix(5).joined(separator: "/"))
            }
            if request.method == "POST" { return reply.respond(409, #"{"kind":"Status","code":409,"reason":"AlreadyExists"}"#) }
            if request.method == "PATCH" { #expect(String(decoding: request.body, as: UTF8.self).contains(#""count":5"#)) }
            reply.respond(200, #"{"metadata":{"name":"x"},"count":4}"#)
        }
        defer { server.stop() }
        let recorder = EventRecorder(APIClient(ClusterAccess(server: server.url)), component: "martlet", instance: "test")
        await recorder.record(
            .init(.warning, apiVersion: "v1", kind: "Service", object: key, uid: "u", reason: "Broken", message: "It is."))
        #expect(recorder.dropped == 0)
        #expect(seen.withLock { $0.map { $0.prefix(5) } } == ["POST ", "GET a", "PATCH"])
    }

    @Test func `times are written as Kubernetes writes them`() {
        #expect(Timestamp.text(Date(timeIntervalSince1970: 1_700_000_000)) == "2023-11-14T22:13:20Z")
        #expect(Timestamp.microText(Date(timeIntervalSince1970: 1_700_000_000.25)) == "2023-11-14T22:13:20.250000Z")
    }
}
