import Base
import HTTP
import Testing

/// Once warm, neither requests nor connections ask the system for memory.
@Suite struct HTTP2MemoryTests {
    private func exchange(_ client: inout HTTP2End, _ server: inout HTTP2End) {
        let id = client.request(
            "POST /some/path?with=query HTTP/1.1|host: a.example|x-some: \(client.log.count)||", isLast: false
        ).id
        _ = client.data(id, [UInt8](repeating: 1, count: 300), isLast: true)
        converse(&client, &server)
        server.respond(id, "HTTP/1.1 200 OK|content-type: text/plain||", isLast: false)
        _ = server.data(id, [UInt8](repeating: 2, count: 17_000))
        _ = server.trailers(id, "x-sum: 1||")
        converse(&client, &server)
    }

    @Test func `requests cost no memory`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        // Until both tables of remembered fields are full.
        for _ in 0..<200 { exchange(&client, &server) }
        let before = (client.wire.memory.systemCalls, server.wire.memory.systemCalls)
        for _ in 0..<200 { exchange(&client, &server) }
        #expect(client.log.count { $0.hasSuffix("closed 0") } == 400)
        #expect(client.wire.memory.systemCalls == before.0)
        #expect(server.wire.memory.systemCalls == before.1)
    }

    @Test func `connections cost no memory once others have ended`() {
        let wire = HTTP2Wire(limits: HeadLimits())
        let hello = HTTP2Frames.hello + HTTP2Frames.headers(1, HTTP2Frames.plain)
        func connection() {
            let session = HTTP2Session.accept(HTTP2Settings(), wire)
            // A block that does not end is kept, and goes with its session.
            for part in [hello, Array(HTTP2Frames.headers(3, HTTP2Frames.plain).dropLast(3))] {
                #expect(session.receive(part.span, now: .zero) == part.count)
                while session.next() != nil {}
            }
            wire.sent()
            session.free()
        }
        for _ in 0..<3 { connection() }
        let calls = wire.memory.systemCalls
        #expect(wire.memory.used == 0)
        for _ in 0..<100 { connection() }
        #expect(wire.memory.systemCalls == calls)
        // What was in use meanwhile stays, since it will be again; what nobody needed goes.
        wire.trim()
        #expect(wire.memory.held > 0)
        connection()
        #expect(wire.memory.systemCalls == calls)
        wire.trim()
        wire.trim()
        #expect(wire.memory.held == 0)
    }

    /// A head that is refused is not kept, though its block goes on.
    @Test func `refused heads are forgotten`() {
        var server = HTTP2End(isServer: true)
        server.receive(HTTP2Frames.hello)
        server.receive(HTTP2Frames.headers(1, HTTP2Frames.plain + [("Upper", "a")]))
        let used = server.wire.memory.used
        let long = HTTP2Frames.block(HTTP2Frames.plain + [("x", String(repeating: "y", count: 9000)), ("connection", "close")])
        server.receive(HTTP2Frames.frame(1, 0, 3, long))
        server.receive(Array(HTTP2Frames.frame(9, 0, 3, long).dropLast(10)))
        #expect(!server.session.isOver)
        #expect(server.wire.memory.used < used + 1000)
    }

    @Test func `an idle connection holds little`() {
        let wire = HTTP2Wire(limits: HeadLimits())
        let hello = HTTP2Frames.hello
        let sessions = (0..<10).map { _ in HTTP2Session.accept(HTTP2Settings(), wire) }
        for session in sessions {
            _ = session.receive(hello.span, now: .zero)
            wire.sent()
        }
        let each = wire.memory.used / 10
        #expect(each < 32_000, "\(each) bytes")
        for session in sessions { session.free() }
    }
}
