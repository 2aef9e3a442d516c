import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Testing

/// Requests and answers over real sockets.
@Suite struct ForwardingTests {
    static let get = "GET / HTTP/1.1\r\nhost: shop.example.com\r\n\r\n"

    /// What the origin got, as its answer's body.
    private static func echo(_ request: Wire.Message) -> String {
        Origin.ok(([request.line] + request.fields.map { "\($0.name): \($0.value)" }).joined(separator: "\n"))
    }

    @Test func `a request reaches an endpoint and its answer comes back`() throws {
        let origin = try Origin { wire, _ in
            let request = try wire.message()
            wire.send(Origin.ok("\(request.line) \(request["host"] ?? "")", "x-kind: test\r\n"))
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let answer = try gateway.ask("GET /a?b=c HTTP/1.1\r\nHost: shop.example.com\r\n\r\n")
        #expect(answer.line == "HTTP/1.1 200 OK")
        #expect(answer.text == "GET /a?b=c HTTP/1.1 shop.example.com")
        #expect(answer["x-kind"] == "test")
    }

    @Test func `before the first graph the answer is 503`() throws {
        let gateway = try TestGateway()
        let answer = try gateway.ask(Self.get)
        #expect(answer.status == 503)
        #expect(answer.text == "503 NotReady\n")
    }

    @Test func `connections are kept on both sides`() throws {
        let origin = try Origin(answering: { Origin.ok($0.line) })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        for i in 0..<5 {
            wire.send("GET /\(i) HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try wire.message().text == "GET /\(i) HTTP/1.1")
        }
        #expect(origin.connections == 1)
    }

    @Test func `pipelined requests are answered in order`() throws {
        let origin = try Origin(answering: { Origin.ok($0.line + $0.text) })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(
            (0..<20).map { "POST /\($0) HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc" }.joined()
                + "GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        for i in 0..<20 { #expect(try wire.message().text == "POST /\(i) HTTP/1.1abc") }
        let last = try wire.message()
        #expect(last.text == "GET /last HTTP/1.1")
        #expect(last["connection"] == "close")
        #expect(try wire.isAtEnd)
    }

    @Test func `a head may come byte by byte`() throws {
        let origin = try Origin(answering: { Origin.ok($0.line) })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        for byte in "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n".utf8 { wire.send([byte]) }
        #expect(try wire.message().text == "GET /slow HTTP/1.1")
    }

    @Test func `hop-by-hop fields end here and forwarding fields are ours`() throws {
        let origin = try Origin(answering: Self.echo)
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let request = """
            GET /a/../b//c HTTP/1.1\r
            Host: Shop.Example.com:81\r
            Connection: keep-alive, x-private, x-forwarded-for\r
            Keep-Alive: timeout=5\r
            X-Private: 1\r
            X-Kept: 2\r
            X-Forwarded-For: 6.6.6.6\r
            X_Forwarded_For: 7.7.7.7\r
            X-Real-Ip: 6.6.6.6\r
            Forwarded: for=6.6.6.6\r
            X-Forwarded-Proto: https\r
            X-Request-Id: forged\r
            TE: trailers\r
            Upgrade: h2c\r
            \r\n
            """
        let lines = try gateway.ask(request).text.split(separator: "\n").map(String.init)
        let id = try #require(lines.first { $0.hasPrefix("x-request-id: ") }?.dropFirst(14))
        #expect(id.count == 32 && id.allSatisfy(\.isHexDigit))
        #expect(
            lines.filter { !$0.hasPrefix("x-request-id") } == [
                "GET /b/c HTTP/1.1", "host: Shop.Example.com:81", "x-kept: 2", "x-forwarded-for: 127.0.0.1",
                "x-forwarded-proto: http", "x-forwarded-host: Shop.Example.com:81", "x-forwarded-port: \(gateway.address.port)",
                "te: trailers", "connection: te",
            ])
    }

    @Test func `forwarding fields of trusted proxies are continued`() throws {
        let origin = try Origin(answering: Self.echo)
        let gateway = try TestGateway { $0.trusted = [CIDR("127.0.0.0/8")].compactMap { $0 } }
        try gateway.forward(to: [origin.port])
        let request =
            "GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 192.0.2.1\r\nx-forwarded-for: 192.0.2.2\r\nx-forwarded-proto: https\r\n"
            + "x-request-id: theirs\r\nx_forwarded_for: 6.6.6.6\r\n\r\n"
        let lines = try gateway.ask(request).text.split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "GET / HTTP/1.1", "host: a", "x-forwarded-for: 192.0.2.1, 192.0.2.2, 127.0.0.1", "x-forwarded-proto: https",
                "x-forwarded-host: a", "x-forwarded-port: \(gateway.address.port)", "x-request-id: theirs",
            ])
    }

    @Test func `an absolute target names the host`() throws {
        let origin = try Origin(answering: { Origin.ok("\($0.line) \($0["host"] ?? "-")") })
        let gateway = try TestGateway()
        try gateway.publish(
            "  host shop.example.com\n    prefix / -> r", "rule r\n  forward to c\n\(TestGateway.cluster("c", [origin.port]))")
        let answer = try gateway.ask("GET http://shop.example.com:80/x HTTP/1.1\r\nhost: other\r\n\r\n")
        #expect(answer.text == "GET /x HTTP/1.1 shop.example.com:80")
        #expect(try gateway.ask("GET / HTTP/1.1\r\nhost: shop.example.com:8080\r\n\r\n").status == 200)
        #expect(try gateway.ask("GET / HTTP/1.1\r\nhost: other\r\n\r\n").text == "404 NoHost\n")
    }

    @Test func `HEAD, 204 and 304 have no body and keep the connection`() throws {
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")
            _ = try wire.message()
            wire.send("HTTP/1.1 204 No Content\r\n\r\n")
            _ = try wire.message()
            wire.send("HTTP/1.1 304 Not Modified\r\ncontent-length: 77\r\netag: x\r\n\r\n")
            _ = try wire.message()
            wire.send(Origin.ok("end"))
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(try wire.message(hasBody: false)["content-length"] == "5000")
        wire.send(Self.get)
        #expect(try wire.message(hasBody: false).status == 204)
        wire.send(Self.get)
        #expect(try wire.message(hasBody: false)["content-length"] == "77")
        wire.send(Self.get)
        #expect(try wire.message().text == "end")
        #expect(origin.connections == 1)
    }

    @Test func `an answer without length is chunked for new clients and closed for old ones`() throws {
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            wire.send("HTTP/1.1 200 OK\r\n\r\nuntil the end")
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(Self.get)
        let answer = try wire.message()
        #expect(answer["transfer-encoding"] == "chunked")
        #expect(answer.text == "until the end")
        wire.send(Self.get)
        #expect(try wire.message().text == "until the end")
        let old = try gateway.connect()
        old.send("GET / HTTP/1.0\r\n\r\n")
        let head = try old.head()
        #expect(head["transfer-encoding"] == nil)
        #expect(head["connection"] == "close")
        #expect(try old.rest() == "until the end")
    }

    @Test func `an old client can keep its connection`() throws {
        let origin = try Origin(answering: { Origin.ok($0["host"] ?? "-") })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        for _ in 0..<2 {
            wire.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            let answer = try wire.message()
            #expect(answer["connection"] == "keep-alive")
            #expect(answer.text == "127.0.0.1:\(origin.port)")
        }
    }

    @Test func `an expectation is passed on, and so are interim answers`() throws {
        let origin = try Origin { wire, _ in
            let head = try wire.head()
            wire.send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
            wire.send(Origin.ok("\(head["expect"] ?? "-") \(String(decoding: try wire.bytes(4), as: UTF8.self))"))
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n")
        #expect(try wire.head()["link"] == "</a>")
        #expect(try wire.head().status == 100)
        wire.send("body")
        #expect(try wire.message().text == "100-continue body")
    }

    @Test func `a host may be left out by old clients only`() throws {
        let gateway = try TestGateway()
        try gateway.forward(to: [1])
        #expect(try gateway.ask("GET / HTTP/1.1\r\n\r\n").text == "400 BadRequest\n")
    }
}
