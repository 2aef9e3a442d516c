import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Testing

/// Connections that are joined to an endpoint as they are, over real sockets and threads.
@Suite struct SessionTests {
    private static func joined(_ ports: [UInt16], cluster: String = "http loopback") -> (hosts: String, rest: String) {
        let endpoints = ports.map { "  endpoint 127.0.0.1:\($0)\n" }.joined()
        return ("  host * joined\n    -> r", "rule r\n  forward to c\ncluster c \(cluster)\n\(endpoints)")
    }

    private static func echo() throws -> Origin {
        try Origin { wire, _ in
            let all = try wire.rest()
            wire.send("got \(all)")
        }
    }

    @Test func `many at a time arrive whole, each at its own end`() throws {
        let origin = try Self.echo()
        let gateway = try TestGateway(workers: 2, transport: .tcp)
        let (hosts, rest) = Self.joined([origin.port])
        try gateway.publish(hosts, rest)
        let wires = try (0..<40).map { _ in try gateway.connect() }
        for (i, wire) in wires.enumerated() {
            wire.send(String(repeating: "\(i % 10)", count: 50_000))
            wire.finishWriting()
        }
        for (i, wire) in wires.enumerated() {
            #expect(try wire.rest() == "got " + String(repeating: "\(i % 10)", count: 50_000))
        }
    }

    @Test func `a change of the route touches no session that runs`() throws {
        let (first, second) = (try Self.echo(), try Self.echo())
        let gateway = try TestGateway(transport: .tcp)
        let one = Self.joined([first.port])
        try gateway.publish(one.hosts, one.rest)
        let wire = try gateway.connect()
        wire.send("a")
        let other = Self.joined([second.port])
        try gateway.publish(other.hosts, other.rest)
        try gateway.publish("", "")
        wire.send("b")
        wire.finishWriting()
        #expect(try wire.rest() == "got ab")
    }

    @Test func `a drain waits for sessions as long as it may, and counts those it cuts`() throws {
        let origin = try Self.echo()
        let gateway = try TestGateway(transport: .tcp)
        let (hosts, rest) = Self.joined([origin.port])
        try gateway.publish(hosts, rest)
        let wire = try gateway.connect()
        wire.send("held")
        let report = gateway.drain(within: .milliseconds(300))
        #expect(report.tunnels == 1 && report.cut == 0)
        #expect(try wire.rest() == "")
    }

    @Test func `an endpoint that wants to know is told whom a connection is from`() throws {
        let origin = try Self.echo()
        let gateway = try TestGateway(transport: .tcp)
        let (hosts, rest) = Self.joined([origin.port], cluster: "http loopback proxy-protocol v1")
        try gateway.publish(hosts, rest)
        let wire = try gateway.connect()
        wire.send("hello")
        wire.finishWriting()
        let line = try wire.rest()
        #expect(
            line.wholeMatch(of: /got PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 [0-9]+ ([0-9]+)\r\nhello/)?.1
                == "\(gateway.address.port)")
    }
}
