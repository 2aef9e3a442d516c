public import Documents

/// One kind in one version that the cluster serves. Discovery, validation, defaults, patches, tables and `kubectl explain` all come from it.
public struct KindSchema: Sendable, Equatable {
    /// A column of `kubectl get`. Built-in kinds may have columns that no path can say; `TableMaker` knows these by kind.
    public struct Column: Sendable, Equatable {
        public var name: String
        /// "string", "integer", "number", "boolean" or "date".
        public var type: String
        /// Such as "name" or "int32"; often empty.
        public var format: String
        public var description: String
        /// 0 is always shown; more only with `-o wide`.
        public var priority: Int
        /// A simple JSONPath such as ".spec.replicas"; empty where `TableMaker` computes the cell.
        public var path: String

        public init(
            _ name: String, type: String = "string", format: String = "", description: String = "", priority: Int = 0,
            path: String = ""
        ) {
            self.name = name
            self.type = type
            self.format = format
            self.description = description
            self.priority = priority
            self.path = path
        }
    }

    /// Where the scale subresource finds its numbers, as simple JSONPaths.
    public struct Scale: Sendable, Equatable {
        public var specReplicasPath: String
        public var statusReplicasPath: String
        /// Where the serialised selector lies; empty when the kind has none.
        public var selectorPath: String

        public init(
            specReplicasPath: String = ".spec.replicas", statusReplicasPath: String = ".status.replicas",
            selectorPath: String = ""
        ) {
            self.specReplicasPath = specReplicasPath
            self.statusReplicasPath = statusReplicasPath
            self.selectorPath = selectorPath
        }
    }

    /// Empty for the core group.
    public var group: String
    public var version: String
    public var kind: String
    public var listKind: String
    public var plural: String
    public var singular: String
    public var shortNames: [String] = []
    public var categories: [String] = []
    public var isNamespaced: Bool
    /// Has a status subresource: writes to the object leave its status alone, and writes to /status everything else.
    public var hasStatus = false
    public var scale: Scale?
    public var columns: [Column] = []
    /// An OpenAPI v3 schema of the whole object with `x-kubernetes-*` list types and merge keys. Empty: anything is accepted.
    public var schema: Value = [:]

    public init(group: String, version: String, kind: String, plural: String, isNamespaced: Bool) {
        self.group = group
        self.version = version
        self.kind = kind
        listKind = kind + "List"
        self.plural = plural
        singular = kind.lowercased()
        self.isNamespaced = isNamespaced
    }

    /// "v1" or "networking.k8s.io/v1".
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    /// "ingresses.networking.k8s.io" or "pods": how messages and details name the resource.
    public var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }
}
