import Resources

/// A step as it is followed: what it leaves out is as in the step before.
struct Stage: Sendable, Equatable {
    /// Percent of what both arms get.
    var weight = 0
    /// Requests that go to the canary arm whatever the weight.
    var match: [RolloutMatch] = []
    /// nil: goes on at once.
    var pause: Rollout.Pause?
    var analysis = false
    /// How many judgements in favour it takes, where it is judged.
    var passes = 1

    /// Whether it is in force.
    func isFollowed(by status: RolloutStatus) -> Bool { status.canaryWeight == weight && status.match == match }

    /// Whether it was judged as often as it takes.
    func isJudged(_ status: RolloutStatus) -> Bool { !analysis || status.analysis?.passes ?? 0 >= passes }
}

extension Rollout.Spec {
    /// The steps of a cycle, one at least. Behind the last one is the promotion.
    var steps: [Stage] {
        if strategy.type == .abTest { return [test] }
        // BlueGreen without a word: one switch, judged if there is something to judge by.
        if strategy.steps.isEmpty { return [Stage(weight: 100, analysis: isJudging)] }
        var stage = Stage()
        return strategy.steps.map { step in
            stage = Stage(
                weight: step.setWeight ?? stage.weight, match: step.match ?? stage.match, pause: step.pause,
                analysis: step.analysis)
            return stage
        }
    }

    /// An ABTest is one step, in which nobody moves but those that match.
    private var test: Stage {
        var stage = Stage(match: strategy.match, analysis: isJudging, passes: strategy.iterations ?? 1)
        if let duration = strategy.duration {
            stage.pause = Rollout.Pause()
            stage.pause?.duration = duration
        }
        return stage
    }

    /// From one question to the next.
    var interval: Duration { (analysis ?? RolloutAnalysis()).interval }

    /// - Parameter number: from 1; those beyond the last are the last.
    func step(_ number: Int) -> Stage {
        let steps = steps
        return steps[max(0, min(number, steps.count) - 1)]
    }
}
