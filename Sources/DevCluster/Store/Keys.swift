/// A collection of the store. All versions of a kind share one, and so do Events under both of their groups.
public struct ResourceKey: Hashable, Sendable, CustomStringConvertible {
    public var group: String
    public var plural: String

    public init(_ plural: String, group: String = "") {
        self.group = group
        self.plural = plural
    }

    public var description: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

extension KindSchema {
    /// Where objects of this kind lie.
    public var resource: ResourceKey {
        group == "events.k8s.io" && plural == "events" ? .events : ResourceKey(plural, group: group)
    }
}

extension ResourceKey {
    public static let events = ResourceKey("events")
    public static let namespaces = ResourceKey("namespaces")
    public static let services = ResourceKey("services")
    public static let endpointSlices = ResourceKey("endpointslices", group: "discovery.k8s.io")
    public static let ingresses = ResourceKey("ingresses", group: "networking.k8s.io")
    public static let ingressClasses = ResourceKey("ingressclasses", group: "networking.k8s.io")
    public static let endpoints = ResourceKey("endpoints")
    public static let pods = ResourceKey("pods")
    public static let deployments = ResourceKey("deployments", group: "apps")
    public static let replicaSets = ResourceKey("replicasets", group: "apps")
    public static let customResourceDefinitions = ResourceKey("customresourcedefinitions", group: "apiextensions.k8s.io")
    static let serviceAccounts = ResourceKey("serviceaccounts")
}

/// An object within its collection. Ordered as lists are: by namespace, then name.
public struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Empty for objects of the whole cluster.
    public var namespace: String
    public var name: String

    public init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    public static func < (a: Self, b: Self) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}
