import Fetch
import Foundation
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5)))
struct FailureTests {
    @Test func `a refused connection says that nothing listens`() async throws {
        let url = "http://127.0.0.1:\(try UnusedPort.take())/secret?token=1"
        await expect(.connectionRefused) { _ = try await Client().send(Request("GET", url)) }
    }

    @Test func `a name that does not resolve says so`() async throws {
        await expect(.cannotResolve) { _ = try await Client().send(Request("GET", "http://no-such-host.invalid/")) }
    }

    @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "", "http://", "http://127.0.0.1/\r\nX: 1", "127.0.0.1:80"])
    func `only clean http and https URLs are sent`(url: String) async throws {
        await expect(.invalidRequest) { _ = try await Client().send(Request("GET", url)) }
    }

    @Test(arguments: ["127.0.0.1", "[::1]", "localhost", "169.254.169.254", "0.0.0.0", "[::ffff:127.0.0.1]"])
    func `addresses of this host and its link are not connected to where users write them`(host: String) async throws {
        let server = try ScriptedServer { _, _ in }
        defer { server.stop() }
        var configuration = Client.Configuration()
        configuration.refusesLocalAddresses = true
        let client = Client(configuration)
        let url = server.url.replacingOccurrences(of: "127.0.0.1", with: host)
        await expect(.addressRefused) { _ = try await client.send(Request("GET", url, timeouts: Timeouts(total: .seconds(5)))) }
    }

    @Test func `a field that would smuggle in another is refused`() async throws {
        let headers = [Header("X-A", "1\r\nX-B: 2")]
        await expect(.invalidRequest) { _ = try await Client().send(Request("GET", "http://127.0.0.1:1/", headers: headers)) }
        await expect(.invalidRequest) {
            _ = try await Client().send(Request("GET", "http://127.0.0.1:1/", headers: [Header("X A", "1")]))
        }
        await expect(.invalidRequest) { _ = try await Client().send(Request("GE T", "http://127.0.0.1:1/")) }
    }

    @Test func `a server that accepts and stays mute hits the total limit`() async throws {
        let server = try ScriptedServer { _, reply in reply.waitForHangUp() }
        defer { server.stop() }
        let timeouts = Timeouts(total: .milliseconds(200))
        await expect(.responseTimeout) { _ = try await Client().send(Request("GET", server.url, timeouts: timeouts)) }
    }

    @Test func `a stream that falls silent hits the idle limit, and the next request gets a new connection`() async throws {
        let server = try ScriptedServer { request, reply in
            guard request.path == "/watch" else { return reply.respond(200, "alive") }
            reply.beginChunks()
            reply.chunk("first")
            reply.waitForHangUp()
        }
        defer { server.stop() }
        let client = Client()
        let timeouts = Timeouts(total: nil, idle: .milliseconds(300))
        let response = try await client.stream(Request("GET", server.url + "/watch", timeouts: timeouts))
        await expect(.idleTimeout) { for try await _ in response.body {} }
        #expect(try await client.send(Request("GET", server.url)).text == "alive")
        #expect(server.connectionsAccepted == 2)
    }

    @Test func `a body cut short is a lost connection`() async throws {
        let server = try ScriptedServer { _, reply in
            reply.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
            reply.close()
        }
        defer { server.stop() }
        await expect(.connectionLost) { _ = try await Client().send(Request("GET", server.url)) }
    }

    @Test func `a connection closed without a word is lost`() async throws {
        let server = try ScriptedServer { _, reply in reply.close() }
        defer { server.stop() }
        await expect(.connectionLost) { _ = try await Client().send(Request("GET", server.url)) }
    }

    @Test func `garbage instead of HTTP is a protocol error`() async throws {
        let server = try ScriptedServer { _, reply in
            reply.write("SSH-2.0-OpenSSH_9.2\r\n")
            reply.close()
        }
        defer { server.stop() }
        await expect(.protocolError) { _ = try await Client().send(Request("GET", server.url)) }
    }

    @Test func `a body above the bound is given up`() async throws {
        let server = try ScriptedServer { _, reply in reply.respond(200, String(repeating: "x", count: 4096)) }
        defer { server.stop() }
        await expect(.bodyTooLarge) { _ = try await Client().send(Request("GET", server.url, maximumBody: 4095)) }
    }

    @Test func `errors never repeat the path`() async throws {
        do {
            _ = try await Client().send(Request("GET", "http://user:pass@no-such-host.invalid:81/secret?token=1"))
        } catch {
            #expect(error.origin == "http://no-such-host.invalid:81")
            #expect(!error.description.contains("secret") && !error.description.contains("pass"))
        }
    }
}
