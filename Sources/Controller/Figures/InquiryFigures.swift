import Rollouts
import Telemetry

/// What was asked for Rollouts, and what came of it.
public struct InquiryFigures: Sendable, Equatable {
    enum Result: String, CaseIterable { case answered, empty, unavailable }

    private var counts: [OutsideQuestion.Source: [Result: UInt64]] = [:]

    public init() {}

    mutating func count(_ source: OutsideQuestion.Source, _ answer: OutsideAnswer) {
        let result: Result =
            switch answer {
            case .number, .verdict: .answered
            case .nothing: .empty
            case .unavailable: .unavailable
            }
        counts[source, default: [:]][result, default: 0] += 1
    }

    /// Nothing before the first question.
    func write(to page: inout Exposition) {
        guard !counts.isEmpty else { return }
        page.family(
            "martlet_rollout_questions_total", .counter,
            help: "What Prometheus and webhooks were asked for Rollouts, by what came of it.")
        for source in OutsideQuestion.Source.allCases {
            for result in Result.allCases {
                page.sample([("source", source.rawValue), ("result", result.rawValue)], counts[source]?[result] ?? 0)
            }
        }
    }
}
