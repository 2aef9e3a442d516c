public import Documents

/// Conditions of a Route's rule; all that are given must hold.
public struct RouteMatch: Equatable, Sendable {
    public enum PathType: String, Sendable, CaseIterable {
        case exact = "Exact"
        case prefix = "PathPrefix"
        case regex = "RegularExpression"
    }

    public enum ValueType: String, Sendable, CaseIterable {
        case exact = "Exact"
        case regex = "RegularExpression"
        case present = "Present"
        case absent = "Absent"
    }

    public enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        case connect = "CONNECT"
        case options = "OPTIONS"
        case trace = "TRACE"
        case patch = "PATCH"
    }

    public struct Path: Equatable, Sendable {
        public var type: PathType = .prefix
        public var value = "/"
        public init() {}
    }

    public struct Named: Equatable, Sendable {
        public var type: ValueType = .exact
        public var name = ""
        public var value: String?
        public init() {}
    }

    public var path: Path?
    public var method: Method?
    public var headers: [Named] = []
    public var queryParams: [Named] = []
    public var cookies: [Named] = []
    public var sourceCIDRs: [String] = []
    public init() {}

    static func named(_ what: String, _ name: Shape<String>) -> Shape<Named> {
        Shape<Named>.object(
            "\(what)Match", Named(),
            [
                Field("type", \.type, .choice(), "How the value is compared; Exact when absent."),
                Field("name", \.name, name, required: true, "Name; headers compare without case."),
                Field("value", \.value, .string(maxLength: 4096), "Value to compare with."),
            ],
            check: { match, path, problems in
                let needsValue = match.type == .exact || match.type == .regex
                if needsValue, match.value == nil {
                    problems.invalid(
                        path["value"], "A match of type \(match.type.rawValue) needs a value; add one or use type Present.")
                }
            }
        )
        .rule(
            "has(self.value) || (has(self.type) && self.type in ['Present', 'Absent'])",
            "A match of type Exact or RegularExpression needs a value; add one or use type Present.")
    }

    public static let shape = Shape<RouteMatch>.object(
        "RouteMatch", RouteMatch(),
        [
            Field(
                "path", \.path,
                .object(
                    "PathMatch", Path(),
                    [
                        Field(
                            "type", \.type, .choice(), "How the path is compared; PathPrefix when absent, by whole path elements."
                        ),
                        Field(
                            "value", \.value,
                            .string("path", maxLength: 1024) {
                                $0.isEmpty ? "The path must not be empty; write / for every path." : nil
                            }.with("minLength", 1),
                            "The path; / when absent."),
                    ]
                )
                .rule(
                    "!has(self.value) || self.value.startsWith('/') || (has(self.type) && self.type == 'RegularExpression')",
                    "A path begins with '/'; write one that does."), "Condition on the path."),
            Field("method", \.method, .choice(), "The request's method."),
            Field("headers", \.headers, .list(named("Header", RouteFilter.headerName), max: 16), "Conditions on header fields."),
            Field(
                "queryParams", \.queryParams, .list(named("QueryParam", .string(maxLength: 256, minLength: 1)), max: 16),
                "Conditions on query parameters."),
            Field("cookies", \.cookies, .list(named("Cookie", RouteFilter.cookieName), max: 16), "Conditions on cookies."),
            Field(
                "sourceCIDRs", \.sourceCIDRs, .list(.string("CIDR", maxLength: 50), max: 64),
                "The client's address lies in one of these."),
        ])
}
