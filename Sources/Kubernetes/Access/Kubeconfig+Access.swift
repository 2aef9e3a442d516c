import Documents
import Fetch
import Foundation

extension Kubeconfig {
    /// The way to the cluster of a context; nil means the current one.
    public func access(context name: String? = nil) throws(AccessError) -> ClusterAccess {
        let place = files.joined(separator: ", ")
        guard let name = name ?? currentContext else {
            throw AccessError("\(place): current-context is not set; choose one with --context: \(listed(contexts)).")
        }
        guard let context = contexts[name] else {
            throw AccessError("\(place): there is no context \"\(name)\"; there are: \(listed(contexts)).")
        }
        let cluster = try entry(clusters, context, "cluster")
        var access = ClusterAccess(
            server: try server(cluster), namespace: context.value["namespace"]?.string ?? "default", proxy: try proxy(cluster))
        access.tls.authorities = try cluster.pem("certificate-authority")
        access.tls.insecure = cluster.value["insecure-skip-tls-verify"]?.bool ?? false
        access.tls.serverName = cluster.text("tls-server-name")
        if access.tls.insecure, access.tls.authorities != nil {
            throw cluster.error(
                "insecure-skip-tls-verify", "contradicts certificate-authority: keep the authority, which can then be verified.")
        }
        if context.text("user") != nil { try identify(&access, entry(users, context, "user"), cluster) }
        return access
    }

    private func server(_ cluster: Entry) throws(AccessError) -> String {
        guard let server = cluster.text("server") else { throw cluster.error("server", "is missing.") }
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw cluster.error("server", "\"\(server)\" must begin with https:// or http://.")
        }
        return server
    }

    private func proxy(_ cluster: Entry) throws(AccessError) -> String? {
        guard let proxy = cluster.text("proxy-url") else { return nil }
        let parts = URLComponents(string: proxy)
        guard ["http", "https", "socks5"].contains(parts?.scheme?.lowercased()), parts?.host?.isEmpty == false else {
            // Not repeated, because it may hold a password.
            throw cluster.error("proxy-url", "must be a URL that begins with http://, https:// or socks5:// and names a host.")
        }
        return proxy
    }

    private func entry(_ entries: [String: Entry], _ context: Entry, _ member: String) throws(AccessError) -> Entry {
        guard let name = context.value[member]?.string else { throw context.error(member, "is missing.") }
        guard let entry = entries[name] else {
            throw context.error(member, "names \"\(name)\"; there are: \(listed(entries)).")
        }
        return entry
    }

    private func listed(_ entries: [String: Entry]) -> String {
        entries.isEmpty ? "(none)" : entries.keys.sorted().joined(separator: ", ")
    }
}

extension Kubeconfig.Entry {
    /// A member's text; nil when it is absent or empty, which mean the same.
    func text(_ member: String) -> String? {
        guard let text = value[member]?.string, !text.isEmpty else { return nil }
        return text
    }

    func error(_ member: String, _ problem: String) -> AccessError { AccessError("\(file): \(field).\(member) \(problem)") }

    /// `<member>-data` (base64) or `<member>` (a file); the data wins, as with kubectl.
    func pem(_ member: String) throws(AccessError) -> PEM? {
        if let encoded = text(member + "-data") {
            guard let data = Data(base64Encoded: encoded, options: .ignoreUnknownCharacters) else {
                throw error(member + "-data", "is no base64.")
            }
            guard String(decoding: data, as: UTF8.self).contains("-----BEGIN ") else {
                throw error(member + "-data", "holds no PEM (-----BEGIN …).")
            }
            return .bytes([UInt8](data))
        }
        guard let name = text(member) else { return nil }
        let path = resolve(name)
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw error(member, "names \(path), which cannot be read.")
        }
        return .file(path)
    }

    /// Relative paths begin at the kubeconfig that holds them.
    func resolve(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent(path).standardizedFileURL.path
    }
}
