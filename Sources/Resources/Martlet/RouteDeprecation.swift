import Base
public import Documents

/// What clients of a rule are told of its end. Times are RFC 3339.
public struct RouteDeprecation: Equatable, Sendable {
    public enum AfterSunset: String, Sendable, CaseIterable { case serve = "Serve", gone = "Gone" }

    public struct BrownOut: Equatable, Sendable {
        public var from = ""
        public var to = ""
        public var statusCode = 503
        public var percent: Percentage?
        public init() {}
    }

    public var since: String?
    public var sunset: String?
    public var link: String?
    public var successor: String?
    public var afterSunset = AfterSunset.serve
    public var brownouts: [BrownOut] = []
    public init() {}

    /// Seconds since 1970 of a time that was accepted.
    public static func seconds(_ time: String?) -> Int64? { time.flatMap { CivilTime.seconds(rfc3339: $0) } }
}

extension RouteDeprecation {
    private static let time = Shape<String>.string(
        "time", maxLength: 40,
        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
    ) { text in
        CivilTime.seconds(rfc3339: text) == nil
            ? "'\(text)' is no day or time; write one such as 2026-11-01 or 2026-11-01T09:00:00Z (RFC 3339)." : nil
    }

    /// What can stand between `<` and `>` of a Link (RFC 8288 section 3).
    private static let address = Shape<String>.string(
        "address", maxLength: 1024, minLength: 1, pattern: #"^(https?://|/)[!#-;=?-~]*$"#
    ) { text in
        let isStarted = text.hasPrefix("http://") || text.hasPrefix("https://") || text.hasPrefix("/")
        return isStarted && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"<>\"".utf8.contains($0) }
            ? nil : "'\(text)' is no address; write one such as https://example.com/v2, without spaces, '<', '>' and '\"'."
    }

    private static let brownout = Shape<BrownOut>.object(
        "BrownOut", BrownOut(),
        [
            Field("from", \.from, time, required: true, "When it begins (RFC 3339)."),
            Field("to", \.to, time, required: true, "When it is over."),
            Field("statusCode", \.statusCode, status, "410 or 503; 503 when absent."),
            Field("percent", \.percent, .percentage, "Share of the requests that is refused; 100 when absent."),
        ],
        check: { one, path, problems in
            if let from = seconds(one.from), let to = seconds(one.to), to <= from {
                problems.invalid(path["to"], "This brown-out ends before it begins; write a `to` behind `from`.")
            }
        })

    private static let status = Shape<Int>(typeName: "status", schema: { ["type": "integer", "enum": [410, 503]] }) {
        value, path, problems in
        if let code = value.integer, [410, 503].contains(code) { return Int(code) }
        problems.invalid(path, "\(value.jsonText) is no status of a brown-out; use 410 or 503.")
        return nil
    }

    static let shape = Shape<Self>.object(
        "RouteDeprecation", Self(),
        [
            Field("since", \.since, time, "Since when, or from when on, it should not be used: `Deprecation` (RFC 9745)."),
            Field("sunset", \.sunset, time, "When it is expected to end: `Sunset` (RFC 8594)."),
            Field("link", \.link, address, "Where that is described: `Link` with rel deprecation and sunset."),
            Field("successor", \.successor, address, "What is to be used instead: `Link` with rel successor-version."),
            Field(
                "afterSunset", \.afterSunset, .choice(),
                "What becomes of requests after the sunset: Serve, or Gone, which answers 410. Serve when absent."),
            Field("brownouts", \.brownouts, .list(brownout, max: 16), "Times in which requests are refused, as a warning."),
        ],
        check: { deprecation, path, problems in
            if deprecation.since == nil, deprecation.sunset == nil { problems.invalid(path, empty) }
            if deprecation.sunset == nil, deprecation.afterSunset == .gone { problems.invalid(path["afterSunset"], endless) }
            if let since = seconds(deprecation.since), let sunset = seconds(deprecation.sunset), sunset < since {
                problems.invalid(
                    path["sunset"], "The sunset is before the deprecation, which RFC 9745 forbids; write a later one.")
            }
        }
    )
    .rule("has(self.since) || has(self.sunset)", empty)
    .rule("!has(self.afterSunset) || self.afterSunset != 'Gone' || has(self.sunset)", endless)

    private static let empty = "A deprecation says since when it is one, or when it ends; write since or sunset."
    private static let endless = "afterSunset: Gone needs a sunset; write when that is."
}
