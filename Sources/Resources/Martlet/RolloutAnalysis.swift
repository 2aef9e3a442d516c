public import Documents

/// How a Rollout's steps are judged: the canary arm by itself and against the stable one.
public struct RolloutAnalysis: Equatable, Sendable {
    /// What is looked at.
    public enum Measure: Equatable, Sendable {
        /// Percent of requests that did not fail: neither a status of 500 and above nor an answer cut short by its endpoint.
        case successRate
        /// The time below which so many percent of the requests stay.
        case latency(percent: Int)
        /// What a query says.
        case query
        /// What somebody says who is asked.
        case webhook

        /// Of what the gateways count themselves.
        public static let names = ["success-rate"] + percents.map { "latency-p\($0)" }
        private static let percents = [50, 75, 90, 95, 99]

        public init?(_ name: String) {
            if name == "success-rate" {
                self = .successRate
            } else if let percent = Self.percents.first(where: { name == "latency-p\($0)" }) {
                self = .latency(percent: percent)
            } else {
                return nil
            }
        }
    }

    public struct Compare: Equatable, Sendable {
        public var maxDropPercent: Percentage?
        public var maxIncreasePercent: Int?
        public init() {}
    }

    /// A bound as it is written. What it means follows from what it bounds.
    public struct Bound: Equatable, Sendable {
        public var text: String

        public init(_ text: String) { self.text = text }

        public var percentage: Percentage? { Percentage(text) }
        public var duration: Duration? { Scalars.duration(text) }
        /// As Prometheus writes numbers, but finite.
        public var number: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }

        private static let pattern = "^(-?[0-9]{1,15}(\\.[0-9]{1,9})?|([0-9]{1,5}(h|m|s|ms)){1,4})$"

        static let shape = Shape<Bound>(
            typeName: "percentage, duration or number",
            schema: { ["x-kubernetes-int-or-string": true, "pattern": .string(pattern)] },
            decode: { value, path, problems in
                let text = value.string ?? value.integer.map { String($0) }
                if let bound = text.map(Bound.init), bound.number != nil || bound.duration != nil { return bound }
                problems.invalid(
                    path, "Write a number such as \"0.01\", a percentage such as \"99.5\" or a duration such as 400ms.")
                return nil
            })
    }

    public struct Metric: Equatable, Sendable {
        public var name = ""
        /// A percentage of `success-rate`, a number of a query.
        public var min: Bound?
        /// A duration of latencies, a number of a query.
        public var max: Bound?
        public var compare: Compare?
        public var prometheus: RolloutQuery?
        public var webhook: RolloutWebhook?
        public init() {}

        public var measure: Measure? {
            prometheus != nil ? .query : webhook != nil ? .webhook : Measure(name)
        }

        /// Whether the gateways' own counters say it.
        public var isOwn: Bool { prometheus == nil && webhook == nil }
    }

    public var interval: Duration = .seconds(30)
    public var minRequests = 100
    public var failureLimit = 0
    /// nil: it waits for ever.
    public var inconclusiveLimit: Int?
    public var metrics: [Metric] = []
    public init() {}

    private static let metricName = Shape<String>.string(
        "metric", maxLength: 63, pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$"
    ) { name in
        let isName =
            name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
            && name.utf8.first.map { (97...122).contains($0) } ?? false && !name.hasSuffix("-")
        return isName ? nil : "'\(name)' is no name of a metric; write small letters, digits and hyphens, such as error-ratio."
    }

    private static let oneSource = "A metric is asked of one source; write prometheus or webhook, and remove the other."

    private static let metric = Shape<Metric>.object(
        "RolloutMetric", Metric(),
        [
            Field(
                "name", \.name, metricName, required: true,
                "`success-rate`, or `latency-p50`, `-p75`, `-p90`, `-p95`, `-p99`; any other name with `prometheus` or `webhook`."
            ),
            Field("min", \.min, Bound.shape, "Least that the canary arm's success rate, or the query's number, may be."),
            Field("max", \.max, Bound.shape, "Most that the canary arm's latency, or the query's number, may be."),
            Field(
                "compare", \.compare,
                .object(
                    "RolloutComparison", Compare(),
                    [
                        Field(
                            "maxDropPercent", \.maxDropPercent, .percentage,
                            "How many percentage points the success rate may lie below the stable arm's."),
                        Field(
                            "maxIncreasePercent", \.maxIncreasePercent, .integer(0...10_000, "percent"),
                            "By how many percent the latency may exceed the stable arm's."),
                    ]), "Bounds against the stable arm in the same time; without enough requests there they are not looked at."),
            Field("prometheus", \.prometheus, RolloutQuery.shape, "A query that is judged instead of what the gateways counted."),
            Field("webhook", \.webhook, RolloutWebhook.shape, "Somebody who is asked instead."),
        ],
        check: { metric, path, problems in MetricCheck.check(metric, path, &problems) }
    )
    .rule(
        "has(self.prometheus) || has(self.webhook) || self.name.matches('^(success-rate|latency-p(50|75|90|95|99))$')",
        "There is no metric of this name; use one of \(Measure.names.joined(separator: ", ")), or say whom to ask in prometheus or webhook."
    )
    .rule("!has(self.prometheus) || !has(self.webhook)", oneSource)

    /// What fits a metric depends on what it measures.
    private enum MetricCheck {
        static func check(_ metric: Metric, _ path: FieldPath, _ problems: inout FieldProblems) {
            if metric.prometheus != nil, metric.webhook != nil { return problems.invalid(path["webhook"], oneSource) }
            switch metric.measure {
            case nil:
                // A name that could not be read has been reported.
                guard !metric.name.isEmpty else { return }
                let hint = nearest(to: metric.name, among: Measure.names).map { " Did you mean \($0)?" } ?? ""
                problems.invalid(
                    path["name"],
                    "There is no metric '\(metric.name)'; use one of \(Measure.names.joined(separator: ", ")).\(hint)")
            case .successRate: own(metric, isRate: true, path, &problems)
            case .latency: own(metric, isRate: false, path, &problems)
            case .query: query(metric, path, &problems)
            case .webhook: webhook(metric, path, &problems)
            }
        }

        private static func own(_ metric: Metric, isRate: Bool, _ path: FieldPath, _ problems: inout FieldProblems) {
            if isRate, metric.max != nil { problems.invalid(path["max"], "A success rate has no upper bound; write min.") }
            if !isRate, metric.min != nil { problems.invalid(path["min"], "A latency has no lower bound; write max.") }
            if isRate, let min = metric.min, min.percentage == nil {
                problems.invalid(
                    path["min"], "Write a percentage from 0 to 100 with at most two decimals, such as 5 or \"99.5\".")
            }
            if !isRate, let max = metric.max, max.duration == nil {
                problems.invalid(path["max"], "'\(max.text)' is no duration; write one such as 500ms, 15s or 1h30m.")
            }
            if isRate, metric.compare?.maxIncreasePercent != nil {
                problems.invalid(
                    path["compare"]["maxIncreasePercent"], "A success rate is compared by maxDropPercent; write that.")
            }
            if !isRate, metric.compare?.maxDropPercent != nil {
                problems.invalid(path["compare"]["maxDropPercent"], "A latency is compared by maxIncreasePercent; write that.")
            }
            let hasBound =
                metric.min != nil || metric.max != nil || metric.compare?.maxDropPercent != nil
                || metric.compare?.maxIncreasePercent != nil
            if !hasBound {
                problems.invalid(path, "Nothing is asked of '\(metric.name)'; write \(isRate ? "min" : "max"), or compare.")
            }
        }

        private static func query(_ metric: Metric, _ path: FieldPath, _ problems: inout FieldProblems) {
            noteName(metric, path, &problems)
            for (field, bound) in [("min", metric.min), ("max", metric.max)] {
                guard let bound, bound.number == nil else { continue }
                problems.invalid(
                    path[field], "'\(bound.text)' is no number; write one such as \"0.01\", in the unit of the query.")
            }
            if metric.min == nil, metric.max == nil {
                problems.invalid(path, "Nothing is asked of '\(metric.name)'; write min or max.")
            }
            if metric.compare != nil {
                problems.invalid(path["compare"], "Only own counters are compared; let the query compare, and remove this.")
            }
        }

        private static func webhook(_ metric: Metric, _ path: FieldPath, _ problems: inout FieldProblems) {
            noteName(metric, path, &problems)
            let written = [("min", metric.min != nil), ("max", metric.max != nil), ("compare", metric.compare != nil)]
            for (field, isThere) in written where isThere {
                problems.invalid(path[field], "A webhook says yes or no, so there is nothing to bound; remove this.")
            }
        }

        /// Own metrics keep their names, so that nobody takes one for the other.
        private static func noteName(_ metric: Metric, _ path: FieldPath, _ problems: inout FieldProblems) {
            guard Measure(metric.name) != nil else { return }
            problems.invalid(path["name"], "'\(metric.name)' is what the gateways count; give this metric another name.")
        }
    }

    static let shape = Shape<RolloutAnalysis>.object(
        "RolloutAnalysis", RolloutAnalysis(),
        [
            Field("interval", \.interval, .duration, "Time from one judgement to the next; 30s when absent, 1s at least."),
            Field(
                "minRequests", \.minRequests, .integer(1...1_000_000_000),
                "Requests that the canary arm must have answered before its counters are judged; 100 when absent. Fewer are never a success."
            ),
            Field(
                "failureLimit", \.failureLimit, .integer(0...1000),
                "Judgements of a cycle that may go against the canary arm; one more is its failure. 0 when absent."),
            Field(
                "inconclusiveLimit", \.inconclusiveLimit, .integer(1...1000),
                "Intervals in a row that may pass without a judgement; after that the Rollout pauses. Absent, it waits."),
            Field(
                "metrics", \.metrics, .list(metric, max: 16, keys: ["name"]).with("minItems", 1), required: true,
                "What is judged."),
        ],
        check: { analysis, path, problems in
            if analysis.interval < .seconds(1) {
                problems.invalid(path["interval"], "Counters are read once a second at most; write 1s or more.")
            }
            for (i, metric) in analysis.metrics.enumerated() {
                let (field, timeout) =
                    metric.prometheus != nil ? ("prometheus", metric.prometheus?.timeout) : ("webhook", metric.webhook?.timeout)
                guard let timeout, timeout > analysis.interval || timeout < .milliseconds(1) else { continue }
                problems.invalid(
                    path["metrics"][i][field]["timeout"],
                    "An answer takes between 1ms and the interval, \(Scalars.text(of: analysis.interval)); write less, or a longer interval."
                )
            }
        })
}
