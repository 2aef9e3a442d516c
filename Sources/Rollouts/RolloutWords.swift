import Documents
import Resources

/// What a status says to people: phase, message and conditions follow from the rest.
enum RolloutWords {
    static func describe(_ status: inout RolloutStatus, _ object: RolloutObject, wall: String) {
        let steps = object.refusal == nil ? object.spec.steps.count : 0
        if status.step == 0 { status.progress = "" } else if steps > 0 { status.progress = "\(status.step)/\(steps)" }
        status.phase = phase(status, object)
        status.message = String(message(status, object).prefix(4096))
        status.conditions = conditions(status, object, wall: wall)
    }

    private static func phase(_ status: RolloutStatus, _ object: RolloutObject) -> RolloutStatus.Phase {
        if object.refusal != nil || status.isEmpty { return .pending }
        guard status.step > 0 else {
            return status.outcome == .rolledBack || status.outcome == .aborted ? .degraded : .healthy
        }
        return status.hold != nil || isAtGate(status, object) ? .paused : .progressing
    }

    /// Nothing but a command is missing.
    private static func isAtGate(_ status: RolloutStatus, _ object: RolloutObject) -> Bool {
        let step = object.spec.step(status.step)
        guard let pause = step.pause, pause.duration == nil, pause.webhook == nil, step.isFollowed(by: status) else {
            return false
        }
        return step.isJudged(status)
    }

    // MARK: - Message

    private static func message(_ status: RolloutStatus, _ object: RolloutObject) -> String {
        if let refusal = object.refusal { return refusal.message }
        if status.isEmpty { return "It is not known yet what the arms serve; write spec.revision, or wait for pods." }
        guard status.step > 0 else { return rest(status) }
        let step = object.spec.step(status.step)
        var parts = ["Step \(status.step) of \(object.spec.steps.count):"]
        if !object.isReady(status.canaryArm) {
            parts.append(
                "arm \(status.canaryArm) has no ready endpoints for revision \(status.revision); it goes on when it has.")
            return parts.joined(separator: " ")
        }
        parts.append("\(traffic(status))\(wait(step, status)).")
        if step.analysis, let found = status.analysis?.message, !found.isEmpty { parts.append(found) }
        return parts.joined(separator: " ")
    }

    /// Which requests go where, without a point.
    static func traffic(_ status: RolloutStatus) -> String {
        let arm = "go to revision \(status.revision) in arm \(status.canaryArm)"
        if status.match.isEmpty { return "\(status.canaryWeight) % of the requests \(arm)" }
        return status.canaryWeight == 0
            ? "requests that match, and no others, \(arm)"
            : "requests that match, and \(status.canaryWeight) % of the others, \(arm)"
    }

    private static func wait(_ step: Stage, _ status: RolloutStatus) -> String {
        switch status.hold {
        case .command?: return ", held by command until promote or abort"
        case .inconclusive?: return ", held because nobody can judge it, until promote or abort"
        case .failure?: return ", held because it is worse, until promote or abort"
        case nil: break
        }
        let judged = step.passes > 1 ? "until they are judged well \(step.passes) times" : "until they are judged"
        guard let pause = step.pause else { return step.analysis ? ", \(judged)" : "" }
        let agreed = pause.webhook.map { "until \(address($0)) agrees" }
        guard let duration = pause.duration else { return ", \(agreed ?? "until promote or abort")" }
        let times = step.analysis && step.passes > 1 ? " and \(judged)" : ""
        return ", for \(Scalars.text(of: duration))" + times + (agreed.map { " and \($0)" } ?? "")
    }

    /// What follows a question mark may be a secret.
    private static func address(_ webhook: RolloutWebhook) -> String { String(webhook.url.prefix { $0 != "?" }) }

    private static func rest(_ status: RolloutStatus) -> String {
        switch status.outcome {
        case .promoted?:
            "Revision \(status.stableRevision) was promoted: everything goes to arm \(status.stableArm); the next one is awaited in arm "
                + "\(status.canaryArm)."
        case .rolledBack?:
            "Revision \(status.revision) was taken back: everything goes to arm \(status.stableArm). \(status.analysis?.message ?? "")"
        case .aborted?: "Revision \(status.revision) was given up: everything goes to arm \(status.stableArm)."
        case nil: "Everything goes to arm \(status.stableArm); a new revision is awaited in arm \(status.canaryArm)."
        }
    }

    // MARK: - Conditions

    private static func conditions(_ status: RolloutStatus, _ object: RolloutObject, wall: String) -> [RolloutStatus.Condition] {
        let isInCycle = status.step > 0
        let outcome = status.outcome?.rawValue
        let accepted = (
            "Accepted", object.refusal == nil ? "True" : "False", object.refusal?.reason ?? "Accepted",
            object.refusal?.message ?? ""
        )
        let progressing = (
            "Progressing", isInCycle ? "True" : "False",
            isInCycle
                ? status.hold.map { "Hold\($0.rawValue)" } ?? (status.phase == .paused ? "Gate" : "Step") : outcome ?? "Waiting",
            ""
        )
        let succeeded = (
            "Succeeded", isInCycle || outcome == nil ? "Unknown" : status.outcome == .promoted ? "True" : "False",
            isInCycle ? "Progressing" : outcome ?? "Waiting", isInCycle || outcome == nil ? "" : status.message
        )
        return [accepted, progressing, succeeded].map { type, truth, reason, message in
            let old = status.conditions.first { $0.type == type }
            var condition = RolloutStatus.Condition()
            condition.type = type
            condition.status = truth
            condition.reason = reason
            condition.message = message
            condition.observedGeneration = object.generation
            condition.lastTransitionTime = old?.status == truth ? old?.lastTransitionTime ?? wall : wall
            return condition
        }
    }
}

enum Words {
    /// `1 step`, `4 steps`
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
