import Resources

extension Rollout.Spec {
    /// The steps of a cycle, one at least. Behind the last one is the promotion.
    var steps: [Rollout.Step] {
        guard strategy.steps.isEmpty else { return strategy.steps }
        // BlueGreen without a word: one switch, judged if there is something to judge by.
        var all = Rollout.Step()
        all.setWeight = 100
        all.analysis = analysis.map { !$0.metrics.isEmpty } ?? false
        return [all]
    }

    /// From one question to the next.
    var interval: Duration { analysis?.interval ?? .seconds(30) }

    /// - Parameter number: from 1; those beyond the last are the last.
    func step(_ number: Int) -> Rollout.Step { steps[max(0, min(number, steps.count) - 1)] }
}
