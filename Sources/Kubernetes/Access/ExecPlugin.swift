public import Documents
import Fetch
import Foundation

/// A program that prints credentials, as `users[].user.exec` of a kubeconfig describes it (Kubernetes docs, "client-go credential
/// plugins").
public struct ExecPlugin: Sendable, Equatable {
    /// Spoken versions of the group client.authentication.k8s.io.
    static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    public var apiVersion: String
    /// A name to look for on PATH, or an absolute path.
    public var command: String
    public var arguments: [String]
    /// Added to this process's environment.
    public var environment: [String: String]
    /// How to get the program; shown when it is not there.
    public var installHint: String
    /// Tells the program about the cluster.
    public var providesClusterInfo: Bool
    /// `clusters[].cluster.extensions[client.authentication.k8s.io/exec]`, handed on with the cluster.
    public var clusterConfig: Value?
    /// File and field of the kubeconfig, for messages.
    public var place: String

    public init(
        apiVersion: String, command: String, arguments: [String] = [], environment: [String: String] = [:],
        installHint: String = "", providesClusterInfo: Bool = false, clusterConfig: Value? = nil, place: String = "exec"
    ) {
        self.apiVersion = apiVersion
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.installHint = installHint
        self.providesClusterInfo = providesClusterInfo
        self.clusterConfig = clusterConfig
        self.place = place
    }

    /// What the program finds in `KUBERNETES_EXEC_INFO`. It is never offered a terminal.
    func info(about access: ClusterAccess) throws(AccessError) -> Value {
        var spec: Value = ["interactive": false]
        if providesClusterInfo { spec["cluster"] = try cluster(access) }
        return ["kind": "ExecCredential", "apiVersion": .string(apiVersion), "spec": spec]
    }

    private func cluster(_ access: ClusterAccess) throws(AccessError) -> Value {
        var cluster: Value = ["server": .string(access.server)]
        if let name = access.tls.serverName { cluster["tls-server-name"] = .string(name) }
        if access.tls.insecure { cluster["insecure-skip-tls-verify"] = true }
        if let proxy = access.proxy { cluster["proxy-url"] = .string(proxy) }
        switch access.tls.authorities {
        case .bytes(let bytes): cluster["certificate-authority-data"] = .string(Data(bytes).base64EncodedString())
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw AccessError(
                    "\(place): the certificate authority \(path) cannot be read, so the plugin cannot be told of it.")
            }
            cluster["certificate-authority-data"] = .string(data.base64EncodedString())
        case nil: break
        }
        if let clusterConfig { cluster["config"] = clusterConfig }
        return cluster
    }

    func error(_ message: String) -> AccessError { AccessError("\(place): the credential plugin \"\(command)\" \(message)") }
}
