public import Documents

/// How a Rollout's steps are judged: the canary arm by itself and against the stable one.
public struct RolloutAnalysis: Equatable, Sendable {
    /// What is looked at.
    public enum Measure: Equatable, Sendable {
        /// Percent of requests that did not fail: neither a status of 500 and above nor an answer cut short by its endpoint.
        case successRate
        /// The time below which so many percent of the requests stay.
        case latency(percent: Int)

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

    public struct Metric: Equatable, Sendable {
        public var name = ""
        /// Of `success-rate`.
        public var min: Percentage?
        /// Of latencies.
        public var max: Duration?
        public var compare: Compare?
        public init() {}

        public var measure: Measure? { Measure(name) }
    }

    public var interval: Duration = .seconds(30)
    public var minRequests = 100
    public var failureLimit = 0
    /// nil: it waits for ever.
    public var inconclusiveLimit: Int?
    public var metrics: [Metric] = []
    public init() {}

    private static let metricName = Shape<String>.string(
        "metric", maxLength: 63, pattern: "^(success-rate|latency-p(50|75|90|95|99))$"
    ) { name in
        guard Measure(name) == nil else { return nil }
        let hint = nearest(to: name, among: Measure.names).map { " Did you mean \($0)?" } ?? ""
        return "There is no metric '\(name)'; use one of \(Measure.names.joined(separator: ", ")).\(hint)"
    }

    private static let metric = Shape<Metric>.object(
        "RolloutMetric", Metric(),
        [
            Field(
                "name", \.name, metricName, required: true, "`success-rate`, or `latency-p50`, `-p75`, `-p90`, `-p95`, `-p99`."),
            Field("min", \.min, .percentage, "Least that the canary arm's success rate may be."),
            Field("max", \.max, .duration, "Most that the canary arm's latency may be."),
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
        ],
        check: { metric, path, problems in
            guard let measure = metric.measure else { return }
            let isRate = measure == .successRate
            if isRate, metric.max != nil { problems.invalid(path["max"], "A success rate has no upper bound; write min.") }
            if !isRate, metric.min != nil { problems.invalid(path["min"], "A latency has no lower bound; write max.") }
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
        })

    static let shape = Shape<RolloutAnalysis>.object(
        "RolloutAnalysis", RolloutAnalysis(),
        [
            Field("interval", \.interval, .duration, "Time from one judgement to the next; 30s when absent, 1s at least."),
            Field(
                "minRequests", \.minRequests, .integer(1...1_000_000_000),
                "Requests that the canary arm must have answered before it is judged; 100 when absent. Fewer are never a success."
            ),
            Field(
                "failureLimit", \.failureLimit, .integer(0...1000),
                "Judgements of a cycle that may go against the canary arm; one more is its failure. 0 when absent."),
            Field(
                "inconclusiveLimit", \.inconclusiveLimit, .integer(1...1000),
                "Intervals in a row that may pass without enough requests; after that the Rollout pauses. Absent, it waits."),
            Field(
                "metrics", \.metrics, .list(metric, max: 16, keys: ["name"]).with("minItems", 1), required: true,
                "What is judged."),
        ],
        check: { analysis, path, problems in
            if analysis.interval < .seconds(1) {
                problems.invalid(path["interval"], "Counters are read once a second at most; write 1s or more.")
            }
        })
}
