import Documents

/// Requests that a Rollout sends to its canary arm whatever its weight; all conditions must hold. The words are those of matches.
public struct RolloutMatch: Equatable, Sendable {
    public var headers: [RouteMatch.Named] = []
    public var cookies: [RouteMatch.Named] = []
    public init() {}

    private static let noConditions =
        "A match without conditions would take every request; add headers or cookies, or use setWeight."

    /// In a status nobody makes mistakes that somebody has to be told.
    static let plain = Shape<RolloutMatch>.object(
        "RolloutMatch", RolloutMatch(),
        [
            Field(
                "headers", \.headers, .list(RouteMatch.named("Header", RouteFilter.headerName), max: 16),
                "Conditions on header fields; all must hold."),
            Field(
                "cookies", \.cookies, .list(RouteMatch.named("Cookie", RouteFilter.cookieName), max: 16),
                "Conditions on cookies; all must hold."),
        ],
        check: { match, path, problems in
            guard match.headers.isEmpty, match.cookies.isEmpty,
                !problems.all.contains(where: { $0.path == path["headers"] || $0.path == path["cookies"] })
            else { return }
            problems.invalid(path, noConditions)
        })

    static let shape = plain.rule(
        "(has(self.headers) && size(self.headers) > 0) || (has(self.cookies) && size(self.cookies) > 0)", noConditions)

    /// As it is written into a status.
    var value: Value {
        var fields = Value.Fields()
        if !headers.isEmpty { fields["headers"] = .array(headers.map(\.document)) }
        if !cookies.isEmpty { fields["cookies"] = .array(cookies.map(\.document)) }
        return .object(fields)
    }
}

extension RouteMatch.Named {
    fileprivate var document: Value {
        var fields = Value.Fields([("type", .string(type.rawValue)), ("name", .string(name))])
        if let value { fields["value"] = .string(value) }
        return .object(fields)
    }
}
