import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Synchronization
import TestKit
import Testing

/// Graphs that change under load, listeners that come and go, and the end.
@Suite struct ChangeTests {
    @Test func `no request fails while graphs change, and old plans go`() throws {
        let origin = try Origin(answering: { Origin.ok($0.line) })
        let gateway = try TestGateway(workers: 2)
        try gateway.forward(to: [origin.port])
        let failures = Origin.Counter()
        let done = Condition()
        let stop = Condition()
        for _ in 0..<4 {
            SystemThread.start("client") {
                do {
                    let wire = try gateway.connect()
                    while stop.current == 0 {
                        wire.send(ForwardingTests.get)
                        if try wire.message().status != 200 { _ = failures.next() }
                    }
                } catch { _ = failures.next() }
                done.add(1)
            }
        }
        for i in 0..<60 {
            try gateway.publish(
                "  host *\n    prefix / -> r\(i)", "rule r\(i)\n  forward to c\n\(TestGateway.cluster("c", [origin.port]))")
        }
        stop.raise(1)
        done.wait(for: 4)
        #expect(failures.value == 0)
        #expect(gateway.proxy.acknowledged == 61)
        #expect(gateway.proxy.servedGraph?.listeners.first?.hosts.first?.entries.first?.rule.id == "r59")
    }

    @Test func `endpoints change without a graph`() throws {
        let one = try Origin(answering: { _ in Origin.ok("one") })
        let two = try Origin(answering: { _ in Origin.ok("two") })
        let gateway = try TestGateway()
        try gateway.forward(to: [one.port])
        let wire = try gateway.connect()
        wire.send(ForwardingTests.get)
        #expect(try wire.message().text == "one")
        gateway.proxy.update(.endpoints("c", [Endpoint(address: "127.0.0.1", port: two.port)]))
        wire.send(ForwardingTests.get)
        #expect(try wire.message().text == "two")
        #expect(gateway.proxy.servedGraph?.endpoints["c"]?.map(\.port) == [two.port])
    }

    @Test func `a graph opens and closes listeners`() throws {
        let gateway = try TestGateway()
        let other = SocketAddress(.v4Loopback, try UnusedPort.take())
        let report = try gateway.publish(
            "  host *\n    prefix / -> one\nlistener http \(other)\n  host *\n    prefix / -> two",
            "rule one\n  respond 200 body \"one\"\nrule two\n  respond 200 body \"two\"")
        #expect(report.failedListeners.isEmpty)
        #expect(try gateway.ask(ForwardingTests.get).text == "one")
        let wire = try Wire(to: other)
        wire.send(ForwardingTests.get)
        #expect(try wire.message().text == "two")
        try gateway.publish("  host *\n    prefix / -> one", "rule one\n  respond 200 body \"one\"")
        #expect(throws: (any Error).self) { try Wire(to: other) }
    }

    @Test func `a port that is taken is told`() throws {
        let taken = try Origin { _, _ in }
        let gateway = try TestGateway()
        let address = SocketAddress(.v4Loopback, taken.port)
        #expect(throws: SystemError.self) { try gateway.proxy.reserve(address) }
        // Also one that another gateway of the same user holds.
        let second = try TestGateway()
        #expect(throws: SystemError.self) { try second.proxy.reserve(gateway.address) }
        let report = try gateway.publish(
            "  host *\n    prefix / -> r\nlistener http \(address)\n  host *\n    prefix / -> r\nlistener tcp 127.0.0.1:0\nlistener tcp \(address)",
            "rule r\n  respond 200")
        #expect(
            report.failedListeners == [
                ListenerKey(address: "127.0.0.1", port: taken.port, transport: .http):
                    "listening on \(address): Address already in use",
                ListenerKey(address: "127.0.0.1", port: taken.port, transport: .tcp):
                    "listening on \(address): Address already in use",
                ListenerKey(address: "127.0.0.1", port: 0, transport: .tcp): "127.0.0.1 port 0 is not an address to listen on",
            ])
    }

    @Test func `draining lets a request finish and turns nobody away before`() throws {
        let asked = Condition()
        let answer = Condition()
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            asked.raise(1)
            answer.wait(for: 1)
            wire.send(Origin.ok("done"))
        }
        let gateway = try TestGateway(workers: 2)
        try gateway.forward(to: [origin.port])
        let idle = try gateway.connect()
        let busy = try gateway.connect()
        busy.send(ForwardingTests.get)
        asked.wait(for: 1)
        let drained = Condition()
        SystemThread.start("drain") {
            let report = gateway.drain(within: .seconds(20))
            drained.raise(report.cut == 0 && report.finished == 1 ? 1 : 2)
        }
        // A connection between requests ends at once. That says that its worker drains, not that the other one does: workers are told
        // one after the other. Nobody listens any more when both do.
        #expect(try idle.isAtEnd)
        while (try? gateway.connect()) != nil {}
        answer.raise(1)
        let message = try busy.message()
        #expect(message.text == "done")
        #expect(message["connection"] == "close")
        drained.wait(for: 1)
        #expect(drained.current == 1)
        #expect(throws: (any Error).self) { try gateway.connect() }
    }

    @Test func `draining ends what does not end by itself`() throws {
        let asked = Condition()
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            asked.raise(1)
            _ = try wire.rest()
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let busy = try gateway.connect()
        busy.send(ForwardingTests.get)
        asked.wait(for: 1)
        let report = gateway.drain(within: .milliseconds(20))
        #expect(report.cut == 1)
        #expect(report.finished == 0)
        #expect(try busy.isAtEnd)
    }

    @Test func `filters change heads, and a redirect answers`() throws {
        let origin = try Origin(answering: { request in
            Origin.ok(
                "\(request.line) \(request["host"] ?? "-") \(request["x-set"] ?? "-") \(request["x-gone"] ?? "-")", "x-old: 1\r\n"
            )
        })
        let gateway = try TestGateway()
        try gateway.publish(
            "  host *\n    prefix /old -> r\n    prefix /moved -> m",
            """
            rule r
              request-headers set x-set yes remove x-gone
              response-headers set x-new 2 remove x-old
              rewrite host inner.example path prefix /new
              forward to c
            rule m
              redirect 301 scheme http host new.example path full /here
            \(TestGateway.cluster("c", [origin.port]))
            """)
        let answer = try gateway.ask("GET /old/deep?q=1 HTTP/1.1\r\nhost: a\r\nx-set: no\r\nx-gone: 1\r\n\r\n")
        #expect(answer.text == "GET /new/deep?q=1 HTTP/1.1 inner.example yes -")
        #expect(answer["x-new"] == "2")
        #expect(answer["x-old"] == nil)
        let moved = try gateway.ask("GET /moved HTTP/1.1\r\nhost: a\r\n\r\n")
        #expect(moved.status == 301)
        #expect(moved["location"]?.hasPrefix("http://new.example/here") == true)
    }
}
