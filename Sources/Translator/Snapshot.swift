public import Documents
public import Resources

/// All cluster objects that Martlet reads, at one moment. A value: copies are cheap and share their objects.
///
/// Objects are decoded once, when they are put in; whoever translates again finds the decoded views.
public struct Snapshot: Sendable {
    private var objects: [ObjectReference: Located] = [:]

    public init() {}

    /// The kinds that a source has to deliver. Objects of other kinds are ignored.
    public static let kinds: [ResourceKind] = [
        Service.kind, EndpointSlice.kind, Secret.kind, Ingress.kind, IngressClass.kind, Route.kind,
    ]

    /// Adds the object, or replaces the one of the same kind, namespace and name.
    /// - Returns: what was touched; nil when nothing that matters changed.
    @discardableResult
    public mutating func put(_ document: Located) -> ObjectReference? { nil }

    @discardableResult
    public mutating func remove(_ reference: ObjectReference) -> Bool { objects.removeValue(forKey: reference) != nil }

    /// Swaps all objects of one kind, in one namespace or (nil) in all of them.
    /// - Returns: what was added, changed or removed.
    @discardableResult
    public mutating func replace(_ kind: ResourceKind, namespace: String?, with documents: [Located]) -> Set<ObjectReference> { [] }
}
