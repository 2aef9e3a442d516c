import Documents
public import Resources

/// How far a Rollout has come, for a terminal: what each arm has, and the steps, those that are done, the one under way and those to come. Pure.
public enum RolloutPicture {
    private static let barWidth = 30
    /// Characters of a line of the message.
    private static let width = 78

    public static func lines(of rollout: Rollout) -> [String] {
        let status = rollout.status
        guard let phase = status.phase else { return ["Rollout \(rollout.metadata.key): no gateway has seen it yet"] }
        var lines = ["Rollout \(rollout.metadata.key) \(phase.rawValue)"]
        if !status.isEmpty { lines += arms(status) + steps(rollout.spec, status) }
        return lines + wrapped(status.message)
    }

    // MARK: - Arms

    private static func arms(_ status: RolloutStatus) -> [String] {
        let revisions = [status.stableRevision, status.step > 0 ? status.revision : ""]
        let names = padded([status.stableArm, status.canaryArm])
        let versions = padded(revisions.map { $0.isEmpty ? "-" : $0 })
        let shares = [100 - status.canaryWeight, status.canaryWeight]
        return zip(zip(names, versions), shares).map { labels, share in
            "  \(labels.0)  \(labels.1)  \(bar(share)) \(percent(share))"
        }
    }

    /// Whoever has something is seen to have it.
    private static func bar(_ share: Int) -> String {
        let length = share == 0 ? 0 : max(1, (share * barWidth + 50) / 100)
        return String(repeating: "#", count: length) + String(repeating: ".", count: barWidth - length)
    }

    private static func percent(_ share: Int) -> String { String(repeating: " ", count: 3 - "\(share)".count) + "\(share) %" }

    // MARK: - Steps

    private static func steps(_ spec: Rollout.Spec, _ status: RolloutStatus) -> [String] {
        guard status.step > 0 else { return [] }
        let stages = spec.steps
        return stages.enumerated().map { i, stage in
            let mark = i + 1 < status.step ? "done" : i + 1 == status.step ? "now " : "    "
            var parts = [traffic(stage, status)]
            if stage.analysis { parts.append(stage.passes > 1 ? "judged \(stage.passes) times" : "judged") }
            if let pause = stage.pause { parts.append(wait(pause)) }
            if i + 1 == status.step, stage.pause?.duration != nil, let passed = status.stepElapsed {
                parts.append("\(Scalars.text(of: passed)) have passed")
            }
            let number = i < 9 && stages.count > 9 ? " \(i + 1)" : "\(i + 1)"
            return "  \(mark)  \(number)  \(parts.joined(separator: ", "))"
        }
    }

    private static func traffic(_ stage: Stage, _ status: RolloutStatus) -> String {
        if stage.match.isEmpty { return percent(stage.weight) }
        return stage.weight == 0 ? "those that match" : "those that match and \(stage.weight) % of the others"
    }

    private static func wait(_ pause: Rollout.Pause) -> String {
        let agreed = pause.webhook == nil ? nil : "until it is agreed to"
        guard let duration = pause.duration else { return agreed ?? "until promote or abort" }
        return "for \(Scalars.text(of: duration))" + (agreed.map { " and \($0)" } ?? "")
    }

    // MARK: - Text

    private static func padded(_ texts: [String]) -> [String] {
        let width = texts.map(\.count).max() ?? 0
        return texts.map { $0 + String(repeating: " ", count: width - $0.count) }
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
