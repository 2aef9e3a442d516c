import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Testing

/// Clients that send rubbish, are slow, or leave.
@Suite struct ClientTests {
    @Test(arguments: [
        ("rubbish\r\n\r\n", "400 BadRequest"), ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "400 BadRequest"),
        ("GET /%zz HTTP/1.1\r\nhost: a\r\n\r\n", "400 BadRequest"), ("GET /../x HTTP/1.1\r\nhost: a\r\n\r\n", "400 BadRequest"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n", "400 BadRequest"),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", "400 BadRequest"),
        ("CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", "501 NotImplemented"),
        ("GET / HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\n\r\n", "417 ExpectationFailed"),
        ("GET / HTTP/1.1\r\nhost: a\r\nx: \(String(repeating: "y", count: 100_000))\r\n\r\n", "431 HeadTooLarge"),
    ])
    func `what is no request is refused, and the connection closed`(request: String, answer: String) throws {
        let origin = try Origin { wire, _ in _ = try wire.rest() }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(request)
        let got = try wire.message()
        #expect(got.text == answer + "\n")
        #expect(got["connection"] == "close")
        #expect(try wire.isAtEnd)
        // Nobody else is affected.
        #expect(
            try gateway.ask("OPTIONS * HTTP/1.0\r\n\r\n\r\n".replacingOccurrences(of: "OPTIONS *", with: "BAD")).status == 400)
    }

    @Test func `a head that does not come to its end is 408`() throws {
        let gateway = try TestGateway { $0.limits.headTime = 30 }
        let wire = try gateway.connect()
        wire.send("GET / HT")
        #expect(try wire.message().text == "408 RequestTimeout\n")
        #expect(try wire.isAtEnd)
    }

    @Test func `idle connections of clients are closed`() throws {
        let gateway = try TestGateway { $0.limits.clientIdle = 30 }
        let wire = try gateway.connect()
        #expect(try wire.isAtEnd)
    }

    @Test func `a body that does not come is 408`() throws {
        let origin = try Origin { wire, _ in _ = try wire.rest() }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port], rule: "  timeout idle 30ms\n")
        let wire = try gateway.connect()
        wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf")
        #expect(try wire.message().text == "408 RequestTimeout\n")
    }

    @Test func `an endpoint learns that the client is gone`() throws {
        let gone = Condition()
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
            let piece = [UInt8](repeating: 1, count: 100_000)
            while wire.send(piece) {}
            gone.raise(1)
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(ForwardingTests.get)
        _ = try wire.head()
        wire.close()
        gone.wait(for: 1)
    }

    @Test func `a client that has said all it will say still gets its answers`() throws {
        let origin = try Origin(answering: { Origin.ok($0.line) })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send("GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n")
        wire.finishWriting()
        #expect(try wire.message().text == "GET /1 HTTP/1.1")
        #expect(try wire.message().text == "GET /2 HTTP/1.1")
        #expect(try wire.isAtEnd)
    }

    @Test func `more clients than allowed are turned away`() throws {
        let gateway = try TestGateway { $0.limits.clients = 2 }
        try gateway.publish("  host *\n    prefix / -> r", "rule r\n  respond 200 body \"x\"")
        let first = try gateway.connect()
        let second = try gateway.connect()
        for wire in [first, second] {
            wire.send(ForwardingTests.get)
            #expect(try wire.message().text == "x")
        }
        #expect(try gateway.connect().message().text == "503 Overloaded\n")
    }
}
