import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Testing

/// Bodies in both directions.
@Suite struct BodyTests {
    @Test func `chunks and trailers pass in both directions`() throws {
        let origin = try Origin { wire, _ in
            let request = try wire.message()
            wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n")
            let body = request.text + "|" + request.trailers.replacingOccurrences(of: "\r\n", with: ";")
            wire.send("\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\nx-sum: 42\r\ncontent-length: 7\r\n\r\n")
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        wire.send("0A\r\n0123456789\r\n0\r\nx-check: 1\r\nhost: evil\r\n\r\n")
        let answer = try wire.message()
        // A trailer may not say what only a head may.
        #expect(answer.text == "helloabc0123456789|x-check: 1;")
        #expect(answer.trailers == "x-sum: 42\r\n")
    }

    @Test(arguments: [true, false]) func `large bodies pass both ways at once`(isChunked: Bool) throws {
        let size = 5_000_000
        let origin = try Origin { wire, _ in
            let head = try wire.head()
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
            var left = size
            while left > 0 {
                if head["transfer-encoding"] != nil {
                    let n = try #require(Int(try wire.text(through: "\r\n").dropLast(), radix: 16))
                    wire.send(try wire.bytes(n))
                    _ = try wire.bytes(2)
                    left -= n
                } else {
                    let n = min(left, 100_000)
                    wire.send(try wire.bytes(n))
                    left -= n
                }
            }
            if head["transfer-encoding"] != nil { _ = try wire.text(through: "0\r\n\r\n") }
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        var random = SeededRandom(seed: 7)
        let body = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let wire = try gateway.connect()
        let sender = wire.sender
        SystemThread.start("sender") {
            if isChunked {
                sender.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
                for start in stride(from: 0, to: size, by: 70_000) {
                    let piece = body[start..<min(size, start + 70_000)]
                    sender.send("\(String(piece.count, radix: 16))\r\n")
                    sender.send(Array(piece))
                    sender.send("\r\n")
                }
                sender.send("0\r\n\r\n")
            } else {
                sender.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: \(size)\r\n\r\n")
                sender.send(body)
            }
        }
        #expect(try wire.message().body == body)
        wire.send(ForwardingTests.get)
    }

    @Test func `a slow reader holds the endpoint back, in bounded memory`() throws {
        let size = 30_000_000
        let sent = Condition()
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: \(size)\r\n\r\n")
            let piece = [UInt8](repeating: 120, count: 1_000_000)
            for i in 1...30 {
                wire.send(piece)
                sent.raise(UInt64(i))
            }
        }
        // Less than the body: what was not held back would not fit.
        let gateway = try TestGateway { $0.limits.blockBytes = 2 << 20 }
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(ForwardingTests.get)
        _ = try wire.head()
        sent.wait(for: 1)
        #expect(sent.current < 30)
        var left = size
        while left > 0 {
            let n = min(left, 500_000)
            #expect(try wire.bytes(n).allSatisfy { $0 == 120 })
            left -= n
        }
    }

    @Test func `an early answer to a long request arrives, and the connection closes`() throws {
        let origin = try Origin { wire, _ in
            _ = try wire.head()
            wire.send("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50000000\r\n\r\n")
        wire.send([UInt8](repeating: 1, count: 100_000))
        let answer = try wire.message()
        #expect(answer.status == 413)
        #expect(answer["connection"] == "close")
        #expect(answer.text == "no")
        #expect(try wire.isAtEnd)
    }

    @Test func `an answer that breaks off is broken off`() throws {
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npartial")
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        let wire = try gateway.connect()
        wire.send(ForwardingTests.get)
        #expect(try wire.head().status == 200)
        #expect(try wire.rest() == "partial")
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n", "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", "HTTP/1.1 2",
    ])
    func `an answer that is none is 502`(answer: String) throws {
        let origin = try Origin { wire, _ in
            _ = try wire.message()
            wire.send(answer)
        }
        let gateway = try TestGateway()
        try gateway.forward(to: [origin.port])
        #expect(try gateway.ask(ForwardingTests.get).status == 502)
    }

    @Test func `a body that nobody wants does not end the connection`() throws {
        let gateway = try TestGateway()
        try gateway.publish("  host shop.example.com\n    prefix / -> r", "rule r\n  respond 200 body \"x\"")
        let wire = try gateway.connect()
        for _ in 0..<2 {
            wire.send("POST / HTTP/1.1\r\nhost: nobody\r\ncontent-length: 3\r\n\r\nabc")
            let answer = try wire.message()
            #expect(answer.text == "404 NoHost\n")
            #expect(answer["connection"] == nil)
        }
    }
}
