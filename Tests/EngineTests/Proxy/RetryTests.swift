import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import TestKit
import Testing

/// Endpoints that refuse, die, hang or fail.
@Suite struct RetryTests {
    @Test func `a refused connection is tried elsewhere`() throws {
        let origin = try Origin(answering: { Origin.ok($0.text) })
        let gateway = try TestGateway()
        try gateway.forward(to: [try UnusedPort.take(), origin.port])
        for _ in 0..<20 {
            let answer = try gateway.ask("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
            #expect(answer.status == 200)
            #expect(answer.text == "body")
        }
    }

    @Test func `nobody there is 502, and no endpoints are 503`() throws {
        let gateway = try TestGateway()
        try gateway.forward(to: [try UnusedPort.take()])
        #expect(try gateway.ask(ForwardingTests.get).text == "502 ConnectFailed\n")
        try gateway.forward(to: [])
        #expect(try gateway.ask(ForwardingTests.get).text == "503 NoEndpoints\n")
    }

    @Test func `a kept connection that died is replaced`() throws {
        // Each connection serves one request and closes when the second begins to arrive.
        let origin = try Origin { wire, _ in
            wire.send(Origin.ok(try wire.message().line))
            _ = try wire.bytes(1)
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        for i in 0..<5 {
            wire.send("GET /\(i) HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try wire.message().text == "GET /\(i) HTTP/1.1")
        }
    }

    @Test func `what an endpoint may have begun is not repeated`() throws {
        let seen = Origin.Counter()
        let origin = try Origin { wire, _ in
            wire.send(Origin.ok(try wire.message().line))
            _ = try wire.message()
            _ = seen.next()
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(ForwardingTests.get)
        #expect(try wire.message().status == 200)
        wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nab")
        #expect(try wire.message().text == "502 UpstreamClosed\n")
        #expect(seen.value == 1)
    }

    @Test func `a rule retries the statuses that it names`() throws {
        let count = Origin.Counter()
        let origin = try Origin(answering: { request in
            count.next() < 2 ? "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy" : Origin.ok(request.text)
        })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port], rule: "  retry 2 codes 503 backoff 1ms budget 100%\n")
        let answer = try gateway.ask("PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
        #expect(answer.status == 200)
        #expect(answer.text == "body")
    }

    @Test func `an answer that asks for a retry is passed on when there are no more tries`() throws {
        let origin = try Origin(answering: { _ in "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy" })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port], rule: "  retry 1 codes 503 backoff 1ms budget 100%\n")
        let answer = try gateway.ask(ForwardingTests.get)
        #expect(answer.text == "busy")
    }

    @Test func `an endpoint that hangs is overtaken by a second one`() throws {
        let silent = try Origin { wire, _ in _ = try wire.rest() }
        let origin = try Origin(answering: { Origin.ok($0.text) })
        let gateway = try TestGateway()
        try gateway.forward(to: [silent.port, origin.port], rule: "  hedge 5ms 100%\n")
        for _ in 0..<10 {
            let answer = try gateway.ask("PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
            #expect(answer.status == 200)
            #expect(answer.text == "body")
        }
    }

    @Test(arguments: ["  timeout request 30ms\n", "  timeout try 30ms\n"])
    func `an endpoint that hangs is 504`(rule: String) throws {
        let origin = try Origin { wire, _ in _ = try wire.rest() }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port], rule: rule)
        let wire = try gateway.connect()
        wire.send(ForwardingTests.get)
        #expect(try wire.message().text == "504 UpstreamTimeout\n")
        wire.send(ForwardingTests.get)
        #expect(try wire.message().status == 504)
    }

    @Test func `an answer that stalls is broken off`() throws {
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
            _ = try wire.rest()
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port], rule: "  timeout idle 30ms\n")
        let wire = try gateway.connect()
        wire.send(ForwardingTests.get)
        #expect(try wire.head().status == 200)
        #expect(try wire.rest() == "half")
    }

    @Test func `a backend that is missing answers 500`() throws {
        let gateway = try TestGateway()
        try gateway.publish(
            "  host *\n    prefix / -> r", "rule r\n  forward\n    arm default 1\n      backend missing BackendNotFound")
        #expect(try gateway.ask(ForwardingTests.get).text == "500 BackendNotFound\n")
    }
}
