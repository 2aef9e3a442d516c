import Fetch
import Foundation
import TestKit
import Testing

/// Certificates that change on disk, against nginx with kept connections.
@Suite(.timeLimit(.minutes(5)), .serialized)
struct RotationTests {
    @Test func `a rotated client certificate ends the streams made with the old one, and the next request shows the new one`()
        async throws
    {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        try nginx.pki.issue("second", subject: "/CN=second", extensions: "extendedKeyUsage=clientAuth")
        let identity = nginx.pki.path("identity.pem")
        try install(["client.crt", "client.key"], of: nginx.pki, at: identity)
        var tls = nginx.tls
        tls.clientCertificate = .file(identity)
        tls.clientKey = .file(identity)
        let client = Client(.init(tls: tls, fileInterval: .milliseconds(20)))
        let watch = try await client.stream(Request("GET", nginx.url + "/watch", timeouts: Timeouts(total: nil)))
        #expect(watch.head.header("x-client") == "CN=tester")
        // A request that is under way is finished, not cut.
        async let slow = client.send(Request("GET", nginx.url + "/slow", timeouts: Timeouts(total: .seconds(20))))
        #expect(try await client.send(Request("GET", nginx.url + "/small")).head.header("x-client") == "CN=tester")
        try install(["second.crt", "second.key"], of: nginx.pki, at: identity)
        await expect(.certificatesChanged) { for try await _ in watch.body {} }
        #expect(try await client.send(Request("GET", nginx.url + "/small")).head.header("x-client") == "CN=second")
        #expect(try await slow.body.count == 40_000)
    }

    @Test func `a rotated authority is believed, and the one before no longer, on connections that exist too`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let other = try await NGINX()
        defer { other.stop() }
        let authority = nginx.pki.path("authority.pem")
        try install(["ca.crt"], of: nginx.pki, at: authority)
        // Which client certificate a server wants does not matter here: a 400 is an answer too.
        let client = Client(.init(tls: TLSOptions(authorities: .file(authority)), fileInterval: .milliseconds(20)))
        _ = try await client.send(Request("GET", nginx.url + "/small"))
        await expect(.serverNotTrusted) { _ = try await client.send(Request("GET", other.url + "/small")) }
        try install(["ca.crt"], of: other.pki, at: authority)
        _ = try await client.send(Request("GET", other.url + "/small"))
        // The kept connection to the first server goes within the interval.
        var failure: FetchError?
        let deadline = ContinuousClock.now + .seconds(20)
        while failure == nil, ContinuousClock.now < deadline {
            do { _ = try await client.send(Request("GET", nginx.url + "/small")) } catch { failure = error }
        }
        #expect(failure?.kind == .serverNotTrusted)
    }

    @Test func `a file that vanishes for a moment changes nothing`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let identity = nginx.pki.path("identity.pem")
        try install(["client.crt", "client.key"], of: nginx.pki, at: identity)
        var tls = nginx.tls
        tls.clientCertificate = .file(identity)
        tls.clientKey = .file(identity)
        let client = Client(.init(tls: tls, fileInterval: .milliseconds(1)))
        let first = try await client.send(Request("GET", nginx.url + "/small")).head.header("x-connection")
        try FileManager.default.removeItem(atPath: identity)
        for _ in 0..<20 { _ = try await client.send(Request("GET", nginx.url + "/small")) }
        try install(["client.crt", "client.key"], of: nginx.pki, at: identity)
        for _ in 0..<20 { _ = try await client.send(Request("GET", nginx.url + "/small")) }
        #expect(try await client.send(Request("GET", nginx.url + "/small")).head.header("x-connection") == first)
    }

    @Test func `connections that are given up end their streams, and what comes next gets a new one`() async throws {
        let server = try ScriptedServer { request, reply in
            guard request.path == "/watch" else { return reply.respond(200, "here") }
            reply.beginChunks()
            reply.chunk("first")
            reply.waitForHangUp()
        }
        defer { server.stop() }
        let client = Client()
        #expect(try await client.send(Request("GET", server.url)).text == "here")
        let watch = try await client.stream(Request("GET", server.url + "/watch", timeouts: Timeouts(total: nil)))
        let before = server.connectionsAccepted
        client.retireConnections()
        await expect(.certificatesChanged) { for try await _ in watch.body {} }
        #expect(try await client.send(Request("GET", server.url)).text == "here")
        #expect(server.connectionsAccepted == before + 1)
    }

    /// In one step, as tools that rotate certificates do.
    private func install(_ names: [String], of pki: PKI, at path: String) throws {
        try Data(names.flatMap { try pki.bytes($0) }).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
