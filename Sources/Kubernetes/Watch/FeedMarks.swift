/// How far each feed of a replica has come: by the feed's name, the newest resource version up to which everything was taken over.
///
/// Within one kind an API server hands changes out in the order of their versions, so a mark says of every object of its feed at once whether
/// the replica has it: a replica is described by as many marks as it has feeds, however many objects there are.
public struct FeedMarks: Sendable, Equatable {
    /// By name of the feed (`name`).
    public private(set) var versions: [String: String]

    public init(_ versions: [String: String] = [:]) { self.versions = versions }

    public subscript(feed: String) -> String? {
        get { versions[feed] }
        set { versions[feed] = newValue }
    }

    public var isEmpty: Bool { versions.isEmpty }

    /// Later marks count, lower ones too: a server that was restored from a backup has older versions, and what we had before is gone.
    public mutating func merge(_ later: FeedMarks) { versions.merge(later.versions) { _, new in new } }

    /// `routes.martlet.dev`, `routes.martlet.dev/shop` in one namespace, `secrets/shop/tls` for one object.
    public static func name(_ type: ResourceType, namespace: String?, object: String? = nil) -> String {
        [type.description, namespace, object].compactMap(\.self).joined(separator: "/")
    }

    /// Whether an object is here as it was at that version. nil when no feed would bring it, as far as is known.
    ///
    /// - Parameter everywhere: the name of the feed of its kind in all namespaces.
    public func cover(_ everywhere: String, namespace: String, since version: String) -> Bool? {
        let mark = versions[everywhere] ?? versions["\(everywhere)/\(namespace)"]
        return mark.map { ResourceVersion.reaches($0, version) }
    }
}
