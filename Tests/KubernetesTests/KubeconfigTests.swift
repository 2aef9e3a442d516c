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
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: z, user: u}}]\n"
                + "clusters: [{name: z, cluster: {server: https://a}}]\nusers: [{name: u, user: {exec: {command: aws}}}]",
            "config: users[0].user.exec is not supported; use a token"
        ),
    ])
    func `what is wrong is named with file and field`(text: String, message: String) {
        let error = #expect(throws: AccessError.self) { _ = try Kubeconfig(text: text, file: "config").access() }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
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

    @Test func `a pod's service account is found, and its token is read again after it rotated`() throws {
        let directory = try temporaryDirectory()
        let token = directory.appendingPathComponent("token")
        try Data("first\n".utf8).write(to: token)
        try Data("-----BEGIN CERTIFICATE-----".utf8).write(to: directory.appendingPathComponent("ca.crt"))
        try Data("shop\n".utf8).write(to: directory.appendingPathComponent("namespace"))
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let access = try ClusterAccess.find(environment: environment, serviceAccount: directory.path)
        #expect(access.server == "https://[fd00::1]:443")
        #expect(access.namespace == "shop")
        let tokens = TokenSource(access.credential)
        #expect(try tokens.current() == "first")
        try Data("second".utf8).write(to: token)
        #expect(try tokens.current() == "first")
        tokens.forget()
        #expect(try tokens.current() == "second")
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
