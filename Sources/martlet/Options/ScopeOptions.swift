import ArgumentParser
import Controller

/// How much of a cluster is watched: all of it, some namespaces, or named Secrets only.
struct ScopeOptions: ParsableArguments {
    @Option(name: .customLong("watch-namespace"), help: "Watch only this namespace; may be repeated.")
    var namespaces: [String] = []

    @Option(
        name: .customLong("watch-secret"),
        help: ArgumentHelp(
            "Watch only this Secret, and no others; may be repeated. For permissions that name Secrets.",
            valueName: "namespace/name"))
    var secrets: [SecretOption] = []

    func validate() throws {
        if let name = namespaces.first(where: { $0.isEmpty || $0.contains("/") }) {
            throw ValidationError("--watch-namespace '\(name)' is no namespace's name.")
        }
        for secret in secrets where !namespaces.isEmpty && !namespaces.contains(secret.name.namespace) {
            throw ValidationError(
                "--watch-secret \(secret.name) lies in no namespace that is watched; add --watch-namespace \(secret.name.namespace)."
            )
        }
    }

    var isNarrowed: Bool { !namespaces.isEmpty || !secrets.isEmpty }

    /// - Parameter needed: a Secret that is watched even if others are named.
    func scope(with needed: SecretOption?) -> WatchScope {
        func once<T: Hashable>(_ items: [T]) -> [T] {
            var seen: Set<T> = []
            return items.filter { seen.insert($0).inserted }
        }
        return WatchScope(
            namespaces: once(namespaces), secrets: once((secrets.isEmpty ? [] : secrets + Array(needed)).map(\.name)))
    }
}

/// `NAMESPACE/NAME`.
struct SecretOption: ExpressibleByArgument {
    var name: WatchScope.SecretName

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        name = WatchScope.SecretName(namespace: parts[0], name: parts[1])
    }
}
