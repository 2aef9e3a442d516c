import Base

/// Names one object among all.
///
/// Ten thousand objects are named a dozen times each, so group and kind take one word: those of one kind share them.
public struct ObjectReference: Hashable, Sendable, Comparable, CustomStringConvertible {
    private struct GroupKind: Hashable, Sendable {
        var group: String
        var kind: String
    }

    /// Of the kinds that are read.
    private static let known: [Rare<GroupKind>] = [
        Route.kind, Service.kind, EndpointSlice.kind, Secret.kind, Ingress.kind, IngressClass.kind, Namespace.kind, Rollout.kind,
    ].map { Rare(GroupKind(group: $0.group, kind: $0.kind)) }

    private let groupKind: Rare<GroupKind>
    public let namespace: String
    public let name: String

    public init(group: String = "", kind: String, namespace: String = "", name: String) {
        let known = Self.known.first { $0.value.kind == kind && $0.value.group == group }
        groupKind = known ?? Rare(GroupKind(group: group, kind: kind))
        self.namespace = namespace
        self.name = name
    }

    public init(kind: ResourceKind, metadata: ObjectMeta) {
        self.init(group: kind.group, kind: kind.kind, namespace: metadata.namespace, name: metadata.name)
    }

    public var group: String { groupKind.value.group }
    public var kind: String { groupKind.value.kind }

    /// `Ingress shop/web`.
    public var description: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }

    public static func < (a: Self, b: Self) -> Bool {
        if a.groupKind != b.groupKind { return (a.kind, a.group) < (b.kind, b.group) }
        return (a.namespace, a.name) < (b.namespace, b.name)
    }
}
