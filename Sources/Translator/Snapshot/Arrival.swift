public import Documents
public import Resources

/// An object on its way into a snapshot.
///
/// Whoever reads it from a cluster makes what the snapshot keeps of it there and then (`read`): on a thread of its own, beside others.
public struct Arrival: Sendable {
    /// The object, or its essentials where nobody asked for more.
    public let document: Located
    /// nil for those that nobody reads.
    let kind: ResourceKind?
    private let stored: (any Sendable)?

    public init(_ document: Located) {
        self.document = document
        kind = Snapshot.kind(of: document.value)
        stored = nil
    }

    /// - Parameter stored: what `read` made.
    public init(_ packed: Packed, _ kind: ResourceKind, stored: (any Sendable)?) {
        document = Located(packed: packed)
        self.kind = kind
        self.stored = stored
    }

    /// What is kept of a cluster's object.
    ///
    /// - Parameters:
    ///   - document: read without what is `Snapshot.unread`.
    ///   - isWhole: the document is needed for more than the snapshot.
    public static func read(
        _ document: Packed, _ kind: ResourceKind, isWhole: Bool
    ) -> (packed: Packed, stored: (any Sendable)?) {
        func made<R: Resource>(_: R.Type) -> (packed: Packed, stored: (any Sendable)?) {
            guard let stored = Stored<R>(Located(packed: document), defaultNamespace: "", isRead: true) else {
                return (document, nil)
            }
            return (isWhole ? document : stored.packed, stored)
        }
        switch kind {
        case Service.kind: return made(Service.self)
        case EndpointSlice.kind: return made(EndpointSlice.self)
        case Ingress.kind: return made(Ingress.self)
        case IngressClass.kind: return made(IngressClass.self)
        case Route.kind: return made(Route.self)
        case Namespace.kind: return made(Namespace.self)
        case Rollout.kind: return made(Rollout.self)
        // Which Secrets keep their values is known only when they are put there.
        default: return (document, nil)
        }
    }

    /// nil when the object has no name.
    func stored<R: Resource>(
        _: R.Type, defaultNamespace: String, keepsValues: (Located) -> Bool
    ) -> Stored<R>? {
        if let stored = stored as? Stored<R>, !R.kind.isNamespaced || !stored.key.namespace.isEmpty { return stored }
        return Stored<R>(document, defaultNamespace: defaultNamespace, keepsValues: keepsValues(document))
    }
}
