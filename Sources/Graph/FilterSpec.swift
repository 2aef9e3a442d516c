/// A filter as the user declared it, before `link` makes a running one.
public enum FilterSpec: Equatable, Sendable {
    case requestHeaders(HeaderEdits)
    case responseHeaders(HeaderEdits)
    case rewrite(Rewrite)
    case mirror(Mirror)
    /// The first filter of its rule, so that every answer of the rule says so.
    case deprecation(Deprecation)
}

/// Gateway API's HTTPHeaderFilter: applied as set, add, remove. Names lower case.
public struct HeaderEdits: Hashable, Sendable {
    public struct Pair: Hashable, Sendable {
        public var name: String
        public var value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
    public var set: [Pair]
    public var add: [Pair]
    public var remove: [String]

    public init(set: [Pair] = [], add: [Pair] = [], remove: [String] = []) {
        self.set = set
        self.add = add
        self.remove = remove
    }
}

public enum PathRewrite: Hashable, Sendable {
    case replaceFull(String)
    /// Replaces the prefix that the entry matched.
    case replacePrefix(String)
    case replaceRegex(pattern: String, substitution: String)
}

public struct Rewrite: Hashable, Sendable {
    public var hostname: String?
    public var path: PathRewrite?

    public init(hostname: String? = nil, path: PathRewrite? = nil) {
        self.hostname = hostname
        self.path = path
    }
}

/// Gateway API's RequestRedirect; nil keeps the request's own part.
public struct Redirect: Hashable, Sendable {
    public var scheme: String?
    public var hostname: String?
    public var port: UInt16?
    public var path: PathRewrite?
    public var status: Int

    public init(scheme: String? = nil, hostname: String? = nil, port: UInt16? = nil, path: PathRewrite? = nil, status: Int = 302)
    {
        self.scheme = scheme
        self.hostname = hostname
        self.port = port
        self.path = path
        self.status = status
    }
}

public struct DirectResponse: Hashable, Sendable {
    public var status: Int
    public var contentType: String?
    public var body: String

    public init(status: Int, contentType: String? = nil, body: String = "") {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
