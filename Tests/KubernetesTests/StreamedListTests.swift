import Base
import Documents
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

/// Lists that are the beginning of a watch, on real connections.
@Suite(.timeLimit(.minutes(2)))
struct StreamedListTests {
    /// Follows the server until `count` updates came. `handler` gets each request, and the number of requests before it.
    private func updates(
        _ count: Int, silence: Duration = .seconds(10), limit: Int = 500,
        _ handler: @escaping @Sendable (Int, ScriptedServer.Request, ScriptedServer.Reply) -> Void
    ) async throws -> [ListWatch.Update] {
        let requests = Mutex(0)
        let server = try ScriptedServer { request, reply in
            let before = requests.withLock { count in
                count += 1
                return count - 1
            }
            handler(before, request, reply)
        }
        defer { server.stop() }
        var settings = ListWatchMachine.Settings()
        settings.streamSilence = silence
        settings.pageLimit = limit
        let (updates, sink) = AsyncStream<ListWatch.Update>.makeStream()
        let client = APIClient(ClusterAccess(server: server.url))
        let task = Task { [settings] in
            await ListWatch(client, services, settings: settings, seed: 1).run { batch in
                for update in batch.updates { sink.yield(update) }
            }
        }
        var seen: [ListWatch.Update] = []
        for await update in updates {
            seen.append(update)
            if seen.count == count { break }
        }
        task.cancel()
        await task.value
        // Fewer when the test's time is over.
        try #require(seen.count == count)
        return seen
    }

    @Test func `the list is asked for as its rules say, comes at once, and the watch goes on behind it`() async throws {
        let targets = Mutex<[String]>([])
        let seen = try await updates(2) { _, request, reply in
            targets.withLock { $0.append(request.target) }
            reply.beginChunks()
            reply.chunk(event("ADDED", "a", "1") + event("ADDED", "b", "2") + event("MODIFIED", "a", "3"))
            reply.chunk(end("9") + event("ADDED", "c", "10"))
            reply.waitForHangUp()
        }
        #expect(seen.map(describe) == ["replaced a@3 b@2", "put c@10"])
        let target = try #require(targets.withLock { $0 }.first)
        for part in ["sendInitialEvents=true", "resourceVersionMatch=NotOlderThan", "allowWatchBookmarks=true"] {
            #expect(target.contains(part))
        }
        #expect(!target.contains("resourceVersion="))
    }

    @Test func `a server that refuses the parameters is asked for pages`() async throws {
        let seen = try await updates(1) { _, request, reply in
            guard request.query("watch") == nil else {
                return reply.respond(422, #"{"kind":"Status","code":422,"reason":"Invalid","message":"sendInitialEvents"}"#)
            }
            reply.respond(200, #"{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a","resourceVersion":"1"}}]}"#)
        }
        #expect(seen.map(describe) == ["replaced a@1"])
    }

    @Test func `a server that ignores the parameters and falls silent is asked for pages`() async throws {
        let seen = try await updates(1, silence: .milliseconds(200)) { _, request, reply in
            guard request.query("sendInitialEvents") == nil else {
                reply.beginChunks()
                reply.chunk(event("ADDED", "a", "1"))
                return reply.waitForHangUp()
            }
            reply.respond(200, #"{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a","resourceVersion":"1"}}]}"#)
        }
        #expect(seen.map(describe) == ["replaced a@1"])
    }

    @Test func `a stream cut in mid-object shows nothing and starts over`() async throws {
        let seen = try await updates(3) { before, _, reply in
            reply.beginChunks()
            reply.chunk(event("ADDED", "a", "1"))
            guard before > 0 else {
                reply.chunk(String(event("ADDED", "b", "2").prefix(30)))
                return reply.close()
            }
            reply.chunk(end("9"))
            reply.waitForHangUp()
        }
        #expect(describe(seen[0]).hasPrefix("trouble"))
        #expect(seen.dropFirst().map(describe) == ["replaced a@1", "recovered"])
    }

    @Test func `objects of 1.5 MiB come through whole, in the list and behind it`() async throws {
        let text = String(repeating: "x", count: 3 << 19)
        let seen = try await updates(2) { _, _, reply in
            reply.beginChunks()
            reply.chunk(event("ADDED", "a", "1", text))
            reply.chunk(end("9"))
            reply.chunk(event("MODIFIED", "a", "10", text))
            reply.waitForHangUp()
        }
        guard case .replaced(let objects) = seen[0], case .put(let object) = seen[1] else {
            Issue.record("unexpected updates")
            return
        }
        #expect(objects.first?.value["data"]?.string?.utf8.count == 3 << 19)
        #expect(object.value["data"]?.string?.utf8.count == 3 << 19)
    }

    @Test func `a line without end is given up at 16 MiB, with an error that says so, and the list comes another way`()
        async throws
    {
        let filler = String(repeating: "x", count: 1 << 20)
        // On a busy machine 16 MiB may take longer than a server may be silent.
        let seen = try await updates(2, silence: .seconds(240)) { _, request, reply in
            guard request.query("watch") == "true" else {
                return reply.respond(200, #"{"metadata":{"resourceVersion":"9"},"items":[]}"#)
            }
            reply.beginChunks()
            reply.chunk(#"{"type":"ADDED","object":{"metadata":{"name":""#)
            while reply.chunk(filler) {}
        }
        #expect(describe(seen[0]).contains("a line of more than 16 MiB"))
        #expect(describe(seen[1]) == "replaced ")
    }

    @Test func `an event whose object cannot be read breaks the stream off, and it is told`() async throws {
        let seen = try await updates(3) { before, _, reply in
            reply.beginChunks()
            if before == 0 {
                reply.chunk(#"{"type":"ADDED","object":{"metadata":{"name":"a","labels":}}}"# + "\n")
                return reply.waitForHangUp()
            }
            reply.chunk(event("ADDED", "a", "1") + end("9"))
            reply.waitForHangUp()
        }
        #expect(describe(seen[0]).contains("expected a value"))
        #expect(seen.dropFirst().map(describe) == ["replaced a@1", "recovered"])
    }

    /// The machine alone: what a server sends of the largest clusters is collected without trouble and replaces everything at once.
    @Test func `100,000 objects are one list`() throws {
        var machine = ListWatchMachine(seed: 1, watching: .init(verb: "watch", resource: "endpointslices"))
        _ = machine.handle(.start, at: .zero)
        _ = machine.handle(.watchOpened, at: .zero)
        for i in 0..<100_000 {
            let item = try #require(object("s\(i)", "\(i + 1)"))
            #expect(machine.handle(.changed(item), at: .zero).isEmpty)
        }
        let actions = machine.handle(.bookmark(resourceVersion: "100001", endsInitialEvents: true), at: .zero)
        guard case .replace(let objects)? = actions.first else {
            Issue.record("no list")
            return
        }
        #expect(objects.count == 100_000)
    }
}

private func event(_ type: String, _ name: String, _ version: String, _ data: String = "") -> String {
    #"{"type":"\#(type)","object":{"metadata":{"name":"\#(name)","resourceVersion":"\#(version)"},"data":"\#(data)"}}"# + "\n"
}

private func end(_ version: String) -> String {
    #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"\#(version)","annotations":{"k8s.io/initial-events-end":"true"}}}}"#
        + "\n"
}
