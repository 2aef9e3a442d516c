import Graph
import Patterns
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

    /// What requests go to the canary arm whatever its weight, behind the overrides that the Route has. One that cannot be read takes none.
    static func overrides(_ rollout: Rollout, among arms: [Arm]) -> [ArmOverride] {
        let arm = rollout.status.canaryArm
        guard !rollout.status.isEmpty, arms.contains(where: { $0.name == arm }) else { return [] }
        return rollout.status.match.compactMap { match in
            guard let headers = conditions(match.headers, { $0.lowercased() }), let cookies = conditions(match.cookies, { $0 }),
                !(headers.isEmpty && cookies.isEmpty)
            else { return nil }
            return ArmOverride(arm: arm, headers: headers, cookies: cookies)
        }
    }

    private static func conditions(_ items: [RouteMatch.Named], _ spelling: (String) -> String) -> [NamedMatch]? {
        var conditions: [NamedMatch] = []
        for item in items {
            guard !item.name.isEmpty else { return nil }
            if item.type == .regex {
                guard let pattern = item.value, (try? Pattern.compile(pattern, mode: .whole)) != nil else { return nil }
            }
            let name = spelling(item.name)
            // Further conditions on a name are ignored, as in matches.
            if !conditions.contains(where: { $0.name == name }) {
                conditions.append(NamedMatch(name: name, value: ValueMatch(item)))
            }
        }
        return conditions
    }

    /// Percent by arm, as every replica obeys them.
    static func wanted(_ rollout: Rollout) -> [RolloutStatus.ArmWeight] {
        let status = rollout.status
        if status.isEmpty { return [.init(rollout.spec.stable, 100), .init(rollout.spec.canary, 0)] }
        // Somebody took them out: the arms have their parts all the same.
        return status.weights.isEmpty ? [.init(status.stableArm, 100), .init(status.canaryArm, 0)] : status.weights
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
}
