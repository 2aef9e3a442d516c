public import Documents

/// A kind of object and where an API server keeps it.
public struct ResourceKind: Hashable, Sendable {
    /// Empty for the core group.
    public let group: String
    public let version: String
    public let kind: String
    /// The name in URLs: `ingresses`.
    public let plural: String
    public let isNamespaced: Bool

    public init(group: String, version: String, kind: String, plural: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
}

/// A typed view of an object. Views are lean: only what Martlet reads.
public protocol Resource: Sendable, Equatable {
    static var kind: ResourceKind { get }
    /// The members of the whole document, besides apiVersion, kind and metadata.
    static var shape: Shape<Self> { get }
    init()
    var metadata: ObjectMeta { get set }
}

/// An object as far as it could be read, and what could not.
public struct Decoded<R: Resource>: Sendable, Equatable {
    public var resource: R
    public var problems: [FieldProblem]
}

extension Resource {
    /// Reads a document of this kind. Total: what cannot be used is in `problems`, the rest counts.
    public static func decode(_ document: Value, defaultNamespace: String = "") -> Decoded<Self> {
        var problems = FieldProblems()
        var resource = shape.read(document, into: &problems) ?? Self()
        let namespace = kind.isNamespaced ? defaultNamespace : ""
        resource.metadata = ObjectMeta(of: document, defaultNamespace: namespace)
        return Decoded(resource: resource, problems: problems.all)
    }

    /// Reads a packed document of this kind, without a tree of it: the same resource as `decode` makes.
    ///
    /// - Parameter isFlawed: becomes true where `decode` would report problems.
    public static func unpack(_ document: Packed, defaultNamespace: String = "", isFlawed: inout Bool) -> Self {
        var resource = shape.read(document, isFlawed: &isFlawed) ?? Self()
        resource.metadata = ObjectMeta(of: document, defaultNamespace: kind.isNamespaced ? defaultNamespace : "")
        return resource
    }

    public var reference: ObjectReference { ObjectReference(kind: Self.kind, metadata: metadata) }

    /// Members that every object has and that shapes do not declare.
    static var envelope: Set<String> { ["apiVersion", "kind", "metadata", "status"] }
}
