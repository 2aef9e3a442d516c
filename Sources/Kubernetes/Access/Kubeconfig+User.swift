import Documents
import Fetch
import Foundation

/// Who asks, as an entry of `users` says.
extension Kubeconfig {
    func identify(_ access: inout ClusterAccess, _ user: Entry, _ cluster: Entry) throws(AccessError) {
        access.tls.clientCertificate = try user.pem("client-certificate")
        access.tls.clientKey = try user.pem("client-key")
        if (access.tls.clientCertificate == nil) != (access.tls.clientKey == nil) {
            throw AccessError("\(user.file): \(user.field) needs client-certificate and client-key together.")
        }
        access.credential = try credential(user, cluster, hasCertificate: access.tls.clientCertificate != nil)
        access.impersonation = try impersonation(user)
    }

    /// Like client-go: a token, a password or a certificate that is written here makes a plugin needless.
    private func credential(
        _ user: Entry, _ cluster: Entry, hasCertificate: Bool
    ) throws(AccessError) -> ClusterAccess.Credential {
        if user.present("auth-provider") != nil {
            throw user.error(
                "auth-provider",
                "is not supported, nor by kubectl since 1.26: use exec with the provider's plugin, a token, or a client certificate."
            )
        }
        let (username, password) = (user.text("username"), user.text("password"))
        let token = user.text("token")
        let file = user.text("tokenFile").map { user.resolve($0) }
        if username != nil || password != nil {
            guard token == nil, file == nil else {
                throw user.error("username", "and a token exclude each other: keep one of them.")
            }
            guard let username else { throw user.error("password", "needs a username beside it.") }
            return .basic(username: username, password: password ?? "")
        }
        // The file's token may be newer than the one written here.
        if let file, token == nil || FileManager.default.isReadableFile(atPath: file) { return .tokenFile(file) }
        if let token { return .token(token) }
        guard let exec = user.present("exec") else { return .none }
        let plugin = try plugin(exec, user, cluster)
        return hasCertificate ? .none : .exec(plugin)
    }

    private func plugin(_ exec: Value, _ user: Entry, _ cluster: Entry) throws(AccessError) -> ExecPlugin {
        guard exec.object != nil else { throw user.error("exec", "must be a mapping.") }
        guard let version = exec["apiVersion"]?.string, !version.isEmpty else {
            throw user.error("exec.apiVersion", "is missing.")
        }
        guard ExecPlugin.versions.contains(version) else {
            throw user.error(
                "exec.apiVersion",
                "\"\(version)\" is not supported; there are \(ExecPlugin.versions.joined(separator: " and ")): update the plugin, or "
                    + "the tool that wrote this kubeconfig.")
        }
        guard let command = exec["command"]?.string, !command.isEmpty else { throw user.error("exec.command", "is missing.") }
        try interactivity(exec["interactiveMode"]?.string ?? "", version, user)
        var plugin = ExecPlugin(apiVersion: version, command: command.contains("/") ? user.resolve(command) : command)
        plugin.arguments = try list(exec, "args", user).enumerated().map { (index, item) throws(AccessError) in
            guard let text = item.string else { throw user.error("exec.args[\(index)]", "must be a string; quote it.") }
            return text
        }
        for (index, item) in try list(exec, "env", user).enumerated() {
            guard let name = item["name"]?.string, !name.isEmpty else {
                throw user.error("exec.env[\(index)].name", "is missing.")
            }
            guard let value = item["value"]?.string else {
                throw user.error("exec.env[\(index)].value", "must be a string; quote it.")
            }
            plugin.environment[name] = value
        }
        plugin.installHint = exec["installHint"]?.string ?? ""
        plugin.providesClusterInfo = exec["provideClusterInfo"]?.bool ?? false
        plugin.clusterConfig =
            cluster.value["extensions"]?.array?.first { $0["name"]?.string == "client.authentication.k8s.io/exec" }?["extension"]
        plugin.place = "\(user.file): \(user.field).exec"
        return plugin
    }

    private func interactivity(_ mode: String, _ version: String, _ user: Entry) throws(AccessError) {
        switch mode {
        case "Never", "IfAvailable": return
        case "" where version.hasSuffix("/v1beta1"): return
        case "": throw user.error("exec.interactiveMode", "is missing; say Never or IfAvailable.")
        case "Always":
            throw user.error(
                "exec.interactiveMode",
                "is Always, but nobody can type here: use a plugin that needs no terminal, or a token or client certificate.")
        default: throw user.error("exec.interactiveMode", "\"\(mode)\" is unknown; say Never or IfAvailable.")
        }
    }

    private func list(_ exec: Value, _ member: String, _ user: Entry) throws(AccessError) -> [Value] {
        guard let value = exec[member], !value.isNull else { return [] }
        guard let list = value.array else { throw user.error("exec.\(member)", "must be a list.") }
        return list
    }

    private func impersonation(_ user: Entry) throws(AccessError) -> Impersonation? {
        let members = ["as-uid", "as-groups", "as-user-extra"]
        guard let name = user.text("as") else {
            for member in members where user.present(member) != nil {
                throw user.error(member, "needs a user to act as: add `as`.")
            }
            return nil
        }
        var impersonation = Impersonation(user: name, uid: user.text("as-uid") ?? "")
        impersonation.groups = try strings(user.present("as-groups"), "as-groups", user)
        if let extra = user.present("as-user-extra") {
            guard let fields = extra.object else { throw user.error("as-user-extra", "must be a mapping from keys to lists.") }
            for (key, values) in fields.entries.sorted(by: { $0.key < $1.key }) {
                impersonation.extra.append(.init(key: key, values: try strings(values, "as-user-extra.\(key)", user)))
            }
        }
        return impersonation
    }

    private func strings(_ value: Value?, _ member: String, _ user: Entry) throws(AccessError) -> [String] {
        guard let value else { return [] }
        guard let strings = value.array?.map(\.string), !strings.contains(nil) else {
            throw user.error(member, "must be a list of strings.")
        }
        return strings.compactMap(\.self)
    }
}

extension Kubeconfig.Entry {
    /// A member that is there and not null.
    fileprivate func present(_ member: String) -> Value? {
        guard let value = value[member], !value.isNull else { return nil }
        return value
    }
}
