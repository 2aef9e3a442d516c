import Fetch
import Foundation
import TestKit
import Testing

/// Through tinyproxy and microsocks, whose proxying is not ours.
@Suite(.timeLimit(.minutes(5)), .serialized)
struct ProxyTests {
    @Test func `TLS goes through a tunnel of an HTTP proxy, with another name to verify too`() async throws {
        let pki = try PKI()
        let proxy = try await ProxyProcess.tinyproxy(in: pki.directory)
        defer { proxy.stop() }
        let server = try TLSServer(pki, certificate: "server")
        defer { server.stop() }
        let tls = TLSOptions(authorities: .file(pki.path("ca.crt")))
        let client = Client(.init(tls: tls, proxy: "http://127.0.0.1:\(proxy.port)"))
        #expect(try await client.send(Request("GET", server.url)).status == 200)
        let named = try TLSServer(pki, certificate: "named")
        defer { named.stop() }
        var other = tls
        other.serverName = "api.example.com"
        let renamed = Client(.init(tls: other, proxy: "http://127.0.0.1:\(proxy.port)"))
        #expect(try await renamed.send(Request("GET", named.url)).status == 200)
        #expect(try proxy.log().contains("CONNECT 127.0.0.1:"))
        #expect(try !proxy.log().contains("api.example.com"))
    }

    @Test func `a SOCKS proxy resolves the names`() async throws {
        let pki = try PKI()
        let proxy = try await ProxyProcess.microsocks(in: pki.directory)
        defer { proxy.stop() }
        let server = try ScriptedServer { _, reply in reply.respond(200, "through") }
        defer { server.stop() }
        let client = Client(.init(proxy: "socks5://127.0.0.1:\(proxy.port)"))
        #expect(try await client.send(Request("GET", "http://localhost:\(server.port)/")).text == "through")
        #expect(try proxy.log().contains("localhost:\(server.port)"))
    }

    @Test func `a proxy that is not there, or refuses, is named as the cause`() async throws {
        let port = try UnusedPort.take()
        await expect(.proxyFailed) {
            _ = try await Client(.init(proxy: "http://127.0.0.1:\(port)")).send(Request("GET", "https://192.0.2.1/"))
        }
        await expect(.proxyFailed) {
            let socks = Client(.init(proxy: "socks5://127.0.0.1:\(port)"))
            _ = try await socks.send(Request("GET", "https://192.0.2.1/"))
        }
        let refusing = try ScriptedServer { _, reply in reply.respond(403, "no") }
        defer { refusing.stop() }
        do {
            _ = try await Client(.init(proxy: "http://user:secret@127.0.0.1:\(refusing.port)")).send(
                Request("GET", "https://192.0.2.1/"))
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.kind == .proxyFailed)
            #expect(error.description.contains("403"), "\(error)")
            #expect(!error.description.contains("secret"), "\(error)")
        }
    }
}

/// A proxy of Debian's that listens on loopback.
struct ProxyProcess {
    let port: UInt16
    private let process = Process()
    private let logFile: URL

    static func tinyproxy(in directory: URL) async throws -> ProxyProcess {
        try await ProxyProcess("/usr/bin/tinyproxy", directory) { port, log in
            let configuration = "Port \(port)\nListen 127.0.0.1\nLogFile \"\(log.path)\"\nLogLevel Connect\nAllow 127.0.0.1\n"
            let file = directory.appendingPathComponent("tinyproxy.conf")
            try Data(configuration.utf8).write(to: file)
            return ["-d", "-c", file.path]
        }
    }

    static func microsocks(in directory: URL) async throws -> ProxyProcess {
        try await ProxyProcess("/usr/bin/microsocks", directory) { port, _ in ["-i", "127.0.0.1", "-p", String(port)] }
    }

    private init(_ program: String, _ directory: URL, _ arguments: (UInt16, URL) throws -> [String]) async throws {
        port = try UnusedPort.take()
        logFile = directory.appendingPathComponent("proxy.log")
        try Data().write(to: logFile)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = try arguments(port, logFile)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: logFile)
        try process.run()
        do { try await waitUntilListening() } catch {
            stop()
            throw error
        }
    }

    /// Any answer but "nothing listens" will do.
    private func waitUntilListening() async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let limits = Timeouts(connect: .milliseconds(500), total: .seconds(1))
            do {
                _ = try await Client().send(Request("GET", "http://127.0.0.1:\(port)/", timeouts: limits))
                return
            } catch {
                guard error.kind == .connectionRefused else { return }
                try #require(
                    process.isRunning && ContinuousClock.now < deadline, "\(process.executableURL?.path ?? "") did not start")
            }
        }
    }

    func log() throws -> String { try String(contentsOf: logFile, encoding: .utf8) }
    func stop() { kill(process.processIdentifier, SIGKILL) }
}
