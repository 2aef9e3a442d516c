import Base
import Secure
import Testing

/// A client's `TLSMachine` and a server's `TLSSession` with the wire between them. Nobody here is on a network.
private final class Pair {
    let client: TLSMachine
    let wire = TLSWire(inputCapacity: 65_536)
    let session: TLSSession
    /// Bytes at a time, from the client to the server.
    var step = Int.max
    /// How much the server's reader has room for.
    var room = 16_384
    private(set) var progress = TLSSession.Progress.waiting
    private(set) var received: [UInt8] = []
    private(set) var hasEnded = false
    private let plain = Buffer(capacity: 65_536)
    /// Ciphertext that the session did not read yet.
    private var leftover: [UInt8] = []

    init(_ terminator: TLSTerminator, client context: TLSContext, name: String?) throws {
        client = try TLSMachine(context, serverName: name)
        session = TLSSession.accept(terminator.reference, wire)
    }

    deinit { session.free() }

    /// Until nobody has anything to say.
    func converse() {
        client.advanceHandshake()
        var isQuiet = false
        while !isQuiet {
            var rest = client.takeCiphertext()[...]
            isQuiet = rest.isEmpty
            while !rest.isEmpty {
                deliver(rest.prefix(min(step, 16_384)))
                rest = rest.dropFirst(min(step, 16_384))
            }
            let answer = pending(wire)
            wire.sent()
            if !answer.isEmpty {
                client.receive(answer)
                isQuiet = false
            }
        }
    }

    func deliver(_ ciphertext: some Collection<UInt8>) {
        let all = leftover + ciphertext
        wire.input.write(all.span, at: 0)
        wire.accept(all.count)
        if progress == .waiting { progress = session.handshake() }
        while progress == .done {
            let n = session.read(into: plain, 0..<room)
            if n <= 0 {
                hasEnded = n == 0
                break
            }
            received += bytes(plain, n)
        }
        leftover = unread(wire)
        wire.forget()
    }

    func write(_ plaintext: [UInt8]) -> Bool { session.write(plaintext.span) }
}

// Spans of what a class owns do not leave the call that borrows it.
private func pending(_ wire: borrowing TLSWire) -> [UInt8] { (0..<wire.pending.count).map { wire.pending[$0] } }
private func unread(_ wire: borrowing TLSWire) -> [UInt8] { (0..<wire.unread.count).map { wire.unread[$0] } }
private func bytes(_ buffer: borrowing Buffer, _ count: Int) -> [UInt8] { (0..<count).map { buffer[$0] } }

private struct Authority {
    let ca: CertificateAuthority

    init() throws {
        ca = try .selfSigned(CertificateTemplate(.authority, commonName: "CA", validFrom: 0, validUntil: 4_000_000_000))
    }

    func credential(_ names: String...) throws -> TLSCertificate.Credential {
        var template = CertificateTemplate(.server, commonName: names[0], validFrom: 0, validUntil: 4_000_000_000)
        template.alternativeNames = names.map { .dns($0) }
        let identity = try ca.issue(template)
        return try .init(chain: [identity.certificate], key: identity.key)
    }

    var trusting: TLSContext {
        get throws {
            let authorities = [ca.identity.certificate]
            return try TLSContext(.client, verifying: .required(authorities: authorities), protocols: ["h2", "http/1.1"])
        }
    }
}

@Suite struct TLSSessionTests {
    private static func made(
        _ credentials: [TLSTerminator.ServerName: TLSCertificate.Credential], protocols: [String] = []
    ) throws -> TLSTerminator {
        let offer = try TLSOffer(protocols: protocols)
        return try TLSTerminator(try credentials.mapValues { try TLSCertificate([$0], offer) }, offer)
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
