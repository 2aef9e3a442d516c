import Documents
import Fetch
import Foundation

/// The files that kubectl reads to know clusters, users and contexts.
public struct Kubeconfig: Sendable {
    /// A named entry, and the file that it came from.
    struct Entry: Sendable {
        var value: Value
        var file: String
        /// `users[2].user`, for messages.
        var field: String
    }

    var clusters: [String: Entry] = [:]
    var users: [String: Entry] = [:]
    var contexts: [String: Entry] = [:]
    public private(set) var currentContext: String?
    private(set) var files: [String] = []

    /// Names of the contexts, sorted.
    public var contextNames: [String] { contexts.keys.sorted() }

    /// Reads files in order; like kubectl, the first to name a thing wins, and files of a list that do not exist are passed over.
    public init(files: [String]) throws(AccessError) {
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else {
                if files.count > 1 { continue }
                throw AccessError("The kubeconfig \(file) cannot be read: check that it exists and who may read it.")
            }
            try merge([UInt8](data), file: file)
        }
    }

    init(text: String, file: String) throws(AccessError) { try merge(Array(text.utf8), file: file) }

    private mutating func merge(_ bytes: [UInt8], file: String) throws(AccessError) {
        let documents: [Located]
        do {
            documents = try YAML.documents(bytes, file: file)
        } catch {
            throw AccessError("The kubeconfig \(file) is no YAML: \(error).")
        }
        files.append(file)
        guard let root = documents.first?.value else { return }
        guard root.object != nil else { throw AccessError("The kubeconfig \(file) holds no mapping at the top.") }
        try merge(root, "clusters", "cluster", file, into: \.clusters)
        try merge(root, "users", "user", file, into: \.users)
        try merge(root, "contexts", "context", file, into: \.contexts)
        if currentContext == nil, let current = root["current-context"]?.string, !current.isEmpty { currentContext = current }
    }

    private mutating func merge(
        _ root: Value, _ list: String, _ member: String, _ file: String,
        into entries: WritableKeyPath<Kubeconfig, [String: Entry]>
    ) throws(AccessError) {
        guard let items = root[list], !items.isNull else { return }
        guard let items = items.array else { throw AccessError("\(file): \(list) must be a list.") }
        for (index, item) in items.enumerated() {
            guard let name = item["name"]?.string else { throw AccessError("\(file): \(list)[\(index)].name is missing.") }
            let field = "\(list)[\(index)].\(member)"
            if self[keyPath: entries][name] == nil {
                self[keyPath: entries][name] = Entry(value: item[member] ?? .object(.init()), file: file, field: field)
            }
        }
    }
}

// MARK: - Resolving

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
        guard let server = cluster.value["server"]?.string, !server.isEmpty else {
            throw AccessError("\(cluster.file): \(cluster.field).server is missing.")
        }
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw AccessError("\(cluster.file): \(cluster.field).server \"\(server)\" must begin with https:// or http://.")
        }
        var tls = TLSOptions()
        tls.authorities = try pem(cluster, "certificate-authority")
        tls.insecure = cluster.value["insecure-skip-tls-verify"]?.bool ?? false
        tls.serverName = cluster.value["tls-server-name"]?.string
        var credential = ClusterAccess.Credential.none
        if context.value["user"]?.string?.isEmpty == false {
            let user = try entry(users, context, "user")
            credential = try self.credential(user)
            tls.clientCertificate = try pem(user, "client-certificate")
            tls.clientKey = try pem(user, "client-key")
            if (tls.clientCertificate == nil) != (tls.clientKey == nil) {
                throw AccessError("\(user.file): \(user.field) needs client-certificate and client-key together.")
            }
        }
        return ClusterAccess(
            server: server, tls: tls, credential: credential, namespace: context.value["namespace"]?.string ?? "default",
            proxy: cluster.value["proxy-url"]?.string)
    }

    private func entry(_ entries: [String: Entry], _ context: Entry, _ member: String) throws(AccessError) -> Entry {
        guard let name = context.value[member]?.string else {
            throw AccessError("\(context.file): \(context.field).\(member) is missing.")
        }
        guard let entry = entries[name] else {
            let others = listed(entries)
            throw AccessError("\(context.file): \(context.field).\(member) names \"\(name)\"; there are: \(others).")
        }
        return entry
    }

    private func credential(_ user: Entry) throws(AccessError) -> ClusterAccess.Credential {
        if let token = user.value["token"]?.string, !token.isEmpty { return .token(token) }
        if let file = user.value["tokenFile"]?.string, !file.isEmpty { return .tokenFile(resolve(file, user.file)) }
        for unsupported in ["exec", "auth-provider", "username"] where user.value[unsupported] != nil {
            throw AccessError(
                "\(user.file): \(user.field).\(unsupported) is not supported; use a token, a tokenFile or a client certificate "
                    + "(for example `kubectl create token`).")
        }
        return .none
    }

    /// `<member>-data` (base64) or `<member>` (a file); the data wins, as with kubectl.
    private func pem(_ entry: Entry, _ member: String) throws(AccessError) -> PEM? {
        if let encoded = entry.value[member + "-data"]?.string, !encoded.isEmpty {
            guard let data = Data(base64Encoded: encoded, options: .ignoreUnknownCharacters) else {
                throw AccessError("\(entry.file): \(entry.field).\(member)-data is no base64.")
            }
            guard String(decoding: data, as: UTF8.self).contains("-----BEGIN ") else {
                throw AccessError("\(entry.file): \(entry.field).\(member)-data holds no PEM (-----BEGIN …).")
            }
            return .bytes([UInt8](data))
        }
        guard let file = entry.value[member]?.string, !file.isEmpty else { return nil }
        let path = resolve(file, entry.file)
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw AccessError("\(entry.file): \(entry.field).\(member) names \(path), which cannot be read.")
        }
        return .file(path)
    }

    /// Relative paths begin at the kubeconfig that holds them.
    private func resolve(_ path: String, _ file: String) -> String {
        if path.hasPrefix("/") { return path }
        return URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent(path).path
    }

    private func listed(_ entries: [String: Entry]) -> String {
        entries.isEmpty ? "(none)" : entries.keys.sorted().joined(separator: ", ")
    }
}
