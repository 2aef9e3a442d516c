public import Documents

/// One filter of a rule: `type` names which of the members counts.
public struct RouteFilter: Equatable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case requestHeaderModifier = "RequestHeaderModifier"
        case responseHeaderModifier = "ResponseHeaderModifier"
        case urlRewrite = "URLRewrite"
        case requestRedirect = "RequestRedirect"
        case requestMirror = "RequestMirror"
        case directResponse = "DirectResponse"
    }

    public struct Header: Equatable, Sendable {
        public var name = ""
        public var value = ""
        public init() {}
    }

    public struct HeaderModifier: Equatable, Sendable {
        public var set: [Header] = []
        public var add: [Header] = []
        public var remove: [String] = []
        public init() {}
    }

    public enum PathModifierType: String, Sendable, CaseIterable {
        case full = "ReplaceFullPath"
        case prefix = "ReplacePrefixMatch"
        case regex = "ReplaceRegexMatch"
    }

    public struct PathModifier: Equatable, Sendable {
        public var type: PathModifierType?
        public var replaceFullPath: String?
        public var replacePrefixMatch: String?
        public var regex: String?
        public var substitution: String?
        public init() {}
    }

    public struct URLRewrite: Equatable, Sendable {
        public var hostname: String?
        public var path: PathModifier?
        public init() {}
    }

    public struct RequestRedirect: Equatable, Sendable {
        public var scheme: String?
        public var hostname: String?
        public var port: Int?
        public var path: PathModifier?
        public var statusCode = 302
        public init() {}
    }

    public struct DirectResponse: Equatable, Sendable {
        public var statusCode = 200
        public var contentType: String?
        public var body = ""
        public init() {}
    }

    public var type: Kind?
    public var requestHeaderModifier: HeaderModifier?
    public var responseHeaderModifier: HeaderModifier?
    public var urlRewrite: URLRewrite?
    public var requestRedirect: RequestRedirect?
    public var requestMirror: RequestMirror?
    public var directResponse: DirectResponse?
    public init() {}
}

// MARK: - Declaration

extension RouteFilter {
    /// RFC 9110 section 5.1: a field name is a token.
    static let headerName = token("header name")
    /// RFC 6265 section 4.1.1.
    static let cookieName = token("cookie name")

    /// RFC 9110 section 5.6.2.
    private static func token(_ what: String) -> Shape<String> {
        .string(what, maxLength: 256, minLength: 1, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_`|~]+$") { name in
            ServiceOptions.isToken(name) ? nil : "'\(name)' is no \(what); use letters, digits and !#$%&'*+-.^_`|~ only."
        }
    }

    /// RFC 9110 section 5.5: no control characters, so that nobody can smuggle a line into a message.
    private static let headerValue = Shape<String>.string(
        "header value", maxLength: 4096, pattern: #"^[^\x00-\x08\x0a-\x1f\x7f]*$"#
    ) { value in
        value.utf8.contains { ($0 < 0x20 && $0 != 9) || $0 == 0x7f }
            ? "A header value must not hold control characters; remove them." : nil
    }

    private static let header = Shape<Header>.object(
        "HTTPHeader", Header(),
        [
            Field("name", \.name, headerName, required: true, "Name of the field."),
            Field("value", \.value, headerValue, required: true, "Its value."),
        ])

    private static let headerModifier = Shape<HeaderModifier>.object(
        "HeaderModifier", HeaderModifier(),
        [
            Field("set", \.set, .list(header, max: 16), "Fields that replace those of the same name."),
            Field("add", \.add, .list(header, max: 16), "Fields that are added to those of the same name."),
            Field("remove", \.remove, .list(headerName, max: 16), "Names of fields that are removed."),
        ])

    private static let pathModifier = Shape<PathModifier>.object(
        "PathModifier", PathModifier(),
        [
            Field("type", \.type, .choice(), required: true, "What is replaced."),
            Field("replaceFullPath", \.replaceFullPath, .string(maxLength: 1024), "The new path."),
            Field(
                "replacePrefixMatch", \.replacePrefixMatch, .string(maxLength: 1024),
                "What stands in place of the matched prefix."),
            Field("regex", \.regex, .string(maxLength: 1024), "Pattern that the path is searched for (PCRE2)."),
            Field(
                "substitution", \.substitution, .string(maxLength: 1024),
                "What stands in place of the match; $1 to $9 name groups."),
        ]
    )
    .rule("self.type != 'ReplaceFullPath' || has(self.replaceFullPath)", "This replacement needs 'replaceFullPath'; add it.")
    .rule(
        "self.type != 'ReplacePrefixMatch' || has(self.replacePrefixMatch)",
        "This replacement needs 'replacePrefixMatch'; add it."
    )
    .rule(
        "self.type != 'ReplaceRegexMatch' || (has(self.regex) && has(self.substitution))",
        "This replacement needs 'regex' and 'substitution'; add them.")

    private static let urlRewriteShape = Shape<URLRewrite>.object(
        "URLRewrite", URLRewrite(),
        [
            Field("hostname", \.hostname, Route.exactHostname, "Host that the backend sees."),
            Field("path", \.path, pathModifier, "Path that the backend sees."),
        ])

    private static let redirectShape = Shape<RequestRedirect>.object(
        "RequestRedirect", RequestRedirect(),
        [
            Field(
                "scheme", \.scheme,
                .string { ["http", "https"].contains($0) ? nil : "The scheme is http or https; write one of them." }
                    .with("enum", ["http", "https"]),
                "Scheme of the new address."),
            Field("hostname", \.hostname, Route.exactHostname, "Host of the new address."),
            Field("port", \.port, .port, "Port of the new address."),
            Field("path", \.path, pathModifier, "Path of the new address."),
            Field("statusCode", \.statusCode, redirectStatus, "301, 302, 303, 307 or 308; 302 when absent."),
        ])

    private static let redirectStatus = Shape<Int>(
        typeName: "status", schema: { ["type": "integer", "enum": [301, 302, 303, 307, 308]] }
    ) { value, path, problems in
        if let code = value.integer, [301, 302, 303, 307, 308].contains(code) { return Int(code) }
        problems.invalid(path, "\(value.jsonText) is no redirect; use 301, 302, 303, 307 or 308.")
        return nil
    }

    public static let shape = Shape<RouteFilter>.object(
        "RouteFilter", RouteFilter(),
        [
            Field("type", \.type, .choice(), required: true, "Which filter this is."),
            Field("requestHeaderModifier", \.requestHeaderModifier, headerModifier, "Changes the request's fields."),
            Field("responseHeaderModifier", \.responseHeaderModifier, headerModifier, "Changes the answer's fields."),
            Field("urlRewrite", \.urlRewrite, urlRewriteShape, "Changes what the backend is asked for."),
            Field("requestRedirect", \.requestRedirect, redirectShape, "Answers with a redirect."),
            Field(
                "requestMirror", \.requestMirror, RequestMirror.shape,
                "Sends copies of requests elsewhere; nobody waits for the answers to them, and nobody gets those."),
            Field(
                "directResponse", \.directResponse,
                .object(
                    "DirectResponse", DirectResponse(),
                    [
                        Field("statusCode", \.statusCode, .integer(200...599), "Status; 200 when absent."),
                        Field("contentType", \.contentType, headerValue, "Content type of the body."),
                        Field("body", \.body, .string(maxLength: 65536), "The body."),
                    ]), "Answers without a backend."),
        ],
        check: { filter, path, problems in
            guard let type = filter.type else { return }
            for kind in Kind.allCases where filter.has(kind) != (kind == type) {
                problems.invalid(path[kind.member], kind == type ? type.needs(kind) : type.refuses(kind))
            }
        }
    )
    .rules(
        Kind.allCases.flatMap { kind in
            [
                ("self.type != '\(kind.rawValue)' || has(self.\(kind.member))", kind.needs(kind)),
                (
                    "self.type == '\(kind.rawValue)' || !has(self.\(kind.member))",
                    "Only a filter of type \(kind.rawValue) has \(kind.member); remove it."
                ),
            ]
        })

    private func has(_ kind: Kind) -> Bool {
        switch kind {
        case .requestHeaderModifier: requestHeaderModifier != nil
        case .responseHeaderModifier: responseHeaderModifier != nil
        case .urlRewrite: urlRewrite != nil
        case .requestRedirect: requestRedirect != nil
        case .requestMirror: requestMirror != nil
        case .directResponse: directResponse != nil
        }
    }
}

extension RouteFilter.Kind {
    /// The member of a filter that holds its settings.
    fileprivate var member: String {
        switch self {
        case .requestHeaderModifier: "requestHeaderModifier"
        case .responseHeaderModifier: "responseHeaderModifier"
        case .urlRewrite: "urlRewrite"
        case .requestRedirect: "requestRedirect"
        case .requestMirror: "requestMirror"
        case .directResponse: "directResponse"
        }
    }

    fileprivate func needs(_ kind: Self) -> String { "A filter of type \(rawValue) needs \(kind.member); add it." }
    fileprivate func refuses(_ kind: Self) -> String { "A filter of type \(rawValue) must not have \(kind.member); remove it." }
}
