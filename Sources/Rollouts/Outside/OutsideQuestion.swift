import Base
import Documents
import Resources

/// Something that is asked of somebody else, as it goes out.
public struct OutsideQuestion: Sendable, Equatable {
    public enum Source: String, Sendable, CaseIterable { case prometheus, webhook }

    /// The metric's name, or `OutsideQuestion.gate`.
    public var metric: String
    public var source: Source
    public var url: String
    public var contentType: String
    public var body: String
    public var timeout: Duration
    /// Name of the Secret whose token goes along.
    public var tokenSecret: String?

    /// The name of the question whether a pause is over. No metric can have it.
    public static let gate = "(pause)"

    /// What can be learned from an answer's status and body.
    public func answer(status: Int, body: [UInt8]) -> OutsideAnswer {
        switch source {
        case .prometheus: QueryAnswer.read(status: status, body: body)
        case .webhook: WebhookAnswer.read(status: status, body: body)
        }
    }
}

/// What is asked at one time: the counters of a rule's arms, and whoever is outside.
public struct RolloutQuestions: Sendable, Equatable {
    /// nil where no counters are judged.
    public var rule: String?
    public var outside: [OutsideQuestion]

    public init(rule: String?, outside: [OutsideQuestion] = []) {
        self.rule = rule
        self.outside = outside
    }
}

/// What came back.
public struct RolloutAnswers: Sendable, Equatable {
    /// nil when nobody could be asked.
    public var reading: ArmReading?
    /// By the questions' names.
    public var outside: [String: OutsideAnswer]

    public init(reading: ArmReading?, outside: [String: OutsideAnswer] = [:]) {
        self.reading = reading
        self.outside = outside
    }
}

public enum OutsideAnswer: Sendable, Equatable {
    case number(Double)
    /// Yes or no, with what was said of it.
    case verdict(Bool, String)
    /// There was an answer that says nothing: empty, not a number, several.
    case nothing(String)
    /// There was none, and why.
    case unavailable(String)
}

/// Makes questions of one Rollout as it stands.
struct OutsideQuestioner {
    let object: RolloutObject
    let status: RolloutStatus
    let interval: Duration

    func question(_ metric: RolloutAnalysis.Metric) -> OutsideQuestion? {
        if let query = metric.prometheus { return question(query, metric.name) }
        return metric.webhook.map { question($0, metric.name) }
    }

    private func question(_ query: RolloutQuery, _ name: String) -> OutsideQuestion {
        let timeout = RolloutOutside.timeout(query.timeout, interval: interval)
        let address = query.address.hasSuffix("/") ? String(query.address.dropLast()) : query.address
        // By POST, so that no log of a server has the query in it, and no length of addresses bounds it.
        return OutsideQuestion(
            metric: name, source: .prometheus, url: address + "/api/v1/query", contentType: "application/x-www-form-urlencoded",
            body:
                "query=\(PercentEncoding.segment(fill(query.query)))&timeout=\(PercentEncoding.segment(Scalars.text(of: timeout)))",
            timeout: timeout,
            tokenSecret: query.tokenSecret)
    }

    func question(_ webhook: RolloutWebhook, _ name: String) -> OutsideQuestion {
        OutsideQuestion(
            metric: name, source: .webhook, url: webhook.url, contentType: "application/json",
            body: webhook.body.map(fill) ?? standing(name).jsonText,
            timeout: RolloutOutside.timeout(webhook.timeout, interval: interval), tokenSecret: webhook.tokenSecret)
    }

    /// How the Rollout stands, for whoever is asked.
    private func standing(_ name: String) -> Value {
        [
            "namespace": .string(object.namespace), "name": .string(object.name), "metric": .string(name),
            "revision": .string(status.revision), "stableRevision": .string(status.stableRevision),
            "stableArm": .string(status.stableArm), "canaryArm": .string(status.canaryArm),
            "step": .integer(Int64(status.step)), "steps": .integer(Int64(object.spec.steps.count)),
            "weight": .integer(Int64(status.canaryWeight)),
        ]
    }

    private func fill(_ text: String) -> String {
        RolloutVariable.fill(text) { variable in
            switch variable {
            case .namespace: object.namespace
            case .name: object.name
            case .target: object.spec.targetRef.name
            case .rule: object.target?.rule ?? ""
            case .stableArm: status.stableArm
            case .canaryArm: status.canaryArm
            case .revision: Self.escaped(status.revision)
            case .stableRevision: Self.escaped(status.stableRevision)
            case .step: "\(status.step)"
            case .weight: "\(status.canaryWeight)"
            case .interval: Scalars.text(of: interval)
            }
        }
    }

    /// A revision may be anything. It stands within quotes, where both PromQL and JSON read `\u0022`.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            guard scalar.value < 0x20 || "\"'`\\".unicodeScalars.contains(scalar) else {
                escaped.unicodeScalars.append(scalar)
                return
            }
            let digits = String(scalar.value, radix: 16)
            escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
