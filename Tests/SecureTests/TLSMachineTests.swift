import Secure
import Testing

/// Certificates of these tests are valid for ever as far as a test run is concerned: OpenSSL compares with the real clock.
private let from: Int64 = 0
private let until: Int64 = 4_000_000_000

private struct World {
    let ca: CertificateAuthority
    let server: Identity
    let client: Identity

    init() throws {
        ca = try .selfSigned(CertificateTemplate(.authority, commonName: "CA", validFrom: from, validUntil: until))
        var template = CertificateTemplate(.server, commonName: "server", validFrom: from, validUntil: until)
        template.alternativeNames = [.dns("api.test"), .address([127, 0, 0, 1])]
        server = try ca.issue(template)
        client = try ca.issue(CertificateTemplate(.client, commonName: "jane", validFrom: from, validUntil: until))
    }
}

/// Carries bytes both ways, `step` at a time, until nobody has anything to say.
private func converse(_ a: TLSMachine, _ b: TLSMachine, step: Int = .max) {
    a.advanceHandshake()
    while true {
        let fromA = a.takeCiphertext()
        let fromB = b.takeCiphertext()
        if fromA.isEmpty && fromB.isEmpty { return }
        for (bytes, machine) in [(fromA, b), (fromB, a)] {
            var rest = bytes[...]
            while !rest.isEmpty {
                machine.receive(rest.prefix(step))
                rest = rest.dropFirst(step)
            }
        }
    }
}

@Suite struct TLSMachineTests {
    @Test(arguments: [1, 7, 1 << 20]) func `a handshake and data pass in pieces of any size`(step: Int) throws {
        let world = try World()
        let serverContext = try TLSContext(
            .server, identity: world.server, verifying: .ifGiven(authorities: [world.ca.identity.certificate]),
            protocols: ["h2", "http/1.1"])
        let clientContext = try TLSContext(
            .client, identity: world.client, verifying: .required(authorities: [world.ca.identity.certificate]),
            protocols: ["http/1.1"])
        let server = try TLSMachine(serverContext)
        let client = try TLSMachine(clientContext, serverName: "api.test")
        converse(client, server, step: step)
        #expect(client.state == .open)
        #expect(server.state == .open)
        #expect(server.applicationProtocol == "http/1.1")
        #expect(server.serverName == "api.test")
        #expect(server.peerCertificate?.commonName == "jane")

        let sent = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(client.write(sent))
        var received: [UInt8] = []
        converse(client, server, step: step)
        while case let piece = server.read(), !piece.isEmpty { received += piece }
        #expect(received == sent)

        client.close()
        converse(client, server)
        #expect(server.read().isEmpty)
        #expect(server.state == .closed)
    }

    @Test func `a client without a certificate is let in where one is optional`() throws {
        let world = try World()
        let server = try TLSMachine(
            TLSContext(.server, identity: world.server, verifying: .ifGiven(authorities: [world.ca.identity.certificate])))
        let client = try TLSMachine(TLSContext(.client))
        converse(client, server)
        #expect(server.state == .open)
        #expect(server.peerCertificate == nil)
    }

    @Test func `a client certificate of another authority is refused`() throws {
        let world = try World()
        let stranger = try World()
        let server = try TLSMachine(
            TLSContext(.server, identity: world.server, verifying: .ifGiven(authorities: [world.ca.identity.certificate])))
        let client = try TLSMachine(TLSContext(.client, identity: stranger.client))
        converse(client, server)
        guard case .failed(let error) = server.state else {
            Issue.record("the server is \(server.state)")
            return
        }
        #expect(error.message.contains("certificate"))
    }

    @Test func `a client refuses a server with another name`() throws {
        let world = try World()
        let server = try TLSMachine(TLSContext(.server, identity: world.server))
        let client = try TLSMachine(
            TLSContext(.client, verifying: .required(authorities: [world.ca.identity.certificate])), serverName: "other.test")
        converse(client, server)
        guard case .failed = client.state else {
            Issue.record("the client is \(client.state)")
            return
        }
    }

    @Test func `rubbish instead of a handshake fails and is answered with an alert`() throws {
        let world = try World()
        let server = try TLSMachine(TLSContext(.server, identity: world.server))
        server.receive(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        guard case .failed = server.state else {
            Issue.record("the server is \(server.state)")
            return
        }
        #expect(server.read().isEmpty)
        #expect(!server.write([1]))
    }
}
