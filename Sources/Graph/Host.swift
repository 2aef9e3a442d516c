/// A hostname as routes write it: lower case, no trailing dot, no port.
public enum HostPattern: Hashable, Sendable, Comparable {
    /// `shop.example.com`
    case exact(String)
    /// `*.example.com`, stored as `example.com`. `depth` says how many labels the star may stand for: Ingress allows exactly one,
    /// Gateway API one or more.
    case wildcard(String, depth: Depth)
    /// Any host, also none.
    case any

    public enum Depth: String, Sendable { case one, many }

    public static func < (a: Self, b: Self) -> Bool { a.text < b.text }

    /// `shop.example.com`, `*.example.com` (one label), `**.example.com` (one or more), `*`.
    public var text: String {
        switch self {
        case .exact(let name): name
        case .wildcard(let suffix, .one): "*." + suffix
        case .wildcard(let suffix, .many): "**." + suffix
        case .any: "*"
        }
    }
}

/// A virtual host: its entries are tried in order and the first that matches decides.
///
/// The translator sorts them (exact paths, then regular expressions, then prefixes by length; then method, number of headers,
/// of query parameters, of cookies, then source blocks; then the older object): the proxy only indexes, it never re-sorts.
public final class Host: Equatable, Sendable {
    public let pattern: HostPattern
    /// Whole connections are joined to an endpoint by the first entry's rule, and nothing that is said on them is read: what a listener for
    /// TCP or UDP has, and a host whose TLS its endpoints end themselves. Requests never come to it.
    public let isJoined: Bool
    public let entries: [Entry]

    public init(pattern: HostPattern, entries: [Entry], isJoined: Bool = false) {
        self.pattern = pattern
        self.entries = entries
        self.isJoined = isJoined
    }

    public static func == (a: Host, b: Host) -> Bool {
        a === b || (a.pattern == b.pattern && a.isJoined == b.isJoined && a.entries == b.entries)
    }
}

/// One way to reach a rule. A rule with three matches has three entries.
public struct Entry: Equatable, Sendable {
    public let match: Match
    public let rule: Rule

    public init(match: Match, rule: Rule) {
        self.match = match
        self.rule = rule
    }
}
