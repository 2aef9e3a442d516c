import Base
import Secure
import Testing

/// Our `TLSSession` as a client and a server's `TLSMachine`, with the wire between them.
private final class Call {
    let server: TLSMachine
    let session: TLSSession
    private(set) var progress = TLSSession.Progress.waiting
    private(set) var received: [UInt8] = []
    /// What reading came to last.
    private(set) var last = TLSSession.nothing
    private let wire = TLSWire(inputCapacity: 65_536)
    private let plain = Buffer(capacity: 65_536)

    init(_ connector: TLSConnector, _ context: TLSContext) throws {
        server = try TLSMachine(context)
        session = TLSSession.connect(connector.reference, wire)
        converse()
    }

    deinit { session.free() }

    /// Until nobody has anything to say.
    func converse() {
        var isFirst = true
        while true {
            let answer = server.takeCiphertext()
            guard isFirst || !answer.isEmpty || hasWords else { return }
            isFirst = false
            deliver(answer)
            let words = pending(wire)
            wire.sent()
            if !words.isEmpty { server.receive(words) }
        }
    }

    private var hasWords: Bool { !pending(wire).isEmpty }

    private func deliver(_ ciphertext: [UInt8]) {
        wire.input.write(ciphertext.span, at: 0)
        wire.accept(ciphertext.count)
        if progress == .waiting { progress = session.handshake() }
        guard progress == .done else { return }
        repeat {
            last = session.read(into: plain, 0..<65_536)
            if last > 0 { received += bytes(plain, last) }
        } while last > 0
    }

    func say(_ text: String) -> Bool {
        let isSaid = session.write(Array(text.utf8).span)
        converse()
        return isSaid
    }
}

// Spans of what a class owns do not leave the call that borrows it.
private func pending(_ wire: borrowing TLSWire) -> [UInt8] { (0..<wire.pending.count).map { wire.pending[$0] } }
private func bytes(_ buffer: borrowing Buffer, _ count: Int) -> [UInt8] { (0..<count).map { buffer[$0] } }

private struct Authority {
    let ca: CertificateAuthority

    init() throws {
        ca = try .selfSigned(CertificateTemplate(.authority, commonName: "CA", validFrom: 0, validUntil: 4_000_000_000))
    }

    var trust: TrustStore { get throws { try TrustStore([ca.identity.certificate]) } }

    func identity(
        _ names: SubjectAlternativeName..., purpose: CertificateTemplate.Purpose = .server, commonName: String = "unused",
        from start: Int64 = 0, until end: Int64 = 4_000_000_000
    ) throws -> Identity {
        var template = CertificateTemplate(purpose, commonName: commonName, validFrom: start, validUntil: end)
        template.alternativeNames = names
        return try ca.issue(template)
    }

    func server(_ identity: Identity, asking authority: Authority? = nil) throws -> TLSContext {
        try TLSContext(
            .server, identity: identity,
            verifying: authority.map { .required(authorities: [$0.ca.identity.certificate]) } ?? .none,
            protocols: ["h2", "http/1.1"])
    }
}

@Suite struct TLSConnectorTests {
    private static let name = "web.shop.svc"

    @Test func `a server is asked for by its name and verified`() throws {
        let authority = try Authority()
        let connector = try TLSConnector(server: Self.name, verifying: .by(authority.trust), protocols: ["http/1.1"])
        let call = try Call(connector, authority.server(authority.identity(.dns(Self.name))))
        #expect(call.progress == .done)
        #expect(call.server.state == .open)
        #expect(call.server.serverName == Self.name)
        #expect(call.server.applicationProtocol == "http/1.1")
        #expect(call.say("hello"))
        #expect(call.server.read() == Array("hello".utf8))
        call.server.write(Array("welcome".utf8))
        call.converse()
        #expect(call.received == Array("welcome".utf8))
        call.server.close()
        call.converse()
        #expect(call.last == 0)
        #expect(call.session.hasPending)
    }

    @Test func `what is wrong with a certificate has a name of its own`() throws {
        let authority = try Authority()
        let connector = try TLSConnector(server: Self.name, verifying: .by(authority.trust))
        let wrong: [(Identity, TLSSession.Failure)] = [
            (try Authority().identity(.dns(Self.name)), .untrusted),
            (try authority.identity(.dns(Self.name), purpose: .client), .untrusted),
            (try authority.identity(.dns("other.shop.svc")), .wrongName),
            // RFC 9525: neither the common name, nor a star for a part of a label, nor for two labels.
            (try authority.identity(commonName: Self.name), .wrongName),
            (try authority.identity(.dns("w*.shop.svc")), .wrongName),
            (try authority.identity(.dns("*.svc")), .wrongName),
            (try authority.identity(.dns(Self.name), until: 1_000_000), .outOfTime),
            (try authority.identity(.dns(Self.name), from: 3_900_000_000), .outOfTime),
        ]
        for (i, (identity, failure)) in wrong.enumerated() {
            let call = try Call(connector, authority.server(identity))
            #expect(call.progress == .failed(failure), "case \(i)")
            #expect(call.server.state != .open)
        }
        let star = try Call(connector, authority.server(authority.identity(.dns("*.shop.svc"))))
        #expect(star.progress == .done)
    }

    @Test func `without verification whoever answers is believed`() throws {
        let connector = try TLSConnector(server: Self.name, verifying: .none)
        let authority = try Authority()
        let call = try Call(connector, authority.server(authority.identity(.dns("other.test"), until: 1_000_000)))
        #expect(call.progress == .done)
    }

    @Test func `nobody is trusted where nobody is named`() throws {
        let authority = try Authority()
        let connector = try TLSConnector(server: Self.name, verifying: .by(TrustStore([])))
        #expect(try Call(connector, authority.server(authority.identity(.dns(Self.name)))).progress == .failed(.untrusted))
    }

    @Test func `an address is found in the certificate and not asked for`() throws {
        let authority = try Authority()
        let connector = try TLSConnector(server: "10.0.0.1", verifying: .by(authority.trust))
        let call = try Call(connector, authority.server(authority.identity(.address([10, 0, 0, 1]))))
        #expect(call.progress == .done)
        #expect(call.server.serverName == nil)
        let other = try Call(connector, authority.server(authority.identity(.address([10, 0, 0, 2]))))
        #expect(other.progress == .failed(.wrongName))
    }

    @Test func `the server's own certificate can be what is trusted`() throws {
        let authority = try Authority()
        let identity = try authority.identity(.dns(Self.name))
        let connector = try TLSConnector(server: Self.name, verifying: .by(TrustStore([identity.certificate])))
        #expect(try Call(connector, authority.server(identity)).progress == .done)
    }

    @Test func `a server that asks for a certificate is shown it`() throws {
        let authority = try Authority()
        let identity = try authority.identity(.dns("gateway"), purpose: .client)
        let shown = try TLSCertificate([.init(chain: [identity.certificate], key: identity.key)], TLSOffer(tickets: TLSTickets()))
        let connector = try TLSConnector(server: Self.name, verifying: .by(authority.trust), identity: shown)
        let call = try Call(connector, authority.server(authority.identity(.dns(Self.name)), asking: authority))
        #expect(call.progress == .done)
        #expect(call.server.state == .open)
        #expect(call.server.peerCertificate?.subjectAlternativeNames == [.dns("gateway")])
    }

    @Test func `a server that refuses our certificate says so behind the handshake`() throws {
        let authority = try Authority()
        let connector = try TLSConnector(server: Self.name, verifying: .by(authority.trust))
        let call = try Call(connector, authority.server(authority.identity(.dns(Self.name)), asking: Authority()))
        #expect(call.progress == .done)
        #expect(call.last == TLSSession.refused)
    }

    @Test func `a server that speaks something else is no server`() throws {
        let connector = try TLSConnector(server: Self.name, verifying: .none)
        let wire = TLSWire(inputCapacity: 1_024)
        let session = TLSSession.connect(connector.reference, wire)
        defer { session.free() }
        #expect(session.handshake() == .waiting)
        wire.sent()
        wire.accept(wire.input.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8).span, at: 0))
        #expect(session.handshake() == .failed(.notTLS))
    }

    @Test func `later connections go on from what earlier ones were given, each ticket once`() throws {
        let authority = try Authority()
        let connector = try TLSConnector(server: Self.name, verifying: .by(authority.trust))
        let context = try authority.server(authority.identity(.dns(Self.name)))
        let first = try Call(connector, context)
        #expect(!first.session.isResumed)
        // A full handshake gives two tickets.
        let next = try (0..<3).map { _ in try Call(connector, context) }
        #expect(next.map(\.session.isResumed) == [true, true, true])
        // Other settings begin anew.
        let other = try TLSConnector(server: Self.name, verifying: .by(authority.trust))
        #expect(try !Call(other, context).session.isResumed)
    }

    @Test func `a connection outlives the connector that it began with`() throws {
        let authority = try Authority()
        var connector: TLSConnector? = try TLSConnector(server: Self.name, verifying: .by(authority.trust))
        let call = try Call(try #require(connector), authority.server(authority.identity(.dns(Self.name))))
        connector = nil
        #expect(call.say("still here"))
        #expect(call.server.read() == Array("still here".utf8))
    }
}
