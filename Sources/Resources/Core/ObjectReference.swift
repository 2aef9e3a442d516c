import Base

/// Names one object among all.
///
/// Ten thousand objects are named a dozen times each, so group and kind take one word: they are those of few kinds.
public struct ObjectReference: Hashable, Sendable, Comparable, CustomStringConvertible {
    private enum Kind: Hashable, Sendable {
        /// A place in `known`.
        case known(UInt8)
        case other(Rare<GroupKind>)
    }

    private struct GroupKind: Hashable, Sendable {
        var group: String
        var kind: String
    }

    private static let known: [GroupKind] = [
        Route.kind, Service.kind, EndpointSlice.kind, Secret.kind, Ingress.kind, IngressClass.kind, Namespace.kind,
    ].map { GroupKind(group: $0.group, kind: $0.kind) }

    private let groupKind: Kind
    public let namespace: String
    public let name: String

    public init(group: String = "", kind: String, namespace: String = "", name: String) {
        let own = GroupKind(group: group, kind: kind)
        groupKind = Self.known.firstIndex(of: own).map { .known(UInt8($0)) } ?? .other(Rare(own))
        self.namespace = namespace
        self.name = name
    }

    public init(kind: ResourceKind, metadata: ObjectMeta) {
        self.init(group: kind.group, kind: kind.kind, namespace: metadata.namespace, name: metadata.name)
    }

    public var group: String { parts.group }
    public var kind: String { parts.kind }

    private var parts: GroupKind {
        switch groupKind {
        case .known(let i): Self.known[Int(i)]
        case .other(let own): own.value
        }
    }

    /// `Ingress shop/web`.
    public var description: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }

    public static func < (a: Self, b: Self) -> Bool {
        if a.groupKind != b.groupKind { return (a.kind, a.group) < (b.kind, b.group) }
        return (a.namespace, a.name) < (b.namespace, b.name)
    }
}
