import Base
import Documents
import Engine
import Graph

/// What `/deprecations` says, and `martlet deprecations` as a table.
enum DeprecationPage {
    static func page(_ rules: [DeprecatedRule]) -> Value { ["rules": .array(rules.map(rule))] }

    private static func rule(_ one: DeprecatedRule) -> Value {
        var page: Value = [
            "rule": .string(one.rule), "requests": .integer(Int64(clamping: one.requests)),
            "callers": .array(one.callers.map(caller)),
        ]
        if let since = one.deprecation.since { page["since"] = .string(CivilTime.rfc3339(since)) }
        if let sunset = one.deprecation.sunset { page["sunset"] = .string(CivilTime.rfc3339(sunset)) }
        if let successor = one.deprecation.successor { page["successor"] = .string(successor) }
        return page
    }

    private static func caller(_ one: DeprecatedRule.Caller) -> Value {
        [
            "address": .string(one.address.description), "userAgent": .string(one.userAgent),
            "requests": .integer(Int64(clamping: one.requests)), "excess": .integer(Int64(clamping: one.excess)),
            "lastSeen": .string(CivilTime.rfc3339(Int64(clamping: one.seen / 1_000_000_000))),
        ]
    }

    /// - Parameter page: what `page` made, as it came back.
    static func table(_ page: Value) -> String {
        let rules = page["rules"]?.array ?? []
        if rules.isEmpty { return "No rule is deprecated.\n" }
        func text(_ value: Value, _ member: String) -> String { value[member]?.string ?? value[member]?.jsonText ?? "-" }
        var rows = [["RULE", "SINCE", "SUNSET", "REQUESTS", "CALLER", "USER-AGENT", "LAST-SEEN"]]
        for rule in rules {
            rows.append(["rule", "since", "sunset", "requests"].map { text(rule, $0) } + ["", "", ""])
            for caller in (rule["callers"]?.array ?? []).prefix(20) {
                let excess = caller["excess"]?.integer ?? 0
                rows.append(
                    [
                        "", "", "",
                        text(caller, "requests")
                            + (excess > 0 ? " (at least \((caller["requests"]?.integer ?? 0) - excess))" : ""),
                    ]
                        + ["address", "userAgent", "lastSeen"].map { text(caller, $0) })
            }
        }
        return TextTable.aligned(rows)
    }
}
