import Graph
import Resources

/// What a Rollout makes of the weights of a split.
enum RolloutWeights {
    /// The two arms share what they have together as the status says; the others keep theirs. Without a status everything of it goes to
    /// the stable arm, and an arm that the split does not have leaves all weights as they were written.
    static func apply(_ rollout: Rollout, to arms: inout [Arm]) {
        let wanted = wanted(rollout)
        guard wanted.count == 2, wanted.allSatisfy({ one in arms.contains { $0.name == one.name } }) else { return }
        let share = wanted.reduce(0) { $0 + $1.weight }
        guard share > 0 else { return }
        let isMember = { (arm: Arm) in wanted.contains { $0.name == arm.name } }
        let together = arms.filter(isMember).reduce(0) { $0 + $1.weight }
        let others = arms.filter { !isMember($0) }.reduce(0) { $0 + $1.weight }
        for i in arms.indices {
            guard let one = wanted.first(where: { $0.name == arms[i].name }) else {
                arms[i].weight *= share
                continue
            }
            // Arms that nobody gave anything share everything, if nobody else has something.
            arms[i].weight = one.weight * (together == 0 && others == 0 ? 1 : together)
        }
        let divisor = arms.reduce(0) { greatestCommonDivisor($0, $1.weight) }
        if divisor > 1 { for i in arms.indices { arms[i].weight /= divisor } }
    }

    private static func wanted(_ rollout: Rollout) -> [RolloutStatus.ArmWeight] {
        let status = rollout.status
        guard status.isEmpty || status.weights.isEmpty else { return status.weights }
        return [.init(rollout.spec.stable, 100), .init(rollout.spec.canary, 0)]
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
}
