import Documents

/// A query whose answer is judged, asked of whatever speaks Prometheus' HTTP API.
public struct RolloutQuery: Equatable, Sendable {
    public var address = ""
    /// PromQL, with variables.
    public var query = ""
    /// nil: ten seconds, or the interval if that is less.
    public var timeout: Duration?
    /// Name of a Secret of the type `RolloutOutside.secretType`.
    public var tokenSecret: String?
    public init() {}

    static let shape = Shape<RolloutQuery>.object(
        "RolloutQuery", RolloutQuery(),
        [
            Field(
                "address", \.address,
                RolloutOutside.address {
                    RolloutOutside.wrong($0) ?? ($0.contains("?") ? "Write the address without '?'." : nil)
                },
                required: true, "Where Prometheus' HTTP API is, such as `http://prometheus.monitoring:9090`."),
            Field(
                "query", \.query,
                .string("PromQL", maxLength: 4096, minLength: 1) { RolloutVariable.wrong(in: $0) },
                required: true, "An instant query of one number, with [variables](../rollouts.md#variables)."),
            Field("timeout", \.timeout, .duration, RolloutOutside.timeoutDoc),
            Field("tokenSecret", \.tokenSecret, Route.objectName, RolloutOutside.tokenDoc),
        ])
}

/// Somebody who is asked whether to go on.
public struct RolloutWebhook: Equatable, Sendable {
    public var url = ""
    /// nil: ten seconds, or the interval if that is less.
    public var timeout: Duration?
    /// nil: how the Rollout stands, as JSON.
    public var body: String?
    /// Name of a Secret of the type `RolloutOutside.secretType`.
    public var tokenSecret: String?
    public init() {}

    static let shape = Shape<RolloutWebhook>.object(
        "RolloutWebhook", RolloutWebhook(),
        [
            Field("url", \.url, RolloutOutside.address(RolloutOutside.wrong), required: true, "Where the question is posted."),
            Field("timeout", \.timeout, .duration, RolloutOutside.timeoutDoc),
            Field(
                "body", \.body, .string(maxLength: 4096) { RolloutVariable.wrong(in: $0) },
                "What is posted, with [variables](../rollouts.md#variables); absent, a JSON object that says how the Rollout stands."
            ),
            Field("tokenSecret", \.tokenSecret, Route.objectName, RolloutOutside.tokenDoc),
        ])
}

/// What questions to the outside have in common.
public enum RolloutOutside {
    /// Only Secrets of this type are ever sent, so that whoever may write Rollouts cannot have others sent to him.
    public static let secretType = "martlet.dev/bearer-token"
    /// The key in such a Secret.
    public static let secretKey = "token"

    /// Where nothing is written: how long an answer may take.
    public static func timeout(_ written: Duration?, interval: Duration) -> Duration {
        min(written ?? .seconds(10), interval)
    }

    static let timeoutDoc = "How long the answer may take; 10s when absent, the analysis' interval at most."
    static let tokenDoc =
        "Name of a Secret in the Rollout's namespace, of type `martlet.dev/bearer-token`, whose key `token` is sent as a bearer token."

    static func address(_ check: @escaping @Sendable (String) -> String?) -> Shape<String> {
        .string("URL", maxLength: 2048, pattern: "^https?://[^/?#@\\s]+([/?][^#\\s]*)?$", check: check)
    }

    /// Why this is no address that is asked.
    static func wrong(_ url: String) -> String? {
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: url.hasPrefix) else {
            return "Only http and https are spoken; write an address such as http://prometheus.monitoring:9090."
        }
        let rest = url.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if host.contains("@") { return "An address holds no password; name a Secret in tokenSecret." }
        let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }
        if host.isEmpty || !isPlain {
            return "This is no address; write a host, a port and perhaps a path, such as http://prometheus.monitoring:9090."
        }
        return nil
    }
}

/// What `{{name}}` stands for in queries and bodies. The words are those of Flagger and Argo Rollouts where they have one.
public enum RolloutVariable: String, Sendable, CaseIterable {
    case namespace, name, target, rule, stableArm, canaryArm, revision, stableRevision, step, weight, interval

    /// Puts values into a text.
    public static func fill(_ text: String, _ value: (RolloutVariable) -> String) -> String {
        var filled = ""
        for part in parts(text) {
            switch part {
            case .plain(let plain): filled += plain
            case .variable(let name): filled += RolloutVariable(rawValue: name).map(value) ?? ""
            }
        }
        return filled
    }

    /// Why a text cannot be filled.
    static func wrong(in text: String) -> String? {
        for case .variable(let name) in parts(text) where RolloutVariable(rawValue: name) == nil {
            let known = allCases.map(\.rawValue)
            let hint = nearest(to: name, among: known).map { " Did you mean \($0)?" } ?? ""
            return "There is no variable '\(name)'; use one of \(known.joined(separator: ", ")).\(hint)"
        }
        return nil
    }

    private enum Part {
        case plain(String)
        case variable(String)
    }

    /// What has no end is plain text.
    private static func parts(_ text: String) -> [Part] {
        var parts: [Part] = []
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            parts.append(.plain(String(rest[..<open.lowerBound])))
            let name = rest[open.upperBound..<close.lowerBound]
            parts.append(.variable(String(name.drop { $0 == " " }.prefix { $0 != " " })))
            rest = rest[close.upperBound...]
        }
        return parts + [.plain(String(rest))]
    }
}
