import Kubernetes
public import Resources

/// How much of a cluster is watched, which is also how much has to be granted (docs/operations.md).
public struct WatchScope: Sendable, Equatable {
    /// One Secret.
    public struct SecretName: Sendable, Hashable, CustomStringConvertible {
        public var namespace: String
        public var name: String

        public init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }

        public var description: String { "\(namespace)/\(name)" }
    }

    /// Empty for all. Kinds that live in no namespace are watched in any case.
    public var namespaces: [String]
    /// The only Secrets that are watched, each by its name; empty for those of the namespaces.
    public var secrets: [SecretName]

    public init(namespaces: [String] = [], secrets: [SecretName] = []) {
        self.namespaces = namespaces
        self.secrets = secrets
    }

    /// A list and watch of its own.
    struct Feed: Sendable, Equatable {
        var kind: ResourceKind
        /// nil means all.
        var namespace: String?
        /// The one object that is watched.
        var name: String?

        func covers(_ key: ObjectKey) -> Bool {
            (namespace == nil || namespace == key.namespace) && (name == nil || name == key.name)
        }

        /// Under which name it is told how far the feed has come.
        var mark: String { FeedMarks.name(kind.type, namespace: namespace, object: name) }

        var fieldSelector: String? { name.map { "metadata.name=\($0)" } ?? kind.listSelector }
    }

    /// One feed for each kind and namespace, or for each Secret where these are named.
    func feeds(_ kinds: [ResourceKind]) -> [Feed] {
        kinds.flatMap { kind in
            if kind == Secret.kind, !secrets.isEmpty {
                return secrets.map { Feed(kind: kind, namespace: $0.namespace, name: $0.name) }
            }
            return namespaces.isEmpty || !kind.isNamespaced
                ? [Feed(kind: kind)] : namespaces.map { Feed(kind: kind, namespace: $0) }
        }
    }
}

extension ResourceKind {
    /// What a list of the kind is narrowed to, so that what cannot matter is never sent.
    public var listSelector: String? { self == Secret.kind ? Secret.selector : nil }
}
