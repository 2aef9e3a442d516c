import Fetch
import Foundation
import Testing

/// Against nginx, whose HTTP/2 and TLS are not ours.
@Suite(.timeLimit(.minutes(3)), .serialized)
struct HTTP2Tests {
    @Test func `a hundred and fifty requests at once share a few connections of at most eighty streams each`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let client = Client(.init(tls: nginx.tls))
        _ = try await client.send(Request("GET", nginx.url + "/small"))
        let answers = try await withThrowingTaskGroup(of: (String, Double).self) { group in
            for n in 0..<150 {
                group.addTask {
                    let request = Request("GET", nginx.url + "/slow?\(n)", timeouts: Timeouts(total: .seconds(20)))
                    let response = try await client.send(request)
                    #expect(response.status == 200)
                    #expect(response.head.version == "2")
                    let time = response.head.header("x-time").flatMap(Double.init)
                    return (response.head.header("x-connection") ?? "", try #require(time))
                }
            }
            return try await group.reduce(into: [String: [Double]]()) { $0[$1.0, default: []].append($1.1) }
        }
        #expect(answers.count <= 5, "\(answers)")
        // An answer takes a second from its head on: those that began within less were under way together.
        for (connection, times) in answers {
            let most = times.map { first in times.count { $0 >= first && $0 < first + 0.9 } }.max() ?? 0
            #expect(most <= 81, "connection \(connection): \(times.sorted())")
        }
    }

    @Test func `a client certificate opens HTTP 2, and a large body comes through whole`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let response = try await Client(.init(tls: nginx.tls)).send(Request("GET", nginx.url + "/large"))
        #expect(response.head.version == "2")
        #expect(response.body.count == nginx.largeSize)
        #expect(response.head.header("x-client") == "CN=tester")
        var stranger = nginx.tls
        stranger.clientCertificate = nil
        stranger.clientKey = nil
        let refused = try await Client(.init(tls: stranger)).send(Request("GET", nginx.url + "/small"))
        #expect(refused.status == 400)
    }

    @Test func `a lagging reader on HTTP 2 loses nothing and does not stall the others for good`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let client = Client(.init(tls: nginx.tls))
        let slow = try await client.stream(Request("GET", nginx.url + "/large"))
        var iterator = slow.body.makeAsyncIterator()
        var received = try await iterator.next()?.count ?? 0
        async let other = client.send(Request("GET", nginx.url + "/small"))
        while let chunk = try await iterator.next() { received += chunk.count }
        #expect(received == nginx.largeSize)
        #expect(try await other.text == "small")
    }
}

final class NGINX: Sendable {
    let url: String
    let tls: TLSOptions
    let largeSize = 24 << 20
    private let process = Process()

    /// Starts nginx in the foreground in a directory of its own, and waits until it answers.
    init() async throws {
        let pki = try PKI()
        let root = pki.directory
        let port = try Self.freePort()
        url = "https://127.0.0.1:\(port)"
        tls = TLSOptions(
            authorities: .file(pki.path("ca.crt")), clientCertificate: .file(pki.path("client.crt")),
            clientKey: .file(pki.path("client.key")))
        try Data("small".utf8).write(to: root.appendingPathComponent("small"))
        try Data(repeating: 120, count: largeSize).write(to: root.appendingPathComponent("large"))
        try Data(repeating: 121, count: 40_000).write(to: root.appendingPathComponent("slow"))
        let configuration = """
            daemon off; master_process off; pid \(root.path)/pid; error_log \(root.path)/error.log;
            events { worker_connections 512; }
            http {
              access_log off; client_body_temp_path \(root.path)/b; proxy_temp_path \(root.path)/p;
              fastcgi_temp_path \(root.path)/f; uwsgi_temp_path \(root.path)/u; scgi_temp_path \(root.path)/s;
              server {
                listen 127.0.0.1:\(port) ssl http2;
                ssl_certificate \(root.path)/server.crt; ssl_certificate_key \(root.path)/server.key;
                ssl_client_certificate \(root.path)/ca.crt; ssl_verify_client on;
                root \(root.path);
                add_header x-client $ssl_client_s_dn; add_header x-connection $connection; add_header x-time $msec;
                location /slow { limit_rate_after 1; limit_rate 40k; }
              }
            }
            """
        try Data(configuration.utf8).write(to: root.appendingPathComponent("nginx.conf"))
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/nginx")
        process.arguments = ["-c", pki.path("nginx.conf"), "-p", root.path]
        // What is inherited and outlives the tests would keep their runner waiting for the end of its pipe.
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        do { try await waitUntilListening() } catch {
            stop()
            throw error
        }
    }

    /// Nothing but a connection tells that it listens: the client's refusals pace the loop. Busy tests beside this one take their time.
    private func waitUntilListening() async throws {
        let probe = Client(.init(tls: tls))
        let deadline = ContinuousClock.now + .seconds(40)
        while (try? await probe.send(Request("GET", url + "/small"))) == nil {
            try #require(process.isRunning && ContinuousClock.now < deadline, "nginx did not start")
            await Task.yield()
        }
    }

    func stop() { kill(process.processIdentifier, SIGKILL) }

    private static func freePort() throws -> UInt16 {
        let placeholder = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(placeholder) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(placeholder, generic, length) == 0 && getsockname(placeholder, generic, &length) == 0
            }
        }
        try #require(bound)
        return UInt16(bigEndian: address.sin_port)
    }
}
