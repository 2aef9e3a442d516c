import Documents
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

/// The machine on real connections.
@Suite(.timeLimit(.minutes(5)))
struct ListWatchTests {
    @Test func `pages, a watch in pieces, a cut in mid-object and a 410 lead to the right objects in order`() async throws {
        let watches = Mutex(0)
        let server = try ScriptedServer { request, reply in
            if request.query("watch") == "true" {
                let nth = watches.withLock { count in
                    count += 1
                    return count
                }
                reply.beginChunks()
                switch (nth, request.query("resourceVersion")) {
                case (1, "10"):
                    let event = line("ADDED", "c", "11")
                    reply.chunk(String(event.prefix(20)))
                    reply.chunk(String(event.dropFirst(20)) + line("MODIFIED", "a", "12").prefix(30))
                    reply.close()
                case (2, "11"):
                    reply.chunk(
                        #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"# + "\n")
                    reply.endChunks()
                case (3, "30"):
                    reply.chunk(line("DELETED", "a", "31"))
                    reply.waitForHangUp()
                default:
                    Issue.record("unexpected watch \(nth) from \(request.query("resourceVersion") ?? "nothing")")
                    reply.endChunks()
                }
                return
            }
            switch request.query("continue") {
            case nil where watches.withLock { $0 } == 0:
                reply.respond(200, list(["a": "1"], version: "10", continueToken: "p2"))
            case "p2": reply.respond(200, list(["b": "2"], version: "10"))
            // The probe after the cut, and the list after the 410.
            case nil where request.query("limit") == "1": reply.respond(200, list(["a": "12"], version: "12", continueToken: "x"))
            default: reply.respond(200, list(["a": "12", "d": "29"], version: "30"))
            }
        }
        defer { server.stop() }
        let (updates, sink) = AsyncStream<String>.makeStream()
        let client = APIClient(ClusterAccess(server: server.url))
        let task = Task {
            await ListWatch(client, services, settings: paged, seed: 1).run { batch in
                for update in batch.updates { sink.yield(describe(update)) }
            }
        }
        var seen: [String] = []
        for await update in updates {
            seen.append(update)
            if update.hasPrefix("removed") { break }
        }
        task.cancel()
        await task.value
        #expect(seen == ["replaced a@1 b@2", "put c@11", "replaced a@12 d@29", "removed a"])
    }

    @Test func `a server that is killed and comes back is followed again`() async throws {
        let first = try ScriptedServer { request, reply in
            guard request.query("watch") == "true" else { return reply.respond(200, list(["a": "1"], version: "1000")) }
            reply.beginChunks()
            reply.waitForHangUp()
        }
        let (updates, sink) = AsyncStream<String>.makeStream()
        let client = APIClient(ClusterAccess(server: first.url))
        let task = Task {
            await ListWatch(client, services, settings: paged, seed: 1).run { batch in
                for update in batch.updates { sink.yield(describe(update)) }
            }
        }
        var iterator = updates.makeAsyncIterator()
        #expect(await iterator.next() == "replaced a@1")
        first.stop()
        // The watch may not have been open yet.
        let trouble = await iterator.next()
        #expect(
            trouble?.hasPrefix("trouble Cannot list services") == true
                || trouble?.hasPrefix("trouble Cannot watch services") == true)
        let second = try restart(on: first.port) { request, reply in
            guard request.query("watch") == "true" else { return reply.respond(200, list(["b": "2"], version: "3")) }
            reply.beginChunks()
            reply.chunk(line("ADDED", "c", "4"))
            reply.waitForHangUp()
        }
        defer { second.stop() }
        #expect(await iterator.next() == "replaced b@2")
        #expect(await iterator.next() == "recovered")
        #expect(await iterator.next() == "put c@4")
        task.cancel()
        await task.value
    }
}

private var paged: ListWatchMachine.Settings {
    var settings = ListWatchMachine.Settings()
    settings.streams = false
    return settings
}

/// The port may still be held by connections of the server before; it is free when the last of them is gone.
private func restart(on port: UInt16, _ handler: @escaping ScriptedServer.Handler) throws -> ScriptedServer {
    let deadline = ContinuousClock.now + .seconds(10)
    while true {
        do { return try ScriptedServer(port: port, handler) } catch {
            guard ContinuousClock.now < deadline else { throw error }
        }
    }
}

private func line(_ type: String, _ name: String, _ version: String) -> String {
    #"{"type":"\#(type)","object":{"metadata":{"name":"\#(name)","resourceVersion":"\#(version)"}}}"# + "\n"
}

private func list(_ objects: [String: String], version: String, continueToken: String? = nil) -> String {
    let items = objects.sorted { $0.key < $1.key }.map { name, version in
        #"{"metadata":{"name":"\#(name)","resourceVersion":"\#(version)"}}"#
    }
    let token = continueToken.map { #","continue":"\#($0)""# } ?? ""
    return #"{"metadata":{"resourceVersion":"\#(version)"\#(token)},"items":[\#(items.joined(separator: ","))]}"#
}

func describe(_ update: ListWatch.Update) -> String {
    switch update {
    case .replaced(let objects): "replaced " + objects.map { "\($0.key)@\($0.resourceVersion)" }.joined(separator: " ")
    case .put(let object): "put \(object.key)@\(object.resourceVersion)"
    case .removed(let key): "removed \(key)"
    case .missing: "missing"
    case .trouble(let error): "trouble \(error)"
    case .recovered: "recovered"
    }
}
