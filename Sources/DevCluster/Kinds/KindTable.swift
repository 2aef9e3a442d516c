/// The kinds that the cluster serves: the built-in ones and those that CustomResourceDefinitions add.
public struct KindTable: Sendable {
    public private(set) var all: [KindSchema] = []
    private var byPath: [Path: Int] = [:]
    private var custom: Set<ResourceKey> = []

    private struct Path: Hashable {
        var group: String
        var version: String
        var plural: String
    }

    public init(_ kinds: [KindSchema] = []) {
        all = kinds
        index()
    }

    /// The kind that answers to `/apis/GROUP/VERSION/PLURAL`.
    public subscript(group: String, version: String, plural: String) -> KindSchema? {
        byPath[Path(group: group, version: version, plural: plural)].map { all[$0] }
    }

    public func kind(apiVersion: String, kind: String) -> KindSchema? {
        all.first { $0.apiVersion == apiVersion && $0.kind == kind }
    }

    /// The kind in the version in which its collection is written by the cluster itself: the first.
    public func preferred(_ resource: ResourceKey) -> KindSchema? {
        all.first { $0.group == resource.group && $0.plural == resource.plural }
    }

    /// Every version of a resource.
    public func versions(of resource: ResourceKey) -> [KindSchema] {
        all.filter { $0.group == resource.group && $0.plural == resource.plural }
    }

    /// Puts these versions in place of all that are served for the resource; none takes it away.
    mutating func replace(_ resource: ResourceKey, with kinds: [KindSchema]) {
        all.removeAll { $0.group == resource.group && $0.plural == resource.plural }
        all += kinds
        if kinds.isEmpty { custom.remove(resource) } else { custom.insert(resource) }
        index()
    }

    /// Defined by a CustomResourceDefinition.
    public func isCustom(_ resource: ResourceKey) -> Bool { custom.contains(resource) }

    /// Group names in order of their first kind; the core group is "".
    public var groups: [String] {
        var seen: Set<String> = []
        return all.map(\.group).filter { seen.insert($0).inserted }
    }

    /// The versions of a group, the most stable and newest first, as clients should prefer them.
    public func versions(ofGroup group: String) -> [String] {
        Set(all.filter { $0.group == group }.map(\.version)).sorted { VersionRank($0) > VersionRank($1) }
    }

    private mutating func index() {
        byPath = [:]
        for (at, kind) in all.enumerated() { byPath[Path(group: kind.group, version: kind.version, plural: kind.plural)] = at }
    }
}

/// Kubernetes' order of API versions: v2, v1, v2beta1, v1beta2, v1alpha1, then anything else by its name
/// (k8s.io/apimachinery/pkg/version, CompareKubeAwareVersionStrings).
struct VersionRank: Comparable {
    private let stability: Int
    private let major: Int
    private let minor: Int
    private let name: String

    init(_ version: String) {
        name = version
        let match = version.wholeMatch(of: #/v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?/#)
        stability = match.map { $0.output.2 == nil ? 3 : $0.output.2 == "beta" ? 2 : 1 } ?? 0
        major = match.flatMap { Int($0.output.1) } ?? 0
        minor = match.flatMap { $0.output.3.flatMap { Int($0) } } ?? 0
    }

    static func < (a: Self, b: Self) -> Bool {
        if (a.stability, a.major, a.minor) != (b.stability, b.major, b.minor) {
            return (a.stability, a.major, a.minor) < (b.stability, b.major, b.minor)
        }
        return a.name > b.name
    }
}
