import Fetch
import Foundation

extension ClusterAccess {
    /// Where kubelet mounts a pod's identity.
    public static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The way to the cluster, looked for where kubectl looks: the given file, `KUBECONFIG`, the pod's service account,
    /// `~/.kube/config`.
    ///
    /// - Parameters:
    ///   - environment: the process's environment, of which `KUBECONFIG`, `HOME` and `KUBERNETES_SERVICE_*` are read.
    public static func find(
        kubeconfig: String? = nil, context: String? = nil, environment: [String: String],
        serviceAccount: String = serviceAccountDirectory
    ) throws(AccessError) -> ClusterAccess {
        if let kubeconfig { return try Kubeconfig(files: [kubeconfig]).access(context: context) }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            return try Kubeconfig(files: list.split(separator: ":").map(String.init)).access(context: context)
        }
        if context == nil, hasServiceAccount(environment: environment, directory: serviceAccount) {
            return try inCluster(environment: environment, directory: serviceAccount)
        }
        let file = (environment["HOME"] ?? "") + "/.kube/config"
        guard FileManager.default.fileExists(atPath: file) else {
            throw AccessError(
                "There is no way to a cluster: give --kubeconfig FILE, set KUBECONFIG, run in a pod with a service account, or use "
                    + "--manifests DIR to run without a cluster. (\(file) does not exist.)")
        }
        return try Kubeconfig(files: [file]).access(context: context)
    }

    public static func hasServiceAccount(environment: [String: String], directory: String = serviceAccountDirectory) -> Bool {
        environment["KUBERNETES_SERVICE_HOST"] != nil && FileManager.default.fileExists(atPath: directory + "/token")
    }

    /// The identity that kubelet gave to this pod.
    public static func inCluster(
        environment: [String: String], directory: String = serviceAccountDirectory
    ) throws(AccessError) -> ClusterAccess {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else {
            throw AccessError("KUBERNETES_SERVICE_HOST is not set: this is no pod.")
        }
        let authority = directory + "/ca.crt"
        for file in [directory + "/token", authority] where !FileManager.default.isReadableFile(atPath: file) {
            throw AccessError("\(file) cannot be read: check the pod's automountServiceAccountToken.")
        }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        let namespace = FileManager.default.contents(atPath: directory + "/namespace").map { String(decoding: $0, as: UTF8.self) }
        return ClusterAccess(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", tls: TLSOptions(authorities: .file(authority)),
            credential: .tokenFile(directory + "/token"),
            namespace: namespace?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "default")
    }
}
