import Documents
import Fetch
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

/// Credential plugins as real programs.
@Suite(.timeLimit(.minutes(5)))
struct ExecPluginTests {
    private static let version = "client.authentication.k8s.io/v1"
    private let directory: URL

    init() throws { directory = try temporaryDirectory() }

    @Test func `a plugin gets its arguments, its environment and the cluster, and no terminal`() async throws {
        try Data("-----BEGIN CA-----".utf8).write(to: directory.appendingPathComponent("ca.crt"))
        var plugin = try plugin(
            """
            printf '%s|%s|%s\\n' "$1" "$EXTRA" "$HOME" >args; printf %s "$KUBERNETES_EXEC_INFO" >info
            cat >stdin
            \(status(#""token":"t""#))
            """)
        plugin.arguments = ["one two"]
        plugin.environment = ["EXTRA": "three", "HOME": "/elsewhere"]
        plugin.providesClusterInfo = true
        plugin.clusterConfig = ["audience": "a"]
        let authority = directory.appendingPathComponent("ca.crt").path
        let access = ClusterAccess(
            server: "https://a:6443", tls: TLSOptions(authorities: .file(authority), serverName: "api"), proxy: "http://p:1")
        #expect(try await plugin.run(for: access).credentials.authorization == "Bearer t")
        #expect(try file("args") == "one two|three|/elsewhere\n")
        #expect(try file("stdin").isEmpty)
        let expected: Value = [
            "kind": "ExecCredential", "apiVersion": .string(Self.version),
            "spec": [
                "interactive": false,
                "cluster": [
                    "server": "https://a:6443", "tls-server-name": "api", "proxy-url": "http://p:1",
                    "certificate-authority-data": .string(Data("-----BEGIN CA-----".utf8).base64EncodedString()),
                    "config": ["audience": "a"],
                ],
            ],
        ]
        #expect(try Value(json: Array(file("info").utf8)) == expected)
    }

    @Test func `without provideClusterInfo the plugin is told nothing of the cluster`() async throws {
        let plugin = try plugin("printf %s \"$KUBERNETES_EXEC_INFO\" >info\n" + status(#""token":"t""#))
        _ = try await plugin.run(for: access(plugin))
        #expect(
            try Value(json: Array(file("info").utf8))
                == ["kind": "ExecCredential", "apiVersion": .string(Self.version), "spec": ["interactive": false]])
    }

    @Test(arguments: [
        (#""token":"t","expirationTimestamp":"2030-01-02T03:04:05Z""#, 1_893_553_445.0),
        (#""token":"t","expirationTimestamp":"2030-01-02T03:04:05.5Z""#, 1_893_553_445.5),
        (#""token":"t","expirationTimestamp":"2030-01-02T03:04:05-08:00""#, 1_893_582_245),
    ])
    func `expiry is an RFC 3339 time`(fields: String, seconds: Double) async throws {
        let plugin = try plugin(status(fields))
        #expect(try await plugin.run(for: access(plugin)).expires == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        ("echo no token today >&2; echo ask >&2; exit 3", "failed with exit code 3: no token today ask"),
        ("exit 1", "failed with exit code 1."),
        ("kill -KILL $$", "was ended by signal 9."),
        ("echo hello", "printed no JSON to its standard output ("),
        ("echo '{\"kind\":\"Pod\"}'", "printed Pod instead of an ExecCredential."),
        (
            #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}}'"#,
            "answered in client.authentication.k8s.io/v1beta1, asked for client.authentication.k8s.io/v1: let `apiVersion`"
        ),
        (#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}'"#, "printed no status."),
        (status(""), "printed neither a token nor clientCertificateData and clientKeyData."),
        (status(#""clientKeyData":"k""#), "printed only one of clientCertificateData and clientKeyData; both are needed."),
        (
            status(#""clientCertificateData":"c","clientKeyData":"k""#),
            "printed a clientCertificateData that is no PEM (-----BEGIN …)."
        ),
        (
            status(#""token":"t","expirationTimestamp":"tomorrow""#),
            "printed the expirationTimestamp \"tomorrow\", which is no RFC 3339 time."
        ),
        ("yes", "printed more than 65536 bytes and was ended."),
        ("echo waiting for you >&2; exec sleep 600", "took longer than 0.4 seconds and was ended; it may be waiting for input"),
        // What it leaves behind does not hold us up either.
        ("sleep 600 & exec sleep 600", "took longer than 0.4 seconds and was ended; it may be waiting for input"),
    ])
    func `what went wrong is said with the plugin's own words`(script: String, words: String) async throws {
        let plugin = try plugin(script)
        let bounds = ExecPlugin.Bounds(time: script.contains("sleep") ? .milliseconds(400) : .seconds(50), output: 1 << 16)
        let error = await #expect(throws: AccessError.self) { _ = try await plugin.run(for: access(plugin), bounds: bounds) }
        let beginning = "config: users[0].user.exec: the credential plugin \"\(plugin.command)\" \(words)"
        #expect(error?.description.hasPrefix(beginning) == true, "\(error?.description ?? "")")
    }

    @Test func `complaints keep their end, and a good answer beside complaints counts`() async throws {
        let plugin = try plugin(
            "i=0; while [ $i -lt 900 ]; do echo \"line $i\" >&2; i=$((i + 1)); done\n" + status(#""token":"t""#))
        #expect(try await plugin.run(for: access(plugin)).credentials.authorization == "Bearer t")
        let failing = try self.plugin("i=0; while [ $i -lt 900 ]; do echo \"line $i\" >&2; i=$((i + 1)); done; exit 1")
        let error = await #expect(throws: AccessError.self) { _ = try await failing.run(for: access(failing)) }
        #expect(error?.description.hasSuffix("line 899") == true)
        #expect((error?.description.utf8.count ?? 0) < 2000)
    }

    @Test func `nothing of a run stays open`() async throws {
        let plugin = try plugin("exec 3>&1; readlink /proc/$$/fd/3 /proc/$$/fd/2 >pipes; " + status(#""token":"t""#))
        _ = try await plugin.run(for: access(plugin))
        let pipes = try Set(file("pipes").split(separator: "\n").map(String.init))
        #expect(pipes.count == 2 && pipes.allSatisfy { $0.hasPrefix("pipe:") }, "\(pipes)")
        let manager = FileManager.default
        let own = try manager.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? manager.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
        }
        #expect(pipes.isDisjoint(with: own))
    }

    @Test(arguments: ["no-such-plugin", "/no/such/plugin", "/"])
    func `a plugin that is not there is named with the hint`(command: String) async throws {
        var plugin = ExecPlugin(apiVersion: Self.version, command: command, place: "config: users[0].user.exec")
        plugin.installHint = "Get it from the shop.\n"
        let error = await #expect(throws: AccessError.self) { _ = try await plugin.run(for: access(plugin)) }
        #expect(
            error?.description
                == "config: users[0].user.exec: the credential plugin \"\(command)\" is not there, or may not be executed: install it, or "
                + "correct the command. How to install it: Get it from the shop.")
    }

    @Test(arguments: [
        ("#!/no/such/interpreter\n", "No such file or directory"), ("\u{7f}ELF and then nothing", "Exec format error"),
    ])
    func `a plugin that cannot be started says why`(program: String, reason: String) async throws {
        let file = directory.appendingPathComponent("plugin")
        try install(program, at: file)
        let plugin = ExecPlugin(apiVersion: Self.version, command: file.path, place: "config: users[0].user.exec")
        let error = await #expect(throws: AccessError.self) { _ = try await plugin.run(for: access(plugin)) }
        #expect(
            error?.description
                == "config: users[0].user.exec: the credential plugin \"\(file.path)\" could not be started: \(reason). Is it made for this "
                + "machine, and is its interpreter there?")
    }

    @Test func `a command without a slash is looked for on PATH, in absolute directories only`() {
        #expect(ExecPlugin.find("sh", path: "/no/such:/usr/bin") == "/usr/bin/sh")
        #expect(ExecPlugin.find("sh", path: ".:usr/bin") == nil)
        #expect(ExecPlugin.find("/bin/sh", path: "") == "/bin/sh")
    }

    // MARK: - With a server

    @Test func `a plugin runs once for everybody, and again when the server refuses what it printed`() async throws {
        let plugin = try plugin("echo x >>runs; n=$(wc -l <runs)\n" + status(#""token":"token-'$n'""#))
        let good = Mutex("Bearer token-1")
        let server = try ScriptedServer { request, reply in
            guard request.headers["authorization"] == good.withLock({ $0 }) else { return reply.respond(401, "{}") }
            reply.respond(200, #"{"items":[],"metadata":{"resourceVersion":"1"}}"#)
        }
        defer { server.stop() }
        let access = ClusterAccess(server: server.url, credential: .exec(plugin))
        let client = APIClient(access, credentials: CredentialSource(access, bounds: .init(pause: .zero)), timeout: .seconds(20))
        let beside = APIClient(beside: client, timeout: .seconds(20))
        try await withThrowingTaskGroup { group in
            for n in 0..<20 { group.addTask { _ = try await (n.isMultiple(of: 2) ? client : beside).list(services) } }
            try await group.waitForAll()
        }
        #expect(try file("runs") == "x\n")
        good.withLock { $0 = "Bearer token-2" }
        _ = try await client.list(services)
        _ = try await beside.list(services)
        #expect(try file("runs") == "x\nx\n")
    }

    @Test func `a certificate that a plugin printed anew is shown from then on`()
        async throws
    {
        let pki = try PKI()
        try pki.issue("second", subject: "/CN=second", extensions: "extendedKeyUsage=clientAuth")
        let server = try TLSServer(pki, certificate: "server", demandsClientCertificate: true)
        defer { server.stop() }
        try install("client", pki)
        let plugin = try plugin("cat answer")
        var access = ClusterAccess(server: server.url, credential: .exec(plugin))
        access.tls.authorities = .file(pki.path("ca.crt"))
        let transport = Transport(access, credentials: CredentialSource(access, bounds: .init(pause: .zero)))
        let call = APIError.Call(verb: "get", resource: "a")
        func page() async throws -> String {
            let response = try await transport.stream(Request("GET", server.url), call)
            return String(decoding: try await response.body.collect(upTo: 1 << 20), as: UTF8.self)
        }
        #expect(try await page().contains("tester"))
        try install("second", pki)
        #expect(try await page().contains("second"))
    }

    @Test func `another certificate ends the watches of all clients that share the plugin`() async throws {
        let server = try ScriptedServer { request, reply in
            guard request.query("watch") == "true" else {
                return reply.respond(200, #"{"items":[],"metadata":{"resourceVersion":"1"}}"#)
            }
            reply.beginChunks()
            reply.waitForHangUp()
        }
        defer { server.stop() }
        let pki = try PKI()
        try install("client", pki)
        let access = ClusterAccess(server: server.url, credential: .exec(try plugin("cat answer")))
        let client = APIClient(access, credentials: CredentialSource(access, bounds: .init(pause: .zero)), timeout: .seconds(300))
        let beside = APIClient(beside: client, timeout: .seconds(300))
        let watch = try await client.watch(services, .resume("1"), timeoutSeconds: 300, idle: .seconds(300))
        // The same certificate again ends nothing.
        _ = try await beside.list(services)
        try install("server", pki)
        _ = try await beside.list(services)
        let error = await #expect(throws: APIError.self) { try await watch.forEachBatch { _, _ in true } }
        guard case .transport(let failure) = error?.cause else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.kind == .certificatesChanged)
    }

    /// An answer that is already over, so that each call asks the plugin.
    private func install(_ name: String, _ pki: PKI) throws {
        let status: Value = [
            "expirationTimestamp": "2000-01-01T00:00:00Z",
            "clientCertificateData": .string(String(decoding: try pki.bytes(name + ".crt"), as: UTF8.self)),
            "clientKeyData": .string(String(decoding: try pki.bytes(name + ".key"), as: UTF8.self)),
        ]
        let answer: Value = ["kind": "ExecCredential", "apiVersion": .string(Self.version), "status": status]
        try Data(answer.json).write(to: directory.appendingPathComponent("answer"), options: .atomic)
    }

    private func access(_ plugin: ExecPlugin) -> ClusterAccess {
        ClusterAccess(server: "https://a", credential: .exec(plugin))
    }

    private func file(_ name: String) throws -> String {
        try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
    }

    /// Written by a process of its own: while this one has a program open for writing, programs started beside inherit that for a
    /// moment, and the system refuses to run the program ("Text file busy").
    private func install(_ program: String, at file: URL) throws {
        let source = file.appendingPathExtension("source")
        try Data(program.utf8).write(to: source)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/install")
        process.arguments = ["-m", "755", source.path, file.path]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// A shell script that runs in the test's directory.
    private func plugin(_ script: String) throws -> ExecPlugin {
        let file = directory.appendingPathComponent("plugin-\(UUID().uuidString.prefix(8))")
        try install("#!/bin/sh\ncd '\(directory.path)' || exit 9\n\(script)\n", at: file)
        return ExecPlugin(apiVersion: Self.version, command: file.path, place: "config: users[0].user.exec")
    }
}

/// A line of shell that prints an answer.
private func status(_ fields: String) -> String {
    #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{\#(fields)}}'"#
}
