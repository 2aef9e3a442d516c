import Base

/// Which resource of the API is meant: its group, version, plural name and kind.
public struct ResourceType: Sendable, Hashable, CustomStringConvertible {
    /// Empty for the core group.
    public let group: String
    public let version: String
    /// As in URLs and RBAC rules: lower case and plural.
    public let plural: String
    public let kind: String
    public let isNamespaced: Bool

    public init(group: String, version: String, plural: String, kind: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    public var apiVersion: String { group.isEmpty ? version : group + "/" + version }

    /// `services`, `ingresses.networking.k8s.io`: as kubectl and RBAC messages write it.
    public var description: String { group.isEmpty ? plural : plural + "." + group }

    /// The URL path of the group version, of a collection, or of one object and its subresource.
    func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        var path = groupPath
        if isNamespaced, let namespace { path += "/namespaces/" + PercentEncoding.segment(namespace) }
        path += "/" + plural
        if let name { path += "/" + PercentEncoding.segment(name) }
        if let subresource { path += "/" + subresource }
        return path
    }

    var groupPath: String { (group.isEmpty ? "/api/" : "/apis/" + group + "/") + version }
}
