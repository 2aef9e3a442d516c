import Fetch
import Foundation
import Synchronization
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5)))
struct FetchTests {
    @Test func `a request carries its method, fields and body, and the answer comes back whole`() async throws {
        let seen = Mutex<ScriptedServer.Request?>(nil)
        let server = try ScriptedServer { request, reply in
            seen.withLock { $0 = request }
            reply.respond(201, "made", headers: ["X-Answer": "  42 "])
        }
        defer { server.stop() }
        var request = Request(
            "PATCH", server.url + "/a?b=c", headers: [Header("Content-Type", "application/merge-patch+json")],
            body: Array("{}".utf8))
        request.authorize(bearer: "secret")
        let response = try await Client().send(request)
        #expect(response.status == 201)
        #expect(response.text == "made")
        #expect(response.head.header("x-answer") == "42")
        let sent = try #require(seen.withLock { $0 })
        #expect(sent.method == "PATCH")
        #expect(sent.target == "/a?b=c")
        #expect(sent.headers["authorization"] == "Bearer secret")
        #expect(sent.headers["content-type"] == "application/merge-patch+json")
        #expect(sent.body == Array("{}".utf8))
    }

    @Test func `requests share one kept-alive connection`() async throws {
        let server = try ScriptedServer { _, reply in reply.respond(200, "ok") }
        defer { server.stop() }
        let client = Client()
        for _ in 0..<5 { _ = try await client.send(Request("GET", server.url + "/")) }
        #expect(server.connectionsAccepted == 1)
    }

    @Test func `a hundred requests at once are all answered`() async throws {
        let server = try ScriptedServer { request, reply in reply.respond(200, request.target) }
        defer { server.stop() }
        let client = Client()
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for n in 0..<100 {
                group.addTask { try await client.send(Request("GET", server.url + "/\(n)")).text }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers.count == 100)
    }

    @Test func `interim heads and trailers are not taken for the answer`() async throws {
        let server = try ScriptedServer { _, reply in
            reply.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            reply.chunk("body")
            reply.write("0\r\nx-trailer: 1\r\n\r\n")
        }
        defer { server.stop() }
        let response = try await Client().send(Request("GET", server.url + "/"))
        #expect(response.status == 200)
        #expect(response.head.header("link") == nil)
        #expect(response.text == "body")
    }

    @Test func `HEAD and an empty body end at the head`() async throws {
        let server = try ScriptedServer { request, reply in
            request.method == "HEAD" ? { _ = reply.write("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n") }() : reply.respond(204)
        }
        defer { server.stop() }
        let client = Client()
        #expect(try await client.send(Request("HEAD", server.url)).body.isEmpty)
        #expect(try await client.send(Request("DELETE", server.url)).status == 204)
    }

    // MARK: - Streams

    @Test func `a stream hands over each chunk while the response goes on`() async throws {
        let next = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { _, reply in
            reply.beginChunks()
            for n in 1...3 {
                reply.chunk("event \(n)\n")
                next.wait()
            }
            reply.endChunks()
        }
        defer { server.stop() }
        let response = try await Client().stream(Request("GET", server.url))
        #expect(response.head.status == 200)
        var seen: [String] = []
        for try await chunk in response.body {
            seen.append(String(decoding: chunk, as: UTF8.self))
            next.signal()
        }
        #expect(seen == ["event 1\n", "event 2\n", "event 3\n"])
    }

    @Test func `a reader that lags holds the server back and loses nothing`() async throws {
        let total = 64 << 20
        let written = Mutex(0)
        let server = try ScriptedServer { _, reply in
            reply.write("HTTP/1.1 200 OK\r\ncontent-length: \(total)\r\n\r\n")
            let block = String(repeating: "x", count: 1 << 20)
            for _ in 0..<(total >> 20) {
                guard reply.write(block) else { return }
                written.withLock { $0 += block.utf8.count }
            }
        }
        defer { server.stop() }
        let client = Client()
        // How long all of it takes is the reader's business; how long nothing comes is the server's.
        let response = try await client.stream(Request("GET", server.url, timeouts: Timeouts(total: nil, idle: .seconds(5))))
        var iterator = response.body.makeAsyncIterator()
        var received = try await iterator.next()?.count ?? 0
        // Another transfer of the same client passes by the one that waits.
        let other = try ScriptedServer { _, reply in reply.respond(200, "quick") }
        defer { other.stop() }
        #expect(try await client.send(Request("GET", other.url)).text == "quick")
        #expect(written.withLock { $0 } < total)
        while let chunk = try await iterator.next() { received += chunk.count }
        #expect(received == total)
    }

    @Test func `dropping a stream closes its connection`() async throws {
        let gone = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { _, reply in
            reply.beginChunks()
            reply.chunk("first")
            reply.waitForHangUp()
            gone.signal()
        }
        defer { server.stop() }
        let client = Client()
        do {
            let response = try await client.stream(Request("GET", server.url))
            var iterator = response.body.makeAsyncIterator()
            _ = try await iterator.next()
        }
        #expect(await blocking { gone.wait(timeout: .now() + 10) } == .success)
        withExtendedLifetime(client) {}
    }

    @Test func `cancelling the task ends a request that hangs`() async throws {
        let arrived = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { _, reply in
            arrived.signal()
            reply.waitForHangUp()
        }
        defer { server.stop() }
        let client = Client()
        let task = Task { try await client.send(Request("GET", server.url)) }
        _ = await blocking { arrived.wait(timeout: .now() + 10) }
        task.cancel()
        await #expect(throws: FetchError.self) { try await task.value }
    }

    @Test func `a stream goes on after its client was let go`() async throws {
        let server = try ScriptedServer { _, reply in
            reply.beginChunks()
            reply.chunk("still here")
            reply.endChunks()
        }
        defer { server.stop() }
        let response = try await Client().stream(Request("GET", server.url))
        var text: [UInt8] = []
        for try await chunk in response.body { text += chunk }
        #expect(text == Array("still here".utf8))
    }
}

/// Runs something that blocks without blocking the threads that tasks share.
func blocking<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: body()) }.start()
    }
}

/// Expects a failure of one kind, whose words name the origin and never the path.
func expect(_ kind: FetchError.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void) async {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as FetchError {
        #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
        #expect(error.description.hasSuffix("."), sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
