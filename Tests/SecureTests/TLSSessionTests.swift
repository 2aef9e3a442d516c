import Base
import Secure
import Testing

private typealias Pair = TLSPair
private typealias Authority = PairAuthority

@Suite struct TLSSessionTests {
    private static func made(
        _ credentials: [TLSTerminator.ServerName: TLSCertificate.Credential], protocols: [String] = []
    ) throws -> TLSTerminator {
        let offer = try TLSOffer(protocols: protocols, tickets: TLSTickets())
        return try TLSTerminator(try credentials.mapValues { try TLSCertificate([$0], offer) }, offer)
    }

    /// OpenSSL's memory comes from lists of the thread.
    @Test func `records and handshakes cost no memory once others have passed`() throws {
        let authority = try Authority()
        let terminator = try Self.made([.any: authority.credential("shop.test")])
        let trusting = try authority.trusting
        let pair = try Pair(terminator, client: trusting, name: "shop.test")
        pair.converse()
        func exchange() {
            #expect(pair.client.write([UInt8](repeating: 1, count: 20_000)) && pair.write([UInt8](repeating: 2, count: 40_000)))
            pair.converse()
            while case let piece = pair.client.read(), !piece.isEmpty {}
        }
        func shake() throws {
            let other = try Pair(terminator, client: trusting, name: "shop.test")
            other.converse()
            #expect(other.progress == .done)
        }
        for _ in 0..<10 {
            exchange()
            try shake()
        }
        let calls = pair.wire.systemCalls
        #expect(calls > 0)
        for _ in 0..<20 {
            exchange()
            try shake()
        }
        #expect(pair.wire.systemCalls == calls)
        // What is needed again and again is not given back.
        for _ in 0..<3 {
            try shake()
            exchange()
            pair.wire.trim()
        }
        let steady = pair.wire.systemCalls
        for _ in 0..<3 {
            try shake()
            exchange()
            pair.wire.trim()
        }
        #expect(pair.wire.systemCalls == steady)
        // What nobody needs goes.
        for _ in 0..<2 { pair.wire.trim() }
        exchange()
        #expect(pair.wire.systemCalls > steady)
    }

    @Test(arguments: [1, 7, 4_096, .max]) func `a handshake and data pass in pieces of any size`(step: Int) throws {
        let authority = try Authority()
        let terminator = try Self.made([.exact("shop.test"): authority.credential("shop.test")], protocols: ["http/1.1"])
        let pair = try Pair(terminator, client: authority.trusting, name: "shop.test")
        pair.step = step
        pair.room = max(1, min(step, 1_000))
        pair.converse()
        #expect(pair.client.state == .open)
        #expect(pair.progress == .done)
        #expect(pair.client.applicationProtocol == "http/1.1")

        let up = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(pair.client.write(up))
        pair.converse()
        #expect(pair.received == up)

        let down = [UInt8](repeating: 5, count: TLSWire.longestWrite)
        #expect(pair.write(down))
        pair.converse()
        var answer: [UInt8] = []
        while case let piece = pair.client.read(), !piece.isEmpty { answer += piece }
        #expect(answer == down)

        pair.client.close()
        pair.converse()
        #expect(pair.hasEnded)
    }

    @Test(arguments: [
        ("shop.test", "exact"), ("SHOP.test", "exact"), ("a.shop.test", "below"), ("b.a.shop.test", "below"),
        ("other.test", "any"),
    ])
    func `the certificate is the most specific one for the name`(name: String, expected: String) throws {
        let authority = try Authority()
        let terminator = try Self.made([
            .exact("shop.test"): authority.credential("exact", "shop.test"),
            .below("shop.test"): authority.credential("below", "*.shop.test", "*.a.shop.test"),
            .any: authority.credential("any", "other.test"),
        ])
        let pair = try Pair(terminator, client: authority.trusting, name: name)
        pair.converse()
        #expect(pair.client.state == .open)
        #expect(pair.client.peerCertificate?.commonName == expected)
    }

    @Test func `without a certificate for the name or for any, the client is told so`() throws {
        let authority = try Authority()
        let terminator = try Self.made([.exact("shop.test"): authority.credential("shop.test")])
        for name in ["other.test", nil] {
            let pair = try Pair(terminator, client: authority.trusting, name: name)
            pair.converse()
            #expect(pair.progress == .failed(.unknownName))
            guard case .failed(let error) = pair.client.state else {
                Issue.record("the client went on")
                continue
            }
            #expect(error.message.contains("unrecognized name"))
        }
    }

    @Test func `plain HTTP is recognised`() throws {
        let authority = try Authority()
        let terminator = try Self.made([.any: authority.credential("shop.test")])
        let pair = try Pair(terminator, client: authority.trusting, name: "shop.test")
        pair.deliver(Array("GET / HTTP/1.1\r\nhost: shop.test\r\n\r\n".utf8))
        #expect(pair.progress == .failed(.plainHTTP))
    }

    @Test func `a client that does not trust the certificate is named as the one who refused`() throws {
        let terminator = try Self.made([.any: try Authority().credential("shop.test")])
        let pair = try Pair(terminator, client: try Authority().trusting, name: "shop.test")
        pair.converse()
        if pair.progress == .waiting { pair.deliver([]) }
        #expect(pair.progress == .failed(.refused))
    }

    @Test func `a connection outlives the certificates that it began with`() throws {
        let authority = try Authority()
        var terminator: TLSTerminator? = try Self.made([.exact("shop.test"): authority.credential("shop.test")])
        let pair = try Pair(try #require(terminator), client: authority.trusting, name: "shop.test")
        terminator = nil
        pair.converse()
        #expect(pair.progress == .done)
        #expect(pair.client.write(Array("still here".utf8)))
        pair.converse()
        #expect(pair.received == Array("still here".utf8))
    }

    @Test func `a key of another certificate is refused`() throws {
        let authority = try Authority()
        let (one, other) = (try authority.credential("one.test"), try authority.credential("other.test"))
        let error = #expect(throws: SecureError.self) { try TLSCertificate.Credential(chain: one.chain, key: other.key) }
        #expect(error?.message == "the private key does not belong to the certificate")
    }
}
