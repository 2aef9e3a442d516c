import Base
import Documents
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

@Suite(.timeLimit(.minutes(5)))
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

    @Test func `a definition without the subresource is an error, and an object that was deleted meanwhile is none`() async throws
    {
        for isThere in [true, false] {
            let server = try ScriptedServer { request, reply in
                guard request.method == "GET", isThere else { return reply.respond(404, #"{"kind":"Status","code":404}"#) }
                reply.respond(200, #"{"metadata":{"name":"web","resourceVersion":"5"}}"#)
            }
            defer { server.stop() }
            let known = try #require(Object(["metadata": ["name": "web", "resourceVersion": "5"]]))
            let client = APIClient(ClusterAccess(server: server.url))
            do {
                let result = try await client.editStatus(route, key, known: known) { _ in ["a": 1] }
                #expect(result == nil && !isThere)
            } catch {
                #expect(isThere && error.code == 404 && error.description.contains("Install the CRDs"))
            }
        }
    }

    @Test func `a server that asks to wait is not waited for here, where nobody else would hear of it`() async throws {
        let server = try ScriptedServer { _, reply in
            reply.respond(429, #"{"kind":"Status","code":429,"details":{"retryAfterSeconds":1}}"#)
        }
        defer { server.stop() }
        let known = try #require(Object(["metadata": ["name": "web", "resourceVersion": "5"]]))
        let client = APIClient(ClusterAccess(server: server.url))
        await #expect(throws: APIError.self) { _ = try await client.editStatus(route, key, known: known) { _ in ["a": 1] } }
        #expect(server.connectionsAccepted == 1)
    }

    @Test func `times are written as Kubernetes writes them`() {
        #expect(Timestamp.text(Date(timeIntervalSince1970: 1_700_000_000)) == "2023-11-14T22:13:20Z")
        #expect(Timestamp.microText(Date(timeIntervalSince1970: 1_700_000_000.25)) == "2023-11-14T22:13:20.250000Z")
    }
}
