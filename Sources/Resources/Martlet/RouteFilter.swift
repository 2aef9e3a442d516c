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

    public struct RequestMirror: Equatable, Sendable {
        public var backendRef = BackendRef()
        public var percent: Percentage?
        public var compare: [String] = []
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
    private static let headerName = Shape<String>.string(
        "header name", maxLength: 256, minLength: 1, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_`|~]+$"
    ) { name in
        let isToken = name.utf8.allSatisfy {
            ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || (48...57).contains($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
        }
        return isToken ? nil : "'\(name)' is no header name; use letters, digits and !#$%&'*+-.^_`|~ only."
    }

    /// RFC 9110 section 5.5: no control characters, so that nobody can smuggle a line into a message.
    private static let headerValue = Shape<String>.string("header value", maxLength: 4096) { value in
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
        ])

    private static let urlRewriteShape = Shape<URLRewrite>.object(
        "URLRewrite", URLRewrite(),
        [
            Field("hostname", \.hostname, Route.hostname, "Host that the backend sees."),
            Field("path", \.path, pathModifier, "Path that the backend sees."),
        ])

    private static let redirectShape = Shape<RequestRedirect>.object(
        "RequestRedirect", RequestRedirect(),
        [
            Field(
                "scheme", \.scheme, .string { ["http", "https"].contains($0) ? nil : "The scheme is http or https." },
                "Scheme of the new address."),
            Field("hostname", \.hostname, Route.hostname, "Host of the new address."),
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
                "requestMirror", \.requestMirror,
                .object(
                    "RequestMirror", RequestMirror(),
                    [
                        Field("backendRef", \.backendRef, BackendRef.shape, required: true, "Where copies go."),
                        Field("percent", \.percent, .percentage, "Share of the requests that is copied; 100 when absent."),
                        Field(
                            "compare", \.compare, .list(.string, max: 16),
                            "What of the two answers is compared: status, body-sha256 or a header's name."),
                    ]), "Sends copies of requests elsewhere."),
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
            let given: [Kind: Bool] = [
                .requestHeaderModifier: filter.requestHeaderModifier != nil,
                .responseHeaderModifier: filter.responseHeaderModifier != nil,
                .urlRewrite: filter.urlRewrite != nil, .requestRedirect: filter.requestRedirect != nil,
                .requestMirror: filter.requestMirror != nil, .directResponse: filter.directResponse != nil,
            ]
            for (kind, isGiven) in given.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where isGiven != (kind == type) {
                let member =
                    kind.rawValue.prefix(kind == .urlRewrite ? 3 : 1).lowercased()
                    + kind.rawValue.dropFirst(kind == .urlRewrite ? 3 : 1)
                problems.invalid(
                    path[member],
                    isGiven
                        ? "A filter of type \(type.rawValue) must not have \(member); remove it."
                        : "A filter of type \(type.rawValue) needs \(member); add it.")
            }
        })
}
