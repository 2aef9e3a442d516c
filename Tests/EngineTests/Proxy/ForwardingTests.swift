import Base
@testable import Engine
import Foundation
import Graph
import Testing

/// Requests and answers over real sockets.
@Suite struct ForwardingTests {
    static let get = "GET / HTTP/1.1\r\nhost: shop.example.com\r\n\r\n"

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
}
