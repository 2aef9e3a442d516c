import Documents

/// Requests that a Rollout sends to its canary arm whatever its weight; all conditions must hold. The words are those of matches.
public struct RolloutMatch: Equatable, Sendable, CarriedConditions {
    public var headers: [RouteMatch.Named] = []
    public var cookies: [RouteMatch.Named] = []
    public init() {}

    private static let noConditions =
        "A match without conditions would take every request; add headers or cookies, or use setWeight."

    /// In a status nobody makes mistakes that somebody has to be told.
    static let plain = Shape<RolloutMatch>.object(
        "RolloutMatch", RolloutMatch(), RouteMatch.carried(), check: RouteMatch.carriesOne(else: noConditions))

    static let shape = plain.rule(RouteMatch.carriesOneRule, noConditions)

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
