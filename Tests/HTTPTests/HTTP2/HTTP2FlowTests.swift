import Base
import HTTP
import Testing

/// Windows: nobody gets more than he takes.
@Suite struct HTTP2FlowTests {
    @Test func `a slow reader stops the sender within the window`() {
        var client = HTTP2End(isServer: false, settings: HTTP2Settings(streamWindow: 100_000))
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        client.consumes = false
        _ = client.request(HTTP2ExchangeTests.get)
        converse(&client, &server)
        server.respond(1, "HTTP/1.1 200 OK||", isLast: false)
        let piece = [UInt8](repeating: 9, count: 40_000)
        #expect(server.data(1, piece) == 40_000)
        #expect(server.data(1, piece) == 40_000)
        #expect(server.isBlocked(1) == false)
        #expect(server.data(1, piece) == 20_000)
        #expect(server.isBlocked(1) == true)
        #expect(server.data(1, piece) == 0)
        converse(&client, &server)
        #expect(client.bodies[1]?.count == 100_000)
        #expect(server.isBlocked(1) == true)
        _ = server.clearLog()
        // What is taken is given back, once it is worth a frame.
        if let stream = client.streams[1] { client.session.consumed(stream, 60_000) }
        converse(&client, &server)
        #expect(server.clearLog() == ["1 window"])
        #expect(server.isBlocked(1) == false)
        #expect(server.data(1, piece) == 40_000)
        #expect(server.data(1, piece) == 20_000)
        converse(&client, &server)
        #expect(client.bodies[1]?.count == 160_000)
    }

    @Test func `the connection's window bounds all streams together`() {
        let settings = HTTP2Settings(streamWindow: 100_000, connectionWindow: 150_000)
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true, settings: settings)
        converse(&client, &server)
        server.consumes = false
        var taken = 0
        for _ in 0..<5 {
            let stream = client.request(HTTP2ExchangeTests.post, isLast: false)
            for _ in 0..<3 { taken += client.data(stream.id, [UInt8](repeating: 0, count: 60_000)) }
        }
        converse(&client, &server)
        #expect(taken == 150_000)
        #expect(server.bodies.values.map(\.count).reduce(0, +) == 150_000)
        #expect([1, 3, 5, 7, 9].map { client.isBlocked($0) } == [true, true, true, true, true])
        // A stream that ends gives back what nobody will take.
        server.reset(1, .cancel)
        converse(&client, &server)
        #expect(client.log.contains("3 window") && client.log.contains("9 window"))
        #expect(client.isBlocked(9) == false)
    }

    @Test func `an end that was said comes when the window opens`() {
        var client = HTTP2End(isServer: false, settings: HTTP2Settings(streamWindow: 10))
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        client.consumes = false
        _ = client.request(HTTP2ExchangeTests.get)
        converse(&client, &server)
        server.respond(1, "HTTP/1.1 200 OK||", isLast: false)
        #expect(server.data(1, [UInt8](repeating: 0, count: 10)) == 10)
        server.end(1)
        converse(&client, &server)
        if let stream = client.streams[1] { client.session.consumed(stream, 10) }
        converse(&client, &server)
        #expect(client.log == ["1 head HTTP/1.1 200||", "1 end after 10", "1 closed 0"])
    }

    @Test func `a larger window in settings opens too`() {
        var server = HTTP2End(isServer: true)
        server.receive(HTTP2Frames.preface + HTTP2Frames.settings([(4, 0)]) + HTTP2Frames.headers(1, HTTP2Frames.plain))
        server.respond(1, "HTTP/1.1 200 OK||", isLast: false)
        #expect(server.data(1, [1, 2, 3], isLast: true) == 0)
        #expect(server.isBlocked(1) == true)
        _ = server.take()
        server.receive(HTTP2Frames.settings([(4, 2)]))
        #expect(server.log.last == "1 window")
        #expect(server.data(1, [1, 2, 3], isLast: true) == 2)
        server.receive(HTTP2Frames.windowUpdate(1, 100))
        #expect(server.data(1, [3], isLast: true) == 1)
        #expect(HTTP2Frames.describe(server.take()) == ["SETTINGS 0 ack", "DATA 1 2", "DATA 1 1 ends"])
        server.tell()
        #expect(server.log.last == "1 closed 0")
    }

    @Test func `a full wire is no blocked stream`() {
        var client = HTTP2End(isServer: false, settings: HTTP2Settings(streamWindow: 1 << 20, connectionWindow: 1 << 20))
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request(HTTP2ExchangeTests.get)
        converse(&client, &server)
        server.respond(1, "HTTP/1.1 200 OK||", isLast: false)
        guard let stream = server.streams[1] else {
            Issue.record("no stream")
            return
        }
        // Nobody sends what is pending.
        let piece = [UInt8](repeating: 3, count: HTTP2Wire.longestWrite)
        #expect(server.session.data(stream, piece.span) == piece.count)
        let second = server.session.data(stream, piece.span)
        let third = server.session.data(stream, piece.span)
        #expect(second + third < 2 * piece.count)
        #expect(server.isBlocked(1) == false)
        server.flush()
        #expect(server.data(1, piece) == piece.count)
        converse(&client, &server)
        #expect(client.bodies[1]?.count == 2 * piece.count + second + third)
    }

    /// Random pieces through random windows arrive as they were sent.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func `bodies arrive whole`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let window = Int32(random.below(70_000)) + 1
        var client = HTTP2End(
            isServer: false,
            settings: HTTP2Settings(streamWindow: window, connectionWindow: 65_535 + Int32(random.below(100_000))))
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        let count = 1 + Int(random.below(5))
        var rest: [Int32: [UInt8]] = [:]
        var whole: [Int32: [UInt8]] = [:]
        for i in 0..<count {
            let id = client.request(HTTP2ExchangeTests.get).id
            whole[id] = (0..<Int(random.below(200_000))).map { UInt8(truncatingIfNeeded: $0 &* (i + 3)) }
            rest[id] = whole[id]
        }
        converse(&client, &server)
        for id in rest.keys.sorted() { server.respond(id, "HTTP/1.1 200 OK||", isLast: false) }
        var idle = 0
        while !rest.isEmpty, idle < 3 {
            idle += 1
            for id in rest.keys.sorted() {
                guard let left = rest[id] else { continue }
                let size = min(left.count, 1 + Int(random.below(UInt32(HTTP2Wire.longestWrite) - 1)))
                let taken = server.data(id, Array(left[..<size]), isLast: size == left.count)
                if taken > 0 { idle = 0 }
                rest[id] = Array(left.dropFirst(taken))
                if left.isEmpty { server.end(id) }
                if taken == size, size == left.count { rest[id] = nil }
            }
            converse(&client, &server)
        }
        #expect(rest.isEmpty)
        for (id, body) in whole { #expect(client.bodies[id] ?? [] == body) }
        #expect(client.log.count { $0.contains("closed 0") } == count)
        #expect(server.wire.memory.streams == 0 && client.wire.memory.streams == 0)
    }
}
