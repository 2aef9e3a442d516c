import Fetch
import Foundation
import TestKit
import Testing

final class NGINX: Sendable {
    let url: String
    let tls: TLSOptions
    let largeSize = 24 << 20
    let pki: PKI
    private let process = Process()

    /// Starts nginx in the foreground in a directory of its own, and waits until it answers.
    ///
    /// - Parameter streams: how many streams it allows on a connection; nil offers no HTTP/2.
    init(streams: Int? = 128) async throws {
        pki = try PKI()
        let root = pki.directory
        let port = try UnusedPort.take()
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
                listen 127.0.0.1:\(port) ssl\(streams == nil ? "" : " http2"); http2_max_concurrent_streams \(streams ?? 128);
                ssl_certificate \(root.path)/server.crt; ssl_certificate_key \(root.path)/server.key;
                ssl_client_certificate \(root.path)/ca.crt; ssl_verify_client on;
                root \(root.path);
                add_header x-client $ssl_client_s_dn; add_header x-connection $connection; add_header x-time $msec;
                location /slow { limit_rate_after 1; limit_rate 40k; }
                location /watch { alias \(root.path)/slow; limit_rate_after 1; limit_rate 1k; }
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
}
