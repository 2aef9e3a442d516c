import Base
import HTTP
import Testing

/// Our client and our server, each through its own wire.
@Suite struct HTTP2ExchangeTests {
    static let get = "GET /x HTTP/1.1|host: a.example||"
    static let post = "POST /x HTTP/1.1|host: a.example||"

    @Test func `a request and its answer`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request("GET /x?y HTTP/1.1|Host: a.example|X-Mixed: Yes|connection: keep-alive|te: trailers, deflate||")
        converse(&client, &server)
        #expect(server.clearLog() == ["1 head ends https GET /x?y HTTP/1.1|host: a.example|x-mixed: Yes||"])
        server.respond(
            1, "HTTP/1.1 200 OK|Content-Length: 5|Transfer-Encoding-X: a|Connection: close|Keep-Alive: 5||", isLast: false)
        #expect(server.data(1, Array("hello".utf8), isLast: true) == 5)
        converse(&client, &server)
        #expect(client.log == ["1 head HTTP/1.1 200|content-length: 5|transfer-encoding-x: a||", "1 end after 5", "1 closed 0"])
        #expect(server.log == ["1 closed 0"])
        #expect(client.bodies[1] == Array("hello".utf8))
        #expect(client.wire.memory.streams == 0 && server.wire.memory.streams == 0)
    }

    @Test func `bodies and trailers in both directions`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request("POST /x HTTP/1.1|host: a|transfer-encoding: chunked|te: trailers||", isLast: false)
        #expect(client.data(1, [UInt8](repeating: 1, count: 50_000)) == 50_000)
        #expect(client.trailers(1, "x-sum: 1|host: b|content-length: 5||") == true)
        converse(&client, &server)
        #expect(server.clearLog() == ["1 head https POST /x HTTP/1.1|host: a|te: trailers||", "1 trailers x-sum: 1||"])
        #expect(server.bodies[1]?.count == 50_000)
        server.respond(1, "HTTP/1.1 200 OK||", isLast: false)
        #expect(server.data(1, [2]) == 1)
        #expect(server.trailers(1, "grpc-status: 0||") == true)
        converse(&client, &server)
        #expect(client.log == ["1 head HTTP/1.1 200||", "1 trailers grpc-status: 0||", "1 closed 0"])
    }

    @Test func `trailers of which nothing may pass are an end`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request(Self.post, isLast: false)
        #expect(client.trailers(1, "host: b||") == true)
        converse(&client, &server)
        #expect(server.log == ["1 head https POST /x HTTP/1.1|host: a.example||", "1 end after 0"])
    }

    @Test func `a WebSocket is a stream on both sides`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        #expect(client.session.takesWebSockets)
        _ = client.request(
            "GET /chat HTTP/1.1|host: a|connection: upgrade|upgrade: websocket|sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==|"
                + "sec-websocket-version: 13||", isLast: true)
        converse(&client, &server)
        #expect(
            server.clearLog() == [
                "1 head https websocket GET /chat HTTP/1.1|host: a|connection: upgrade|upgrade: websocket|sec-websocket-version: 13||"
            ])
        server.respond(
            1, "HTTP/1.1 101 Switching Protocols|upgrade: websocket|connection: upgrade|sec-websocket-protocol: p||",
            isLast: false)
        #expect(server.data(1, [1, 2]) == 2)
        #expect(client.data(1, [3]) == 1)
        converse(&client, &server)
        #expect(client.clearLog() == ["1 head websocket HTTP/1.1 101 Switching Protocols|sec-websocket-protocol: p||"])
        #expect(client.bodies[1] == [1, 2] && server.bodies[1] == [3])
        client.end(1)
        server.end(1)
        converse(&client, &server)
        #expect(client.log == ["1 end after 2", "1 closed 0"])
    }

    @Test func `interim answers come before`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request("POST /x HTTP/1.1|host: a|expect: 100-continue||", isLast: false)
        converse(&client, &server)
        server.respond(1, "HTTP/1.1 100 Continue||", isLast: false)
        server.respond(1, "HTTP/1.1 103 Early Hints|link: b||", isLast: false)
        converse(&client, &server)
        #expect(client.clearLog() == ["1 head HTTP/1.1 100||", "1 head HTTP/1.1 103|link: b||"])
        client.end(1)
        server.respond(1, "HTTP/1.1 204 No Content||")
        converse(&client, &server)
        #expect(client.log == ["1 head ends HTTP/1.1 204||", "1 closed 0"])
    }

    @Test func `a WebSocket is answered with success`() {
        var server = HTTP2End(isServer: true)
        server.receive(
            HTTP2Frames.hello
                + HTTP2Frames.headers(
                    1,
                    [
                        (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/"),
                        (":authority", "a"),
                    ], ends: false))
        _ = server.take()
        #expect(
            server.respond(1, "HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: websocket|x: y||", isLast: false)
                == true)
        #expect(server.data(1, [1, 2, 3]) == 3)
        let sent = server.take()
        #expect(HTTP2Frames.describe(sent) == ["HEADERS 1", "DATA 1 3"])
        #expect(sent[9] == 0x88, ":status 200 is entry 8 of the static table")
        server.receive(HTTP2Frames.data(1, [4, 5]))
        #expect(server.bodies[1] == [4, 5])
    }

    @Test func `what is no head is not sent`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request(Self.get)
        converse(&client, &server)
        #expect(server.respond(1, "HTTP/1.1 200 OK|x y: z||") == false)
        #expect(server.respond(1, "HTTP/1.1 101 Switching Protocols||") == false)
        #expect(server.output.isEmpty == true)
        #expect(client.request("GET /x|host: a||").isPresent == false)
        #expect(server.respond(1, "HTTP/1.1 200 OK||") == true)
        _ = server.take()
        #expect(server.respond(1, "HTTP/1.1 200 OK||") == true)
        #expect(server.output.isEmpty, "there is one answer")
    }

    @Test func `a reset reaches the other end`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request(Self.post, isLast: false)
        converse(&client, &server)
        client.reset(1, .cancel)
        converse(&client, &server)
        #expect(client.log == ["1 closed 8"])
        #expect(server.log == ["1 head https POST /x HTTP/1.1|host: a.example||", "1 reset 8", "1 closed 8"])
        #expect(server.data(1, [1]) == 1 && server.respond(1, "HTTP/1.1 200 OK||"), "a stream that is gone takes all")
        #expect(server.output.isEmpty && server.wire.memory.streams == 0)
    }

    @Test func `an early answer leaves the rest of the body alone`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request(Self.post, isLast: false)
        converse(&client, &server)
        server.respond(1, "HTTP/1.1 413 Content Too Large||")
        server.reset(1, .noError)
        converse(&client, &server)
        #expect(client.log == ["1 head ends HTTP/1.1 413||", "1 reset 0", "1 closed 0"])
    }

    @Test func `a body that is not as long as its head says ends the stream`() {
        var server = HTTP2End(isServer: true)
        server.receive(HTTP2Frames.hello + HTTP2Frames.headers(1, HTTP2Frames.plain + [("content-length", "3")], ends: false))
        _ = server.take()
        server.receive(HTTP2Frames.data(1, [1, 2], ends: true))
        #expect(server.log.last == "1 closed 1")
        #expect(HTTP2Frames.describe(server.take()) == ["RST 1 code 1"])
    }

    // MARK: Ends of sessions

    @Test func `a server drains in two steps`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        _ = client.request(Self.get)
        converse(&client, &server)
        server.session.drain()
        server.flush()
        // A request that was on its way is still answered.
        _ = client.request(Self.get)
        let crossing = client.take()
        client.receive(server.take())
        #expect(client.clearLog() == ["goaway 0"] && client.session.capacity == 0)
        server.receive(crossing)
        server.respond(1, "HTTP/1.1 200 OK||")
        server.respond(3, "HTTP/1.1 200 OK||")
        #expect(server.session.isOver == false)
        converse(&client, &server)
        #expect(
            client.log == ["1 head ends HTTP/1.1 200||", "1 closed 0", "3 head ends HTTP/1.1 200||", "3 closed 0", "goaway 0"])
        #expect(server.session.isOver)
    }

    @Test func `a stream above the last one is not served`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        server.session.finish(.noError)
        server.flush()
        _ = client.request(Self.get)
        server.receive(client.take())
        #expect(server.log == [] && server.session.isOver)
        client.receive(server.take())
        #expect(client.log == ["goaway 0", "1 closed 7"], "it may be tried elsewhere")
    }

    @Test func `a request that GOAWAY overtakes was never sent`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        #expect(client.session.knowsPeer == false)
        converse(&client, &server)
        #expect(client.session.knowsPeer && client.session.limit == 100)
        let uploads = (0..<3).map { _ in client.request(Self.post, isLast: false) }
        converse(&client, &server)
        // The wire is full: what is asked now waits.
        let piece = [UInt8](repeating: 1, count: 65_536)
        let taken = uploads.reduce(0) { $0 + client.session.data($1, piece.span) }
        #expect(taken > 131_072)
        let head = Array(Self.get.replacing("|", with: "\r\n").utf8)
        let (late, length) = client.session.request(head.span, isHTTPS: false, tag: 9, endsHere: true)
        #expect(late.isPresent && length == head.count)
        server.session.finish(.noError)
        server.flush()
        client.receive(server.take())
        client.flush()
        client.tell()
        #expect(client.session.limit == 0)
        #expect(client.log.contains("\(late.id) closed 7"), "it may be tried elsewhere")
    }

    @Test func `a head may be longer on its way out than on its way in`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        let lines = (0..<160).map { "x-\($0): \($0)|" }.joined()
        #expect(client.request("GET / HTTP/1.1|host: s|" + lines + "|").isPresent)
        #expect(client.request("GET / HTTP/1.1|host: s|x-long: " + String(repeating: "a", count: 40_000) + "||").isPresent)
        #expect(client.request("GET / HTTP/1.1|host:|" + "|").isPresent, "a name may be missing")
    }

    @Test func `a ping is answered`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        client.session.ping()
        converse(&client, &server)
        #expect(client.log == ["pong"])
    }

    @Test func `the number of streams is bounded`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true, settings: HTTP2Settings(maxStreams: 2))
        converse(&client, &server)
        #expect(client.session.capacity == 2)
        let opened = (0..<3).map { _ in client.request(Self.get).isPresent }
        #expect(opened == [true, true, false])
        converse(&client, &server)
        server.respond(1, "HTTP/1.1 200 OK||")
        converse(&client, &server)
        #expect(client.session.capacity == 1 && client.session.openStreams == 1)
        // A client that does not care is refused.
        server.receive(HTTP2Frames.headers(101, HTTP2Frames.plain) + HTTP2Frames.headers(103, HTTP2Frames.plain))
        let told = server.clearLog().suffix(2).map { String($0.prefix(8)) }
        #expect(told == ["101 head", "failed b"])
        #expect(HTTP2Frames.describe(server.take()).last == "GOAWAY 0 code 1")
    }

    @Test func `a wire has so many streams and no more`() {
        let wire = HTTP2Wire(limits: HeadLimits(), maxStreams: 2)
        let session = HTTP2Session.accept(HTTP2Settings(), wire)
        defer { session.free() }
        wire.sent()
        let bytes = HTTP2Frames.hello + [1, 3, 5].flatMap { HTTP2Frames.headers($0, HTTP2Frames.plain) }
        #expect(session.receive(bytes.span, now: .zero) == bytes.count)
        var begun: [Int32] = []
        while let event = session.next() { if case .head(let stream, _) = event { begun.append(stream.id) } }
        #expect(begun == [1, 3] && wire.memory.streams == 2)
        let sent = unsafe wire.pending.withUnsafeBufferPointer { unsafe Array($0) }
        #expect(HTTP2Frames.describe(sent) == ["SETTINGS 0 ack", "RST 5 code 2"])
    }

    @Test func `what is no HTTP/2 is told apart`() {
        var server = HTTP2End(isServer: true)
        _ = server.take()
        server.receive(Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8))
        #expect(server.log == ["failed notHTTP2"] && server.output.isEmpty && server.session.isOver)
    }

    @Test func `a broken frame ends the session with its reason`() {
        var server = HTTP2End(isServer: true)
        server.receive(HTTP2Frames.hello)
        _ = server.take()
        server.receive(HTTP2Frames.data(1, [1]))
        #expect(server.log == ["failed brokeProtocol(HTTP.HTTP2Code(rawValue: 1))"])
        #expect(HTTP2Frames.describe(server.take()) == ["GOAWAY 0 code 1"])
    }

    @Test func `tags come with the events`() {
        let wire = HTTP2Wire(limits: HeadLimits())
        let session = HTTP2Session.accept(HTTP2Settings(), wire)
        defer { session.free() }
        let bytes =
            HTTP2Frames.hello + HTTP2Frames.headers(1, HTTP2Frames.plain, ends: false) + HTTP2Frames.data(1, [1])
            + HTTP2Frames.reset(1)
        #expect(session.receive(bytes.span, now: .zero) == bytes.count)
        guard case .head(let stream, _) = session.next() else {
            Issue.record("no head")
            return
        }
        #expect(stream.tag == -1)
        // The stream is closed already, as nghttp2 sees it; the owner reads its events in order.
        session.tag(stream, 42)
        var tags: [Int32] = []
        while let event = session.next() {
            switch event {
            case .data(let stream, _), .reset(let stream, _), .closed(let stream, _): tags.append(stream.tag)
            default: Issue.record("unexpected \(event)")
            }
        }
        #expect(tags == [42, 42, 42])
    }
}
