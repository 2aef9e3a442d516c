import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Secure
import Testing

/// Hosts that want to see who their clients are, and what endpoints are told of it.
@Suite struct ClientCertificateTests {
    private let authority: TestAuthority
    private let origin: Origin
    private let gateway: TestGateway

    /// `shop.example` wants a certificate, `maybe.example` looks at one, and every other name has the default certificate.
    init() throws {
        authority = try TestAuthority()
        // The endpoint answers with what it was told.
        origin = try Origin(answering: { message in Origin.ok("told: \(message["x-forwarded-client-cert"] ?? "nothing").") })
        gateway = try TestGateway(transport: .https)
        try give("shop/tls", "shop.example", "maybe.example", "open.example", "*.example")
        try gateway.publish(
            """
              certificate * shop/tls
              certificate shop.example shop/tls clients shop/ca
              certificate maybe.example shop/tls clients shop/ca optional
              host *
                prefix / -> r
            """, "rule r\n  forward to c\n\(TestGateway.cluster("c", [origin.port]))")
    }

    private func give(_ secret: String, _ names: String...) throws {
        let identity = try authority.identity(for: .server, names)
        let bytes = CertificateBytes(chain: try identity.certificate.pem(), key: try identity.key.pem())
        #expect(gateway.proxy.update(.certificate(secret: secret, bytes)) == CellRegistry.Outcome())
    }

    private func vouch(_ authority: TestAuthority) throws {
        #expect(
            gateway.proxy.update(.authority(secret: "shop/ca", try authority.ca.identity.certificate.pem()))
                == CellRegistry.Outcome())
    }

    private func connect(_ name: String?, _ identity: Identity? = nil) throws -> SealedWire {
        try SealedWire(to: gateway.address, authority, name: name, showing: identity)
    }

    private static func get(_ host: String, _ more: String = "") -> String { "GET / HTTP/1.1\r\nhost: \(host)\r\n\(more)\r\n" }

    private func client(_ name: String) throws -> Identity { try authority.identity(for: .client, [name]) }

    @Test func `an endpoint is told what the client showed, and not what a client says`() throws {
        try vouch(authority)
        let ann = try client("ann")
        let hash = try ann.certificate.fingerprint().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let forged = "x-forwarded-client-cert: Hash=00\r\nX_Forwarded_Client_Cert: Hash=00\r\n"
        let wire = try connect("shop.example", ann)
        for _ in 0..<2 {
            #expect(
                wire.ask(Self.get("shop.example", forged), until: ".").hasSuffix("told: Hash=\(hash);Subject=\"CN=ann\";DNS=ann.")
            )
        }
        #expect(try connect("maybe.example").ask(Self.get("maybe.example", forged), until: ".").hasSuffix("told: nothing."))
        #expect(try connect("open.example").ask(Self.get("open.example", forged), until: ".").hasSuffix("told: nothing."))
    }

    @Test func `without a good certificate there is no connection`() throws {
        try vouch(authority)
        let stranger = try TestAuthority()
        let bob = try stranger.identity(for: .client, ["bob"])
        for (name, identity) in [("shop.example", nil), ("shop.example", bob), ("maybe.example", bob)] {
            let wire = try connect(name, identity)
            #expect(!wire.ask(Self.get(name), until: "told").contains("told"))
        }
        #expect(gateway.proxy.metrics().contains("martlet_tls_handshake_failures_total 3\n"))
    }

    @Test func `who vouches may change, and while nobody does none is let in`() throws {
        let ann = try client("ann")
        func isLetIn() throws -> Bool {
            try connect("shop.example", ann).ask(Self.get("shop.example"), until: ".").contains("told: Hash=")
        }
        #expect(try !isLetIn())
        try vouch(authority)
        #expect(try isLetIn())
        try vouch(try TestAuthority())
        #expect(try !isLetIn())
        // Bytes that are none change nothing.
        #expect(gateway.proxy.update(.authority(secret: "shop/ca", [1, 2, 3])).refusedCertificate != nil)
        #expect(try !isLetIn())
        try vouch(authority)
        _ = gateway.proxy.update(.authority(secret: "shop/ca", nil))
        #expect(try !isLetIn())
    }

    @Test func `without its own certificate such a host is not served with another`() throws {
        try vouch(authority)
        try gateway.publish(
            """
              certificate * shop/tls
              certificate shop.example shop/none clients shop/ca
              host *
                prefix / -> r
            """, "rule r\n  forward to c\n\(TestGateway.cluster("c", [origin.port]))")
        #expect(try connect("shop.example", client("ann")).shake() != .open)
        #expect(try connect("open.example").shake() == .open)
    }

    @Test func `of two wildcards that are one server name the stricter counts`() throws {
        try vouch(authority)
        for order in [["*.example", "**.example"], ["**.example", "*.example"]] {
            try gateway.publish(
                """
                  certificate \(order[0]) shop/tls clients shop/ca
                  certificate \(order[1]) shop/tls
                  host *
                    prefix / -> r
                """, "rule r\n  forward to c\n\(TestGateway.cluster("c", [origin.port]))")
            #expect(!(try connect("open.example").ask(Self.get("open.example"), until: "told")).contains("told"))
        }
    }

    @Test func `requests for hosts that want something else are misdirected`() throws {
        try vouch(authority)
        let open = try connect("open.example")
        for host in ["shop.example", "maybe.example"] {
            let wire = try connect("open.example")
            #expect(wire.ask(Self.get(host), until: "Misdirected\n").hasPrefix("HTTP/1.1 421 "))
        }
        #expect(open.ask(Self.get("other.example"), until: ".").hasSuffix("told: nothing."))
        let shop = try connect("shop.example", client("ann"))
        #expect(shop.ask(Self.get("open.example"), until: "Misdirected\n").hasPrefix("HTTP/1.1 421 "))
        // Who names nobody gets the default certificate, and what everybody gets.
        let nameless = try connect(nil)
        #expect(nameless.ask(Self.get("open.example"), until: ".").hasSuffix("told: nothing."))
        #expect(nameless.ask(Self.get("shop.example"), until: "Misdirected\n").hasPrefix("HTTP/1.1 421 "))
    }
}
