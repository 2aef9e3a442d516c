import Fetch
import Foundation
import Testing

@testable import Kubernetes

struct KubeconfigTests {
    @Test func `inline data, files beside the kubeconfig and the namespace are understood`() throws {
        let directory = try temporaryDirectory()
        try Data("-----BEGIN CERTIFICATE-----".utf8).write(to: directory.appendingPathComponent("client.crt"))
        try Data("-----BEGIN KEY-----".utf8).write(to: directory.appendingPathComponent("client.key"))
        let authority = Data("-----BEGIN CERTIFICATE-----\nabc".utf8).base64EncodedString()
        let file = directory.appendingPathComponent("config")
        try Data(
            """
            apiVersion: v1
            kind: Config
            current-context: one
            clusters:
            - name: c
              cluster: {server: "https://api.example.com:6443/", certificate-authority-data: \(authority), tls-server-name: kubernetes}
            users:
            - name: u
              user: {client-certificate: client.crt, client-key: client.key}
            contexts:
            - name: one
              context: {cluster: c, user: u, namespace: shop}
            """.utf8
        ).write(to: file)
        let access = try ClusterAccess.find(kubeconfig: file.path, environment: [:])
        #expect(access.server == "https://api.example.com:6443")
        #expect(access.namespace == "shop")
        #expect(access.tls.authorities == .bytes(Array("-----BEGIN CERTIFICATE-----\nabc".utf8)))
        #expect(access.tls.clientCertificate == .file(directory.appendingPathComponent("client.crt").path))
        #expect(access.tls.serverName == "kubernetes")
        #expect(access.credential == .none)
    }

    @Test(arguments: [
        ("clusters: {}", "config: clusters must be a list."),
        ("clusters: [{cluster: {}}]", "config: clusters[0].name is missing."),
        ("a: [", "The kubeconfig config is no YAML: line"),
        ("contexts: []", "config: current-context is not set; choose one with --context: (none)."),
        ("current-context: x", "config: there is no context \"x\"; there are: (none)."),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: y}}]\nclusters: [{name: z, cluster: {}}]",
            "config: contexts[0].context.cluster names \"y\"; there are: z."
        ),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: z}}]\nclusters: [{name: z, cluster: {}}]",
            "config: clusters[0].cluster.server is missing."
        ),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: z}}]\nclusters: [{name: z, cluster: {server: a}}]",
            "config: clusters[0].cluster.server \"a\" must begin with https:// or http://."
        ),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: z, user: u}}]\n"
                + "clusters: [{name: z, cluster: {server: https://a}}]\nusers: [{name: u, user: {client-key-data: '!!'}}]",
            "config: users[0].user.client-key-data is no base64."
        ),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: z, user: u}}]\n"
                + "clusters: [{name: z, cluster: {server: https://a}}]\nusers: [{name: u, user: {client-certificate: /no/such}}]",
            "config: users[0].user.client-certificate names /no/such, which cannot be read."
        ),
    ])
    func `what is wrong is named with file and field`(text: String, message: String) {
        let error = #expect(throws: AccessError.self) { _ = try Kubeconfig(text: text, file: "config").access() }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("{username: a, token: b}", "username and a token exclude each other"),
        ("{password: a}", "password needs a username beside it."),
        ("{auth-provider: {name: gcp}}", "auth-provider is not supported, nor by kubectl since 1.26: use exec"),
        ("{as-groups: [a]}", "as-groups needs a user to act as: add `as`."),
        ("{as: a, as-groups: [1]}", "as-groups must be a list of strings."),
        ("{as: a, as-user-extra: {k: v}}", "as-user-extra.k must be a list of strings."),
        ("{exec: aws}", "exec must be a mapping."),
        ("{exec: {command: aws}}", "exec.apiVersion is missing."),
        (
            "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1alpha1}}",
            "exec.apiVersion \"client.authentication.k8s.io/v1alpha1\" is not supported; there are "
                + "client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1: update the plugin"
        ),
        ("{exec: {apiVersion: client.authentication.k8s.io/v1}}", "exec.command is missing."),
        (
            "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1}}",
            "exec.interactiveMode is missing; say Never or IfAvailable."
        ),
        (
            "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}}",
            "exec.interactiveMode is Always, but nobody can type here: use a plugin that needs no terminal"
        ),
        (
            "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: Perhaps}}",
            "exec.interactiveMode \"Perhaps\" is unknown; say Never or IfAvailable."
        ),
        ("{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1, args: a}}", "exec.args must be a list."),
        (
            "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1, args: [1]}}",
            "exec.args[0] must be a string; quote it."
        ),
        (
            "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: a}]}}",
            "exec.env[0].name is missing."
        ),
        (
            "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1, env: [{name: a, value: 1}]}}",
            "exec.env[0].value must be a string; quote it."
        ),
    ])
    func `what is wrong with a user is named with the field`(user: String, message: String) {
        let error = #expect(throws: AccessError.self) { _ = try access(user: user) }
        #expect(error?.description.hasPrefix("/etc/k/config: users[0].user." + message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("{proxy-url: 'ftp://a'}", "proxy-url must be a URL that begins with http://, https:// or socks5:// and names a host."),
        ("{proxy-url: 'http://'}", "proxy-url must be a URL that begins with http://, https:// or socks5:// and names a host."),
        (
            "{insecure-skip-tls-verify: true, certificate-authority-data: LS0tLS1CRUdJTiBYLS0tLS0=}",
            "insecure-skip-tls-verify contradicts certificate-authority"
        ),
    ])
    func `what is wrong with a cluster is named with the field`(cluster: String, message: String) {
        let error = #expect(throws: AccessError.self) { _ = try access(cluster: cluster) }
        #expect(
            error?.description.hasPrefix("/etc/k/config: clusters[0].cluster." + message) == true, "\(error?.description ?? "")")
    }

    @Test func `a password, a proxy and another user to act as are understood`() throws {
        let access = try access(
            user:
                "{username: a, password: 'b:c', as: jane, as-uid: '7', as-groups: [dev, ops], as-user-extra: {b/c: [x], a: [y, z]}}",
            cluster: "{proxy-url: 'socks5://p:1080', tls-server-name: api, insecure-skip-tls-verify: true}")
        #expect(access.credential == .basic(username: "a", password: "b:c"))
        #expect(access.proxy == "socks5://p:1080")
        #expect(access.tls.serverName == "api" && access.tls.insecure)
        #expect(
            access.impersonation?.headers == [
                Header("Impersonate-User", "jane"), Header("Impersonate-Uid", "7"), Header("Impersonate-Group", "dev"),
                Header("Impersonate-Group", "ops"), Header("Impersonate-Extra-a", "y"), Header("Impersonate-Extra-a", "z"),
                Header("Impersonate-Extra-b%2Fc", "x"),
            ])
    }

    @Test func `a plugin's command is looked for beside the kubeconfig when it holds a slash, else on PATH`() throws {
        let version = "client.authentication.k8s.io/v1"
        func command(_ text: String) throws -> String? {
            let exec = "{exec: {command: \(text), apiVersion: \(version), interactiveMode: Never}}"
            guard case .exec(let plugin) = try access(user: exec).credential else { return nil }
            return plugin.command
        }
        #expect(try command("./bin/login") == "/etc/k/bin/login")
        #expect(try command("../login") == "/etc/login")
        #expect(try command("/opt/login") == "/opt/login")
        #expect(try command("login") == "login")
    }

    @Test func `a token or a certificate makes a plugin needless, and a token's file goes before the token`() throws {
        let exec = "exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1}"
        #expect(try access(user: "{token: t, \(exec)}").credential == .token("t"))
        let pem = Data("-----BEGIN X-----".utf8).base64EncodedString()
        let certificate = "client-certificate-data: \(pem), client-key-data: \(pem)"
        #expect(try access(user: "{\(certificate), \(exec)}").credential == .none)
        let file = try temporaryDirectory().appendingPathComponent("token")
        #expect(try access(user: "{token: t, tokenFile: \(file.path)}").credential == .token("t"))
        try Data("u".utf8).write(to: file)
        #expect(try access(user: "{token: t, tokenFile: \(file.path)}").credential == .tokenFile(file.path))
    }

    private func access(user: String = "{}", cluster: String = "{}") throws -> ClusterAccess {
        let cluster = cluster.replacingOccurrences(of: "{", with: "{server: 'https://a', ", range: cluster.range(of: "{"))
        return try Kubeconfig(
            text: """
                current-context: x
                contexts: [{name: x, context: {cluster: c, user: u}}]
                clusters: [{name: c, cluster: \(cluster)}]
                users: [{name: u, user: \(user)}]
                """, file: "/etc/k/config"
        ).access()
    }

    @Test func `the first file of KUBECONFIG wins, and missing ones are passed over`() throws {
        let directory = try temporaryDirectory()
        let first = directory.appendingPathComponent("first").path
        let second = directory.appendingPathComponent("second").path
        try Data("current-context: x\nclusters: [{name: z, cluster: {server: https://first}}]".utf8)
            .write(to: URL(fileURLWithPath: first))
        try Data(
            "current-context: y\nclusters: [{name: z, cluster: {server: https://second}}]\ncontexts: [{name: x, context: {cluster: z}}]"
                .utf8
        ).write(to: URL(fileURLWithPath: second))
        let access = try ClusterAccess.find(environment: ["KUBECONFIG": "/no/such:\(first):\(second)"])
        #expect(access.server == "https://first")
    }

    @Test func `a pod's service account is found, and its token is read again after it rotated`() async throws {
        let directory = try temporaryDirectory()
        let token = directory.appendingPathComponent("token")
        try Data("first\n".utf8).write(to: token)
        try Data("-----BEGIN CERTIFICATE-----".utf8).write(to: directory.appendingPathComponent("ca.crt"))
        try Data("shop\n".utf8).write(to: directory.appendingPathComponent("namespace"))
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let access = try ClusterAccess.find(environment: environment, serviceAccount: directory.path)
        #expect(access.server == "https://[fd00::1]:443")
        #expect(access.namespace == "shop")
        let credentials = CredentialSource(access)
        let first = try await credentials.current()
        #expect(first.authorization == "Bearer first")
        try Data("second".utf8).write(to: token)
        #expect(try await credentials.current() == first)
        #expect(await credentials.replacement(for: first)?.authorization == "Bearer second")
        try Data().write(to: token)
        _ = await credentials.replacement(for: first)
        let error = await #expect(throws: AccessError.self) { _ = try await credentials.current() }
        #expect(error?.description == "The token file \(token.path) is empty.")
    }

    @Test func `without any way to a cluster the message names them all`() {
        let error = #expect(throws: AccessError.self) { _ = try ClusterAccess.find(environment: ["HOME": "/no/such"]) }
        #expect(error?.description.contains("--kubeconfig") == true && error?.description.contains("--manifests") == true)
    }
}

func temporaryDirectory() throws -> URL {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory
}
