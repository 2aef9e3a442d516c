import Fetch
import Foundation
import TestKit
import Testing

/// Against `openssl s_server`, whose TLS is not ours.
@Suite(.timeLimit(.minutes(5)), .serialized)
struct TLSTests {
    @Test func `the given authority is believed, and the system's are not asked`() async throws {
        let pki = try PKI()
        let server = try TLSServer(pki, certificate: "server")
        defer { server.stop() }
        let trusting = Client(.init(tls: TLSOptions(authorities: .file(pki.path("ca.crt")))))
        #expect(try await trusting.send(Request("GET", server.url)).status == 200)
        let fromBytes = Client(.init(tls: TLSOptions(authorities: .bytes(try pki.bytes("ca.crt")))))
        #expect(try await fromBytes.send(Request("GET", server.url)).status == 200)
        await expect(.serverNotTrusted) { _ = try await Client().send(Request("GET", server.url)) }
        let insecure = Client(.init(tls: TLSOptions(insecure: true)))
        #expect(try await insecure.send(Request("GET", server.url)).status == 200)
    }

    @Test func `a certificate for another name is refused unless that name was asked for`() async throws {
        let pki = try PKI()
        let server = try TLSServer(pki, certificate: "named")
        defer { server.stop() }
        let authority = PEM.file(pki.path("ca.crt"))
        await expect(.serverNotTrusted) {
            _ = try await Client(.init(tls: TLSOptions(authorities: authority))).send(Request("GET", server.url))
        }
        let named = Client(.init(tls: TLSOptions(authorities: authority, serverName: "api.example.com")))
        let response = try await named.send(Request("GET", server.url))
        #expect(response.status == 200)
    }

    @Test func `a client certificate opens a server that demands one`() async throws {
        let pki = try PKI()
        let server = try TLSServer(pki, certificate: "server", demandsClientCertificate: true)
        defer { server.stop() }
        let authority = PEM.file(pki.path("ca.crt"))
        await expect(.tlsHandshakeFailed) {
            _ = try await Client(.init(tls: TLSOptions(authorities: authority))).send(Request("GET", server.url))
        }
        let files = TLSOptions(
            authorities: authority, clientCertificate: .file(pki.path("client.crt")), clientKey: .file(pki.path("client.key")))
        #expect(try await Client(.init(tls: files)).send(Request("GET", server.url)).text.contains("tester"))
        let bytes = TLSOptions(
            authorities: authority, clientCertificate: .bytes(try pki.bytes("client.crt")),
            clientKey: .bytes(try pki.bytes("client.key")))
        #expect(try await Client(.init(tls: bytes)).send(Request("GET", server.url)).text.contains("tester"))
    }

    @Test func `files that hold no usable PEM are named as the cause`() async throws {
        let pki = try PKI()
        let server = try TLSServer(pki, certificate: "server")
        defer { server.stop() }
        let garbage = PEM.bytes(Array("not a certificate".utf8))
        await expect(.badAuthorities) {
            _ = try await Client(.init(tls: TLSOptions(authorities: garbage))).send(Request("GET", server.url))
        }
        await expect(.badClientCertificate) {
            let tls = TLSOptions(authorities: .file(pki.path("ca.crt")), clientCertificate: garbage, clientKey: garbage)
            _ = try await Client(.init(tls: tls)).send(Request("GET", server.url))
        }
        await expect(.badClientCertificate) {
            let tls = TLSOptions(
                authorities: .file(pki.path("ca.crt")), clientCertificate: .file(pki.path("client.crt")),
                clientKey: .file(pki.path("server.key")))
            _ = try await Client(.init(tls: tls)).send(Request("GET", server.url))
        }
    }

    @Test func `TLS spoken to a port that does not answer it ends with the connect limit`() async throws {
        let plain = try ScriptedServer { _, reply in reply.respond() }
        defer { plain.stop() }
        let port = plain.port
        // The scripted server waits for the end of a head that never comes, so the limit ends it.
        let impatient = Timeouts(connect: .milliseconds(300))
        await expect(.connectTimeout) {
            _ = try await Client().send(Request("GET", "https://127.0.0.1:\(port)/", timeouts: impatient))
        }
    }
}
