import Base
import DevCluster
import Foundation

/// The directory of one `martlet dev`: the cluster's journal, kubeconfig, certificates, env and access log.
///
/// A temporary one goes at the end and holds no journal. One that the user named stays, so that the cluster, a gateway and a kubeconfig of
/// this run are good for the next; only `env`, which says that something runs, is taken away.
struct DevState {
    let directory: String
    /// Where the cluster is kept, locked against other processes; nil when the directory is temporary.
    let disk: DirectoryDisk?
    private let isTemporary: Bool

    /// - Parameter directory: nil for a temporary one.
    init(directory: String?) throws(Failure) {
        let files = FileManager.default
        let path =
            directory
            ?? files.temporaryDirectory.appending(path: "martlet-dev-\(UUID().uuidString.prefix(8).lowercased())").path()
        isTemporary = directory == nil
        self.directory = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
        do {
            try files.createDirectory(
                atPath: path + "/cluster", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Self.unusable(path, error)
        }
        do {
            disk =
                isTemporary
                ? nil
                : try DirectoryDisk(
                    path: self.directory + "/cluster", owner: "process \(ProcessInfo.processInfo.processIdentifier)")
        } catch {
            throw .unreachable("\(error)")
        }
        do {
            // Whoever waits for `env` must not find that of an earlier run.
            if files.fileExists(atPath: env) { try files.removeItem(atPath: env) }
        } catch {
            throw Self.unusable(path, error)
        }
    }

    private static func unusable(_ path: String, _ error: any Error) -> Failure {
        .unreachable("the directory \(path) cannot be used: \(error.localizedDescription); name another one with --state")
    }

    var kubeconfig: String { directory + "/kubeconfig" }
    var accessLog: String { directory + "/access.log" }
    var env: String { directory + "/env" }
    /// The authority of the sample host's certificate, for clients.
    var authority: String { directory + "/ca.crt" }
    /// Stays in a directory that was named, so that clients of one run are clients of the next.
    var credentials: String { directory + "/pki" }

    /// Written in one piece, when everything is ready: scripts wait for it and source it.
    func writeEnvironment(_ pairs: KeyValuePairs<String, String>) throws(Failure) {
        let text = pairs.map { "export \($0.key)=\(Self.quoted($0.value))\n" }.joined()
        do {
            try Data(text.utf8).write(to: URL(filePath: env), options: .atomic)
        } catch {
            throw .unreachable("\(env) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Plain where a shell reads it as it is.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\"'`$\\;&|<>()*?[]{}#~!".utf8.contains($0) }
        return isPlain ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: isTemporary ? directory : env)
    }
}
