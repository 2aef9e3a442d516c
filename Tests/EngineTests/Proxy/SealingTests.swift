import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Secure
import Testing

/// What is special about listeners that speak TLS; all the rest is told by the wire cases, which are played through TLS as well.
@Suite struct SealingTests {
    private static let get = "GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n"

    /// A gateway with one sealed listener, `*.shop.example` and `shop.example` bound to different Secrets.
    private struct World {
        let authority: TestAuthority
        let origin: Origin
        let gateway: TestGateway

        init(_ change: (inout ProxySettings) -> Void = { _ in }) throws {
            authority = try TestAuthority()
            origin = try Origin(answering: { message in Origin.ok(message["x-forwarded-proto"] ?? "?") })
            gateway = try TestGateway(transport: .https, change)
        }

        func publish() throws {
            try gateway.publish(
                """
                  certificate shop.example shop/tls
                  certificate *.shop.example shop/wild
                  host *
                    prefix / -> r
                """, "rule r\n  forward to c\n\(TestGateway.cluster("c", [origin.port]))")
        }

        func give(_ secret: String, _ bytes: CertificateBytes?) -> CellRegistry.Outcome {
            gateway.proxy.update(.certificate(secret: secret, bytes))
        }

        func connect(_ name: String?) throws -> SealedWire { try SealedWire(to: gateway.address, authority, name: name) }
    }

    @Test func `a request comes through, and the endpoint learns that it came by https`() throws {
        let world = try World()
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        try world.publish()
        let wire = try world.connect("shop.example")
        #expect(wire.shake() == .open)
        #expect(wire.machine.applicationProtocol == "http/1.1")
        #expect(wire.ask(Self.get, until: "https").hasSuffix("https"))
        // The connection is kept.
        #expect(wire.ask(Self.get, until: "https").hasSuffix("https"))
        #expect(world.gateway.proxy.metrics().contains("martlet_tls_handshakes_total 1\n"))
    }

    @Test func `a name without a certificate is refused by an alert`() throws {
        let world = try World()
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        try world.publish()
        for name in ["other.example", "a.shop.example", nil] {
            let wire = try world.connect(name)
            guard case .failed(let error) = wire.shake() else {
                Issue.record("a handshake for \(name ?? "no name") went on")
                continue
            }
            #expect(error.message.contains("unrecognized name"))
        }
        #expect(world.gateway.proxy.metrics().contains("martlet_tls_handshake_failures_total 3\n"))
    }

    @Test func `plain HTTP on a sealed port is told so`() throws {
        let world = try World()
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        try world.publish()
        let wire = try world.gateway.connect()
        wire.send(Self.get)
        let answer = try wire.message()
        #expect(answer.status == 400)
        #expect(answer.text == "400 Bad Request: plain HTTP was sent to a port for https\n")
        #expect(try wire.isAtEnd)
    }

    @Test func `before there is a certificate connections are closed`() throws {
        let world = try World()
        #expect(try world.connect("shop.example").shake() == .handshaking)
        try world.publish()
        #expect(try world.connect("shop.example").shake() == .handshaking)
    }

    @Test func `a renewed certificate is for new connections, and the old ones go on`() throws {
        let world = try World()
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        try world.publish()
        let old = try world.connect("shop.example")
        #expect(old.shake() == .open)
        let first = try old.machine.peerCertificate?.fingerprint()
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        let new = try world.connect("shop.example")
        #expect(new.shake() == .open)
        #expect(try new.machine.peerCertificate?.fingerprint() != first)
        #expect(old.ask(Self.get, until: "https").hasSuffix("https"))
        #expect(new.ask(Self.get, until: "https").hasSuffix("https"))
    }

    @Test func `bytes that are no certificate change nothing`() throws {
        let world = try World()
        let good = try world.authority.certificate("shop.example")
        _ = world.give("shop/tls", good)
        try world.publish()
        var bad = good
        bad.key = try world.authority.certificate("shop.example").key
        #expect(world.give("shop/tls", bad).refusedCertificate == "the private key does not belong to the certificate")
        #expect(try world.connect("shop.example").shake() == .open)
        // When the Secret is gone the name is unknown.
        _ = world.give("shop/tls", nil)
        #expect(try world.connect("shop.example").shake() != .open)
    }

    @Test func `a host that another certificate is for is misdirected`() throws {
        let world = try World()
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        _ = world.give("shop/wild", try world.authority.certificate("*.shop.example"))
        try world.publish()
        let wire = try world.connect("shop.example")
        let answer = wire.ask("GET / HTTP/1.1\r\nhost: a.shop.example\r\n\r\n", until: "Misdirected\n")
        #expect(answer.hasPrefix("HTTP/1.1 421 Misdirected Request\r\n"))
        // One certificate may be for many hosts, in any case.
        let wild = try world.connect("a.shop.example")
        #expect(wild.ask("GET / HTTP/1.1\r\nhost: B.shop.example\r\n\r\n", until: "https").hasSuffix("https"))
        #expect(wild.ask("GET / HTTP/1.1\r\nhost: A.shop.example\r\n\r\n", until: "https").hasSuffix("https"))
    }

    @Test
    func `clients without a name, or with one that nobody has, get the default certificate and hosts without one of their own`()
        throws
    {
        let world = try World()
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        _ = world.give("shop/default", try world.authority.certificate("default.example", "other.example"))
        try world.gateway.publish(
            """
              certificate * shop/default
              certificate shop.example shop/tls
              host shop.example
                prefix / -> r
              host other.example
                prefix / -> r
            """, "rule r\n  forward to c\n\(TestGateway.cluster("c", [world.origin.port]))")
        let other = try world.connect("other.example")
        #expect(other.shake() == .open)
        #expect(other.machine.peerCertificate?.commonName == "default.example")
        #expect(other.ask("GET / HTTP/1.1\r\nhost: other.example\r\n\r\n", until: "https").hasSuffix("https"))
        #expect(other.ask("GET / HTTP/1.1\r\nhost: nobody.example\r\n\r\n", until: "NoHost").contains("404"))
        #expect(other.ask(Self.get, until: "Misdirected\n").contains("HTTP/1.1 421 "))
        let nameless = try world.connect(nil)
        #expect(nameless.ask("GET / HTTP/1.1\r\nhost: other.example\r\n\r\n", until: "https").hasSuffix("https"))
        #expect(nameless.ask(Self.get, until: "https").hasSuffix("https"))
    }

    @Test func `a handshake that stalls is given up`() throws {
        let world = try World { $0.limits.handshake = 30 }
        _ = world.give("shop/tls", try world.authority.certificate("shop.example"))
        try world.publish()
        let wire = try world.gateway.connect()
        wire.send([0x16, 0x03, 0x01])
        #expect(try wire.isAtEnd)
        #expect(world.gateway.proxy.metrics().contains("martlet_tls_handshake_failures_total 1\n"))
    }
}
