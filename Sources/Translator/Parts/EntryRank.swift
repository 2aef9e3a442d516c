import Documents
import Graph
import Resources

/// The order of two objects that want the same: the older first, then by name (Gateway API, conflict resolution).
struct Age: Comparable, Hashable, Sendable {
    /// Empty for files, which makes them the oldest.
    var created: CreationTime
    var object: ObjectReference

    init(_ created: CreationTime, _ object: ObjectReference) {
        self.created = created
        self.object = object
    }

    static func < (a: Self, b: Self) -> Bool {
        if a.created != b.created { return a.created < b.created }
        return (a.object.namespace, a.object.name, a.object.kind) < (b.object.namespace, b.object.name, b.object.kind)
    }
}

/// The place of an entry within its host, as `Graph.Host` documents it. No two entries of a host have the same.
struct EntryRank: Comparable, Sendable {
    /// Exact paths, then regular expressions, then prefixes by length, then default backends.
    private let path: Int
    /// Keeps entries of the same path together. Two paths of the same length never match the same request.
    private let text: String
    /// Negated: method, number of headers, of query parameters, of cookies, then source blocks; more is first.
    private let conditions: Int
    let origin: Origin
    private let rule: Int32
    private let match: Int32

    init(_ match: Match, isDefault: Bool = false, origin: Origin, rule: Int, index: Int) {
        switch match.path {
        case _ where isDefault: (path, text) = (3 << 32, "")
        case .exact(let exact): (path, text) = (0, exact)
        case .regex: (path, text) = (1 << 32, "")
        case .prefix(let prefix): (path, text) = (3 << 32 - 1 - min(prefix.utf8.count, 1 << 31), prefix)
        }
        var number = match.method == nil ? 0 : 1
        for count in [match.headers.count, match.queries.count, match.cookies.count, match.sources.isEmpty ? 0 : 1] {
            number = number << 8 | min(count, 255)
        }
        conditions = -number
        self.origin = origin
        self.rule = Int32(clamping: rule)
        self.match = Int32(clamping: index)
    }

    static func == (a: Self, b: Self) -> Bool { !(a < b) && !(b < a) }

    static func < (a: Self, b: Self) -> Bool {
        if a.path != b.path { return a.path < b.path }
        if a.text != b.text { return a.text < b.text }
        if a.conditions != b.conditions { return a.conditions < b.conditions }
        if a.origin !== b.origin, a.origin.age != b.origin.age { return a.origin.age < b.origin.age }
        return (a.rule, a.match) < (b.rule, b.match)
    }

    var object: ObjectReference { origin.subject }

    /// Only what nothing else takes.
    var isDefault: Bool { path == 3 << 32 }

    /// Whether two entries are looked at under the same circumstances, so that one may hide the other.
    func isBeside(_ other: EntryRank) -> Bool { path == other.path && text == other.text && conditions == other.conditions }
}

/// An entry with its place. Immutable: a claim and its host hold the same.
final class RankedEntry: Sendable {
    let entry: Entry
    /// Where its match was written, from the object's root.
    let field: FieldPath
    private let origin: Origin
    private let rule: Int32
    /// The match within the rule; negative for what only takes the rest.
    private let match: Int32

    /// - Parameters:
    ///   - rule: which of its object's, counted from 0.
    ///   - match: which of its rule's; nil for an entry that only takes what nothing else takes.
    init(_ entry: Entry, of origin: Origin, rule: Int, match: Int?, field: FieldPath) {
        self.entry = entry
        self.field = field
        self.origin = origin
        self.rule = Int32(clamping: rule)
        self.match = match.map { Int32(clamping: $0) } ?? -1
    }

    /// Made whenever somebody compares: it repeats what the entry says.
    var rank: EntryRank {
        EntryRank(entry.match, isDefault: match < 0, origin: origin, rule: Int(rule), index: Int(max(0, match)))
    }
}
