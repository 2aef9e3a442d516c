import Documents
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

@Suite(.timeLimit(.minutes(5)))
struct APIClientTests {
    @Test func `objects are read, made, patched and deleted at their paths`() async throws {
        let seen = Mutex<[String]>([])
        let server = try ScriptedServer { request, reply in
            let body = String(decoding: request.body, as: UTF8.self)
            seen.withLock { $0.append("\(request.method) \(request.path) \(request.headers["content-type"] ?? "-") \(body)") }
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

    @Test func `a token file is read again after the server refused the token, and the call is sent again`() async throws {
        let directory = try temporaryDirectory()
        let token = directory.appendingPathComponent("token")
        try Data("old".utf8).write(to: token)
        let good = Mutex("Bearer old")
        let calls = Mutex(0)
        let server = try ScriptedServer { request, reply in
            calls.withLock { $0 += 1 }
            guard request.headers["authorization"] == good.withLock({ $0 }) else { return reply.respond(401, "{}") }
            reply.respond(200, #"{"items":null,"metadata":{"resourceVersion":"1"}}"#)
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url, credential: .tokenFile(token.path)))
        #expect(try await client.list(services).resourceVersion == "1")
        good.withLock { $0 = "Bearer new" }
        // The same token again would be refused again: it is not sent.
        let error = await #expect(throws: APIError.self) { _ = try await client.list(services) }
        #expect(error?.code == 401)
        #expect(calls.withLock { $0 } == 2)
        try Data("new".utf8).write(to: token)
        #expect(try await client.list(services).resourceVersion == "1")
        #expect(calls.withLock { $0 } == 4)
    }

    @Test func `without credentials nothing is sent, and the error says why`() async throws {
        let client = APIClient(ClusterAccess(server: "http://127.0.0.1:1", credential: .tokenFile("/no/such")))
        let error = await #expect(throws: APIError.self) { _ = try await client.list(services) }
        #expect(error?.code == 401)
        #expect(
            error?.description
                == "Cannot list services, because there are no credentials. The token file /no/such cannot be read: check that it exists "
                + "and who may read it.")
    }

    @Test func `a password and the user to act as are sent with each request`() async throws {
        let seen = Mutex<[String?]>([])
        let server = try ScriptedServer { request, reply in
            seen.withLock { $0 = ["authorization", "impersonate-user", "impersonate-group"].map { request.headers[$0] } }
            reply.respond(200, #"{"items":[],"metadata":{"resourceVersion":"1"}}"#)
        }
        defer { server.stop() }
        let client = APIClient(
            ClusterAccess(
                server: server.url, credential: .basic(username: "Aladdin", password: "open sesame"),
                impersonation: Impersonation(user: "jane", groups: ["dev"])))
        _ = try await client.list(services)
        // The pair of RFC 7617 section 2.
        #expect(seen.withLock { $0 } == ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "jane", "dev"])
    }

    // MARK: - Waiting

    @Test(arguments: [429, 503])
    func `a server that asks to wait gets the same call again`(code: Int) async throws {
        let bodies = Mutex<[String]>([])
        let server = try ScriptedServer { request, reply in
            let count = bodies.withLock { bodies in
                bodies.append(String(decoding: request.body, as: UTF8.self))
                return bodies.count
            }
            guard count > 2 else { return reply.respond(code, "{}", headers: ["Retry-After": "0"]) }
            reply.respond(201, #"{"metadata":{"name":"web","resourceVersion":"5"}}"#)
        }
        defer { server.stop() }
        let access = ClusterAccess(server: server.url)
        let client = APIClient(access, credentials: CredentialSource(access), timeout: .seconds(300), patience: .seconds(300))
        _ = try await client.create(services, namespace: "shop", ["a": 1])
        #expect(bodies.withLock { $0 } == [#"{"a":1}"#, #"{"a":1}"#, #"{"a":1}"#])
    }

    @Test func `a wait that does not fit is left to the caller, and lists always are`() async throws {
        let calls = Mutex(0)
        let server = try ScriptedServer { request, reply in
            calls.withLock { $0 += 1 }
            reply.respond(429, "{}", headers: ["Retry-After": request.method == "GET" ? "1" : "3600"])
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        let created = await #expect(throws: APIError.self) { _ = try await client.create(services, namespace: "a", [:]) }
        #expect(created?.retryAfter == .seconds(3600))
        let listed = await #expect(throws: APIError.self) { _ = try await client.list(services) }
        #expect(listed?.retryAfter == .seconds(1))
        #expect(calls.withLock { $0 } == 2)
    }

    @Test func `the server is told to give up before we do`() async throws {
        let seen = Mutex<[String?]>([])
        let server = try ScriptedServer { request, reply in
            seen.withLock { $0 += [request.query("timeout"), request.query("timeoutSeconds")] }
            reply.respond(200, #"{"items":[],"metadata":{"name":"a","resourceVersion":"1"}}"#)
        }
        defer { server.stop() }
        _ = try await APIClient(ClusterAccess(server: server.url)).list(services)
        _ = try await APIClient(ClusterAccess(server: server.url), timeout: .milliseconds(2500)).get(services, name: "a")
        #expect(seen.withLock { $0 } == ["55000ms", "55", "2000ms", nil])
    }

    @Test(arguments: [
        (401, "The API server does not know who is asking to get services a in namespace b: check that the token"),
        (403, "Not allowed to get services a in namespace b: grant the verb \"get\""),
        (404, "Cannot get services a in namespace b: it does not exist."),
        (409, "Cannot get services a in namespace b: somebody else changed it meanwhile."),
        (410, "Cannot get services a in namespace b: the resource version asked for is no longer kept."),
        (422, "Cannot get services a in namespace b: the API server refuses the object."),
        (429, "Cannot get services a in namespace b yet: the API server is overloaded."),
        (500, "Cannot get services a in namespace b: the API server answered 500."),
        (503, "Cannot get services a in namespace b: the API server answered 503."),
        (504, "Cannot get services a in namespace b: the API server did not manage it in time."),
        (502, "Cannot get services a in namespace b: the API server answered 502."),
    ])
    func `each refusal says what to do`(code: Int, words: String) async throws {
        let server = try ScriptedServer { _, reply in
            reply.respond(code, #"{"kind":"Status","code":\#(code),"message":"because"}"#)
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        let error = await #expect(throws: APIError.self) { _ = try await client.get(services, namespace: "b", name: "a") }
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasSuffix("The API server says: because") == true)
    }

    @Test func `discovery tells which types exist`() async throws {
        let server = try ScriptedServer { request, reply in
            request.path == "/api/v1" ? reply.respond(200, #"{"resources":[{"name":"services"}]}"#) : reply.respond(404, "{}")
        }
        defer { server.stop() }
        let client = APIClient(ClusterAccess(server: server.url))
        #expect(try await client.exists(services))
        #expect(try await client.exists(ResourceType(group: "", version: "v1", plural: "pods", kind: "Pod")) == false)
        #expect(try await client.exists(ResourceType(group: "a.b", version: "v1", plural: "c", kind: "C")) == false)
    }
}
