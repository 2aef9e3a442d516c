import Fetch
import Foundation
import TestKit
import Testing

/// Against `openssl s_server`, whose TLS is not ours.
@Suite(.timeLimit(.minutes(1)), .serialized)
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

/// A throw-away certificate authority made by the openssl command.
struct PKI {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-pki-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt")
        try issue("server", subject: "/CN=server", extensions: "subjectAltName=IP:127.0.0.1")
        try issue("named", subject: "/CN=named", extensions: "subjectAltName=DNS:api.example.com")
        try issue("client", subject: "/CN=tester", extensions: "extendedKeyUsage=clientAuth")
    }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: directory.appendingPathComponent(name))) }

    private func issue(_ name: String, subject: String, extensions: String) throws {
        try Data(extensions.utf8).write(to: directory.appendingPathComponent(name + ".ext"))
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj \(subject) -keyout \(name).key -out \(name).csr")
        try openssl(
            "x509 -req -in \(name).csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).crt")
    }

    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = directory
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}

/// `openssl s_server -www`: answers every request with a page about the connection.
final class TLSServer {
    let url: String
    private let process = Process()

    init(_ pki: PKI, certificate: String, demandsClientCertificate: Bool = false) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments =
            ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "\(certificate).crt", "-key", "\(certificate).key"]
            + (demandsClientCertificate ? ["-CAfile", "ca.crt", "-Verify", "1", "-verify_return_error"] : [])
        process.currentDirectoryURL = pki.directory
        process.standardError = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // It prints "ACCEPT 127.0.0.1:PORT" when it listens.
        var text = ""
        while !text.contains("\n") || !text.contains("ACCEPT") {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "openssl s_server did not start")
            text += String(decoding: data, as: UTF8.self)
        }
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") })
        url = "https://127.0.0.1:" + (line.split(separator: ":").last.map(String.init) ?? "") + "/"
    }

    func stop() {
        // s_server inherits blocked signals from the test runner, so a polite one would never reach it.
        kill(process.processIdentifier, SIGKILL)
    }
}
