public import Base

/// Conditions of one entry; all must hold.
public struct Match: Hashable, Sendable {
    public var path: PathMatch
    /// Upper case as on the wire; nil matches every method.
    public var method: String?
    public var headers: [NamedMatch]
    public var queries: [NamedMatch]
    public var cookies: [NamedMatch]
    /// The client's address must lie in one of these; empty matches every client.
    public var sources: [CIDR]

    public init(
        path: PathMatch = .prefix("/"), method: String? = nil, headers: [NamedMatch] = [], queries: [NamedMatch] = [],
        cookies: [NamedMatch] = [], sources: [CIDR] = []
    ) {
        self.path = path
        self.method = method
        self.headers = headers
        self.queries = queries
        self.cookies = cookies
        self.sources = sources
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
