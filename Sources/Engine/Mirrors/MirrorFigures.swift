import Telemetry

/// What was counted of one mirror since the process began.
public struct MirrorFigures: Sendable, Equatable {
    public var rule: String
    /// The cluster that copies go to.
    public var cluster: String
    /// Requests by what became of their copies (`Answered`, `TimedOut`, …).
    public var outcomes: [(outcome: String, count: UInt64)]
    /// `Same`, `Different` and `Incomplete`.
    public var comparisons: [(result: String, count: UInt64)]
    /// Answers that differed, by what differed (`status`, `bodyDigest`, `header:NAME`).
    public var differences: [(field: String, count: UInt64)]

    public static func == (a: Self, b: Self) -> Bool {
        a.rule == b.rule && a.cluster == b.cluster && a.outcomes.elementsEqual(b.outcomes, by: ==)
            && a.comparisons.elementsEqual(b.comparisons, by: ==) && a.differences.elementsEqual(b.differences, by: ==)
    }
}

extension MirrorBook {
    /// Figures of all mirrors that there were, by name. Zeros are left out.
    var figures: [MirrorFigures] {
        mirrors.map { index, name, headers in
            let row = self.row(index)
            return MirrorFigures(
                rule: name.rule, cluster: name.cluster,
                outcomes: MirrorOutcome.allCases.map { ($0.code, row[Row.outcomes + $0.rawValue]) }.filter { $0.1 > 0 },
                comparisons: MirrorComparison.allCases.map { ($0.code, row[Row.comparisons + $0.rawValue]) }
                    .filter { $0.1 > 0 },
                differences: (0..<Difference.count).map { (Difference.word($0, headers), row[Row.differences + $0]) }
                    .filter { $0.1 > 0 })
        }
    }

    /// Writes the families of mirrors, if there is one.
    func write(_ text: inout Exposition) {
        let figures = figures
        guard !figures.isEmpty else { return }
        func labels(_ one: MirrorFigures) -> [(String, String)] { [("rule", one.rule), ("mirror", one.cluster)] }
        text.family(
            "martlet_mirror_requests_total", .counter,
            help: "Requests that were to be copied for a mirror, by what became of the copy.")
        for one in figures { for (outcome, count) in one.outcomes { text.sample(labels(one) + [("outcome", outcome)], count) } }
        text.family(
            "martlet_mirror_comparisons_total", .counter, help: "Answers of mirrors that were compared with what clients got.")
        for one in figures { for (result, count) in one.comparisons { text.sample(labels(one) + [("result", result)], count) } }
        text.family(
            "martlet_mirror_differences_total", .counter, help: "Answers of mirrors that differed, by what differed.")
        for one in figures { for (field, count) in one.differences { text.sample(labels(one) + [("field", field)], count) } }
        text.family(
            "martlet_mirror_latency_difference_seconds", .histogram,
            help: "By how much a mirror began its answer later (slower) or earlier (faster) than the client's endpoint did.")
        let bounds = Latency.bounds.map { Double($0) / 1e9 }
        for mirror in mirrors {
            let row = self.row(mirror.index)
            for (word, start) in [("slower", Row.slower), ("faster", Row.faster)] {
                let counts = Array(row[(start + 1)...(start + 1 + Latency.bounds.count)])
                guard counts.contains(where: { $0 > 0 }) else { continue }
                let names = [("rule", mirror.name.rule), ("mirror", mirror.name.cluster), ("mirror_was", word)]
                text.histogram(names, bounds: bounds, counts: counts, sum: Double(row[start]) / 1e9)
            }
        }
    }
}
