import Documents
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

@Suite(.timeLimit(.minutes(1)))
struct APIClientTests {
    @Test func `objects are read, made, patched and deleted at their paths`() async throws {
        let seen = Mutex<[String]>([])
        let server = try ScriptedServer { request, reply in
            let body = String(decoding: request.body, as: UTF8.self)
            seen.withLock { $0.append("\(request.method) \(request.target) \(request.headers["content-type"] ?? "-") \(body)") }
            reply.respond(200, #"{"metadata":{"name":"web","namespace":"shop","resourceVersion":"5","managedFields":[{}]}}"#)
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        let route = ResourceType(group: "martlet.dev", version: "v1alpha1", plural: "routes", kind: "Route")
        let read = try await client.get(services, namespace: "shop", name: "web")
        #expect(read.key == ObjectKey(namespace: "shop", name: "web"))
        #expect(read.value[at: "metadata", "managedFields"] == nil)
        #expect(read.value["kind"] == "Service")
        _ = try await client.create(services, namespace: "shop", ["a": 1])
        _ = try await client.patch(route, namespace: "shop", name: "a/b", subresource: "status", .merge, ["status": [:]])
        _ = try await client.update(route, namespace: "shop", name: "web", subresource: "status", ["b": 2])
        try await client.delete(services, namespace: "shop", name: "web")
        #expect(
            seen.withLock { $0 } == [
                "GET /api/v1/namespaces/shop/services/web - ",
                "POST /api/v1/namespaces/shop/services application/json {\"a\":1}",
                "PATCH /apis/martlet.dev/v1alpha1/namespaces/shop/routes/a%2Fb/status application/merge-patch+json {\"status\":{}}",
                "PUT /apis/martlet.dev/v1alpha1/namespaces/shop/routes/web/status application/json {\"b\":2}",
                "DELETE /api/v1/namespaces/shop/services/web - ",
            ])
    }

    @Test func `a Status becomes an error that says what to grant`() async throws {
        let server = try ScriptedServer { _, reply in
            reply.respond(
                403, #"{"kind":"Status","code":403,"reason":"Forbidden","message":"services is forbidden"}"#,
                headers: ["Retry-After": "3"])
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        let error = await #expect(throws: APIError.self) { _ = try await client.list(services) }
        #expect(error?.code == 403)
        #expect(error?.reason == "Forbidden")
        #expect(error?.retryAfter == .seconds(3))
        #expect(
            error?.description
                == "Not allowed to list services: grant the verb \"list\" on the resource \"services\" of the API group \"\" "
                + "in all namespaces (a ClusterRole) to this user or service account. The API server says: services is forbidden")
    }

    @Test func `a proxy's page of HTML is an error with its beginning`() async throws {
        let server = try ScriptedServer { _, reply in reply.respond(502, "<html>bad gateway</html>") }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        let error = await #expect(throws: APIError.self) { _ = try await client.get(services, namespace: "a", name: "b") }
        #expect(error?.code == 502)
        #expect(error?.message == "<html>bad gateway</html>")
    }

    @Test func `a token file is read again after the server refused the token`() async throws {
        let directory = try temporaryDirectory()
        let token = directory.appendingPathComponent("token")
        try Data("old".utf8).write(to: token)
        let server = try ScriptedServer { request, reply in
            guard request.headers["authorization"] == "Bearer new" else { return reply.respond(401, "{}") }
            reply.respond(200, #"{"items":null,"metadata":{"resourceVersion":"1"}}"#)
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url, credential: .tokenFile(token.path)))
        await #expect(throws: APIError.self) { _ = try await client.list(services) }
        try Data("new".utf8).write(to: token)
        #expect(try await client.list(services).resourceVersion == "1")
    }

    @Test func `discovery tells which types exist`() async throws {
        let server = try ScriptedServer { request, reply in
            request.target == "/api/v1" ? reply.respond(200, #"{"resources":[{"name":"services"}]}"#) : reply.respond(404, "{}")
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        #expect(try await client.exists(services))
        #expect(try await client.exists(ResourceType(group: "", version: "v1", plural: "pods", kind: "Pod")) == false)
        #expect(try await client.exists(ResourceType(group: "a.b", version: "v1", plural: "c", kind: "C")) == false)
    }
}
