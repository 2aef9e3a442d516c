import Documents
import Resources

/// Whether a canary arm is good enough, by what was counted. Pure.
enum Judgement: Sendable, Equatable {
    /// Each with what was found, as a sentence.
    case pass(String)
    case fail(String)
    /// Nobody can tell: too few requests.
    case inconclusive(String)

    var isFailure: Bool {
        if case .fail = self { return true }
        return false
    }

    /// By what the gateways counted; nil when nothing of it is judged.
    ///
    /// - Parameters:
    ///   - stable: what the other arm did in the same time.
    ///   - bounds: of the classes of time, in nanoseconds.
    static func own(_ analysis: RolloutAnalysis, canary: ArmCounts, stable: ArmCounts, bounds: [UInt64]) -> Judgement? {
        let metrics = analysis.metrics.filter(\.isOwn)
        if metrics.isEmpty { return nil }
        let least = UInt64(analysis.minRequests)
        guard canary.requests >= least, canary.requests > 0 else {
            return .inconclusive("\(canary.requests) of at least \(least) requests.")
        }
        let judge = MetricJudge(
            canary: canary, stable: stable.requests >= least && stable.requests > 0 ? stable : nil, bounds: bounds)
        return all(metrics.lazy.map(judge.judge))
    }

    /// What several judgements come to: one against it decides, and it takes all of them to be for it. Nothing at all is no judgement.
    static func all(_ judgements: some Sequence<Judgement>) -> Judgement {
        var found: [String] = []
        var unknown: [String] = []
        for judgement in judgements {
            switch judgement {
            case .fail: return judgement
            case .pass(let what): found.append(what)
            case .inconclusive(let what): unknown.append(what)
            }
        }
        if !unknown.isEmpty { return .inconclusive(unknown.joined(separator: " ")) }
        return found.isEmpty ? .inconclusive("Nothing is judged.") : .pass(found.joined(separator: " "))
    }

    /// By what somebody else said.
    static func outside(_ metric: RolloutAnalysis.Metric, _ answer: OutsideAnswer?) -> Judgement {
        switch answer {
        case .number(let number)?:
            let what = "\(metric.name) \(text(number))"
            if let min = metric.min, !(number >= min.number ?? .infinity) { return .fail("\(what), below \(min.text).") }
            if let max = metric.max, !(number <= max.number ?? -.infinity) { return .fail("\(what), above \(max.text).") }
            return .pass("\(what).")
        case .verdict(true, let what)?: return .pass("\(metric.name): \(what)")
        case .verdict(false, let what)?: return .fail("\(metric.name): \(what)")
        case .nothing(let what)?, .unavailable(let what)?: return .inconclusive("\(metric.name): \(what)")
        case nil: return .inconclusive("\(metric.name) was not asked.")
        }
    }

    /// Six digits after the point at most, where the number is not too large or small for that.
    private static func text(_ number: Double) -> String {
        let scaled = (number * 1_000_000).rounded()
        guard abs(scaled) < 1e15, scaled != 0 || number == 0 else { return "\(number)" }
        let rounded = scaled / 1_000_000
        return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    }
}

/// One metric after the other.
private struct MetricJudge {
    let canary: ArmCounts
    /// nil: too few requests to compare with.
    let stable: ArmCounts?
    let bounds: [UInt64]

    func judge(_ metric: RolloutAnalysis.Metric) -> Judgement {
        switch metric.measure {
        case .successRate: rate(metric)
        case .latency(let percent): latency(metric, percent)
        // What is asked of others is not judged here, and others are refused where they are read.
        case .query, .webhook, nil: .inconclusive("There is no metric '\(metric.name)'.")
        }
    }

    // MARK: - Success

    private func rate(_ metric: RolloutAnalysis.Metric) -> Judgement {
        let own = Self.rate(canary)
        let what = "success-rate \(Self.text(own)) % of \(canary.requests) requests"
        if let min = metric.min?.percentage, own < Double(min.hundredths) / 100 { return .fail("\(what), below \(min) %.") }
        guard let drop = metric.compare?.maxDropPercent else { return .pass("\(what).") }
        guard let stable else { return alone(what, isBounded: metric.min != nil) }
        let other = Self.rate(stable)
        let compared = "\(what), against \(Self.text(other)) % of \(stable.requests)"
        return other - own > Double(drop.hundredths) / 100
            ? .fail("\(compared): more than \(drop) below.") : .pass("\(compared).")
    }

    private static func rate(_ counts: ArmCounts) -> Double {
        100 * Double(counts.requests - min(counts.failures, counts.requests)) / Double(counts.requests)
    }

    // MARK: - Latency

    private func latency(_ metric: RolloutAnalysis.Metric, _ percent: Int) -> Judgement {
        guard let own = quantile(canary, percent) else { return .inconclusive("\(metric.name) is not known.") }
        let what = "\(metric.name) \(Self.text(own)) ms of \(canary.requests) requests"
        if let max = metric.max?.duration, own > max / .milliseconds(1) {
            return .fail("\(what), above \(Scalars.text(of: max)).")
        }
        guard let increase = metric.compare?.maxIncreasePercent else { return .pass("\(what).") }
        guard let stable, let other = quantile(stable, percent) else { return alone(what, isBounded: metric.max != nil) }
        let compared = "\(what), against \(Self.text(other)) ms of \(stable.requests)"
        return own > other * (1 + Double(increase) / 100)
            ? .fail("\(compared): more than \(increase) % above.") : .pass("\(compared).")
    }

    /// Milliseconds below which so many percent of the requests stayed, between the bounds of its class in proportion. Beyond the last
    /// bound it is the bound.
    private func quantile(_ counts: ArmCounts, _ percent: Int) -> Double? {
        let total = counts.buckets.reduce(0, +)
        guard total > 0, counts.buckets.count == bounds.count + 1 else { return nil }
        let rank = Double(total) * Double(percent) / 100
        var below: UInt64 = 0
        for (i, count) in counts.buckets.enumerated() where count > 0 {
            if Double(below + count) >= rank {
                let low = i == 0 ? 0 : Double(bounds[i - 1])
                let high = i < bounds.count ? Double(bounds[i]) : low
                return (low + (high - low) * (rank - Double(below)) / Double(count)) / 1e6
            }
            below += count
        }
        return bounds.last.map { Double($0) / 1e6 }
    }

    // MARK: - Words

    /// There is nothing to compare with, which is no judgement if nothing else was asked.
    private func alone(_ what: String, isBounded: Bool) -> Judgement {
        isBounded
            ? .pass("\(what); too few in the stable arm to compare.")
            : .inconclusive("\(what); too few in the stable arm to compare with.")
    }

    /// Two decimals at most.
    private static func text(_ number: Double) -> String {
        let hundredths = Int64((number * 100).rounded())
        let rest = hundredths % 100
        if rest == 0 { return "\(hundredths / 100)" }
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest % 10 == 0 ? rest / 10 : rest)"
    }
}
