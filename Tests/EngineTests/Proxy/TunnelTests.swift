import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Testing

/// Upgrades.
@Suite struct TunnelTests {
    static let upgrade =
        "GET /chat HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n"

    @Test func `bytes pass both ways, also those that came with the heads`() throws {
        let origin = try Origin { wire, _ in
            let head = try wire.head()
            let wanted = "\(head["upgrade"] ?? "-") \(head["connection"] ?? "-")"
            wire.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n[\(wanted)]")
            while true { wire.send(try wire.bytes(5)) }
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(Self.upgrade + "first")
        let head = try wire.head()
        #expect(head.status == 101)
        #expect(head["upgrade"] == "websocket")
        #expect(head["connection"] == "upgrade")
        #expect(try wire.text(through: "]") == "[websocket upgrade]")
        #expect(try wire.bytes(5) == Array("first".utf8))
        for i in 0..<100 {
            wire.send("\(10000 + i)")
            #expect(try wire.bytes(5) == Array("\(10000 + i)".utf8))
        }
    }

    @Test func `one end may stop before the other`() throws {
        let origin = try Origin { wire, _ in
            _ = try wire.head()
            wire.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n")
            let all = try wire.rest()
            wire.send("got \(all)")
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(Self.upgrade)
        #expect(try wire.head().status == 101)
        wire.send("everything")
        wire.finishWriting()
        #expect(try wire.rest() == "got everything")
    }

    @Test func `a slow end holds the other back`() throws {
        let size = 20_000_000
        let origin = try Origin { wire, _ in
            _ = try wire.head()
            wire.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n")
            for _ in 0..<20 { wire.send([UInt8](repeating: 7, count: 1_000_000)) }
            wire.finishWriting()
            _ = try wire.rest()
        }
        let gateway = try TestGateway { $0.limits.blockBytes = 2 << 20 }
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(Self.upgrade)
        #expect(try wire.head().status == 101)
        var left = size
        while left > 0 {
            let n = min(left, 1_000_000)
            #expect(try wire.bytes(n).allSatisfy { $0 == 7 })
            left -= n
        }
        #expect(try wire.isAtEnd)
    }

    @Test func `an endpoint may refuse to upgrade`() throws {
        let origin = try Origin(answering: { _ in "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno" })
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(Self.upgrade)
        #expect(try wire.message().text == "no")
        wire.send(ForwardingTests.get)
        #expect(try wire.message().status == 403)
    }

    @Test func `a tunnel outlives its plan, and a silent one ends`() throws {
        let origin = try Origin { wire, _ in
            _ = try wire.head()
            wire.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n")
            while true { wire.send(try wire.bytes(1)) }
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port], rule: "  timeout idle 300ms\n")
        let wire = try gateway.connect()
        wire.send(Self.upgrade)
        #expect(try wire.head().status == 101)
        for i in 0..<10 {
            try gateway.publish("  host *\n    prefix /\(i) -> r", "rule r\n  respond 200 body \"x\"")
            wire.send("a")
            #expect(try wire.bytes(1) == [97])
        }
        #expect(try wire.isAtEnd)
    }
}
