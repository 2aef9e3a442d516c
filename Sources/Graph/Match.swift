public import Base

/// Conditions of one entry; all must hold.
public struct Match: Hashable, Sendable {
    public var path: PathMatch
    /// Most entries have no other conditions.
    private var conditions: Rare<Conditions>?

    private struct Conditions: Hashable, Sendable {
        var method: String?
        var headers: [NamedMatch] = []
        var queries: [NamedMatch] = []
        var cookies: [NamedMatch] = []
        var sources: [CIDR] = []
    }

    /// Upper case as on the wire; nil matches every method.
    public var method: String? {
        get { others.method }
        set { others.method = newValue }
    }
    public var headers: [NamedMatch] {
        get { others.headers }
        set { others.headers = newValue }
    }
    public var queries: [NamedMatch] {
        get { others.queries }
        set { others.queries = newValue }
    }
    public var cookies: [NamedMatch] {
        get { others.cookies }
        set { others.cookies = newValue }
    }
    /// The client's address must lie in one of these; empty matches every client.
    public var sources: [CIDR] {
        get { others.sources }
        set { others.sources = newValue }
    }

    private var others: Conditions {
        get { conditions?.value ?? Conditions() }
        set { conditions = newValue == Conditions() ? nil : Rare(newValue) }
    }

    public init(
        path: PathMatch = .prefix("/"), method: String? = nil, headers: [NamedMatch] = [], queries: [NamedMatch] = [],
        cookies: [NamedMatch] = [], sources: [CIDR] = []
    ) {
        self.path = path
        others = Conditions(method: method, headers: headers, queries: queries, cookies: cookies, sources: sources)
    }
}

public enum PathMatch: Hashable, Sendable {
    case exact(String)
    /// Matches whole path elements: `/a` matches `/a` and `/a/b`, never `/ab` (Ingress and Gateway API `Prefix`/`PathPrefix`).
    /// Stored without a trailing slash, except for `/` itself.
    case prefix(String)
    /// PCRE2, matched against the whole canonical path unless the pattern says otherwise.
    case regex(String)
}

/// A condition on a header, query parameter or cookie.
public struct NamedMatch: Hashable, Sendable {
    /// Headers: lower case. Queries and cookies: as written.
    public var name: String
    public var value: ValueMatch

    public init(name: String, value: ValueMatch) {
        self.name = name
        self.value = value
    }
}

public enum ValueMatch: Hashable, Sendable {
    case exact(String)
    case regex(String)
    case present
    case absent
}
