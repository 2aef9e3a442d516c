import Resources

/// What a status ought to be next, and what people are told of it. One step at a time: what follows is decided when this was written.
struct RolloutDecision {
    let object: RolloutObject
    /// As it is.
    private let stored: RolloutStatus
    /// How much of the step has passed.
    private let elapsed: Duration
    private let judgement: Judgement?
    /// Whoever has to agree before the step is over has agreed.
    private let isAgreed: Bool
    /// What a replica did about it while nothing could be written.
    private let retreat: OutageGuard.Retreat?
    private let wall: String
    /// As it ought to be.
    private(set) var status: RolloutStatus
    private(set) var notices: [RolloutMachine.Notice] = []

    init(
        _ object: RolloutObject, _ stored: RolloutStatus, elapsed: Duration, judgement: Judgement?, isAgreed: Bool,
        retreat: OutageGuard.Retreat? = nil, wall: String
    ) {
        self.object = object
        self.stored = stored
        self.elapsed = elapsed
        self.judgement = judgement
        self.isAgreed = isAgreed
        self.retreat = retreat
        self.wall = wall
        status = stored
        if stored.isEmpty { status = Self.blank(stored) }
        status.observedGeneration = object.generation
        // Whoever took a command away may write the same one again: of a revision that comes a second time, it is another one.
        if object.command == nil { status.observedCommand = "" }
        if object.refusal == nil {
            decide()
        } else {
            decideRefused()
        }
        noteTime()
        RolloutWords.describe(&status, object, wall: wall)
    }

    private var spec: Rollout.Spec { object.spec }
    private var isInCycle: Bool { status.step > 0 }
    private var step: Stage { spec.step(status.step) }
    private var isReady: Bool { object.isReady(status.canaryArm) }

    private mutating func tell(_ reason: String, _ message: String, isWarning: Bool = false) {
        notices.append(RolloutMachine.Notice(reason, message, isWarning: isWarning))
    }

    /// The specification cannot be used: a cycle under way stays as it is, but can be given up.
    private mutating func decideRefused() {
        if !status.isEmpty, !isInCycle { status.setTraffic(0, []) }
        guard let command = newCommand, isInCycle, command.verb == .abort, isMeant(command) else { return }
        status.observedCommand = command.description
        end(.aborted, "Revision \(status.revision) was given up by command.")
    }

    private mutating func decide() {
        if status.isEmpty || Set([status.stableArm, status.canaryArm]) != [spec.stable, spec.canary] {
            // Without knowing what is there already nobody knows what is new.
            guard let known = object.revision(of: spec.canary) else { return }
            return begin(known: known)
        }
        // Pods become known one Service at a time.
        if status.stableRevision.isEmpty, spec.revision.isEmpty {
            status.stableRevision = object.revision(of: status.stableArm) ?? ""
        }
        // Whatever somebody else wrote there.
        if isInCycle {
            status.setTraffic(min(max(0, status.canaryWeight), step.weight), status.match.filter(allowedMatches.contains))
        } else {
            status.setTraffic(0, [])
        }
        if lookForRevision() { return }
        if isInCycle, let retreat, retreat.revision == status.revision {
            status.analysis = status.analysis ?? RolloutStatus.Analysis()
            status.analysis?.message = "Failed: \(retreat.why)"
            return end(
                .rolledBack,
                "Revision \(status.revision) was taken back while the API server could not be written: \(retreat.why)")
        }
        if obey() { return }
        guard isInCycle else { return }
        if giveBack() || followStep() { return }
        if judge() { return }
        if isOver { advance() }
    }

    /// Those of the step, and those before it while nobody is there to answer.
    private var allowedMatches: [RolloutMatch] {
        step.match + (status.stepStarted.isEmpty && status.step > 1 ? spec.step(status.step - 1).match : [])
    }

    // MARK: - Cycles

    /// Everything goes to the stable arm, and what is in the other one is nothing new.
    private mutating func begin(known: String) {
        if !status.isEmpty {
            tell("ArmsChanged", "The arms are \(spec.stable) and \(spec.canary) now: everything goes to \(spec.stable).")
        }
        status = Self.blank(status)
        status.observedGeneration = object.generation
        status.stableArm = spec.stable
        status.canaryArm = spec.canary
        status.revision = known
        status.stableRevision = object.revision(of: spec.stable) ?? ""
        status.setTraffic(0, [])
    }

    /// What is left of a status that says nothing of arms: whatever else stands there means nothing.
    private static func blank(_ status: RolloutStatus) -> RolloutStatus {
        var blank = RolloutStatus()
        blank.observedCommand = status.observedCommand
        blank.conditions = status.conditions
        return blank
    }

    /// - Returns: whether something was decided by it.
    private mutating func lookForRevision() -> Bool {
        guard let seen = object.revision(of: status.canaryArm), !seen.isEmpty, seen != status.revision else { return false }
        let before = status.revision
        if seen == status.stableRevision {
            if isInCycle {
                tell("Cancelled", "Revision \(before) was given up: \(seen), which is served already, is wanted again.")
            }
            leaveCycle()
            status.revision = seen
            status.outcome = nil
            return true
        }
        if isInCycle { tell("Superseded", "Revision \(seen) takes the place of \(before); its steps begin anew.") }
        leaveCycle()
        status.revision = seen
        status.outcome = nil
        status.step = 1
        tell(
            "RolloutStarted",
            "Revision \(seen) in arm \(status.canaryArm) is rolled out in \(Words.count(spec.steps.count, "step")).")
        // Time for its first weight is when somebody is there to answer.
        _ = followStep()
        return true
    }

    private mutating func leaveCycle() {
        status.step = 0
        status.stepStarted = ""
        status.stepElapsed = nil
        status.hold = nil
        status.analysis = nil
        status.setTraffic(0, [])
    }

    private mutating func end(_ outcome: RolloutStatus.Outcome, _ message: String) {
        let analysis = status.analysis
        leaveCycle()
        // Why it was taken back.
        status.analysis = analysis
        status.outcome = outcome
        tell(outcome.rawValue, "\(message) Everything goes to arm \(status.stableArm).", isWarning: true)
    }

    // MARK: - Steps

    /// Brings weight and matches to those of the step: at once towards the stable arm, and the other way if there is somebody to answer.
    /// - Returns: whether they changed.
    private mutating func followStep() -> Bool {
        status.step = min(status.step, spec.steps.count)
        let step = step
        guard !step.isFollowed(by: status) || status.stepStarted.isEmpty else { return false }
        let takesMore = step.weight > status.canaryWeight || !step.match.allSatisfy(status.match.contains)
        guard isReady || !takesMore else { return false }
        status.setTraffic(step.weight, step.match)
        if status.stepStarted.isEmpty { status.stepStarted = wall }
        tell("StepStarted", "Step \(status.step) of \(spec.steps.count): \(RolloutWords.traffic(status)).")
        return true
    }

    /// An arm that has everything, and nobody left who could answer, gives it back until somebody is there again: an arm without a weight is
    /// not asked by itself, and everybody would get an error while the stable one stands idle.
    /// - Returns: whether it did.
    private mutating func giveBack() -> Bool {
        guard status.canaryWeight == 100, !isReady, object.isReady(status.stableArm) else { return false }
        status.setTraffic(0, status.match)
        tell(
            "ArmNotReady",
            "Arm \(status.canaryArm) has no ready endpoint any more: everything goes to arm \(status.stableArm) until it has one.",
            isWarning: true)
        return true
    }

    /// Whether the step has got what it waits for.
    private var isOver: Bool {
        guard status.hold == nil, isReady, step.isFollowed(by: stored), !status.stepStarted.isEmpty else { return false }
        guard isKnown, step.isJudged(status) else { return false }
        guard let pause = step.pause else { return true }
        if pause.webhook != nil, !isAgreed { return false }
        return pause.duration.map { elapsed >= $0 } ?? (pause.webhook != nil)
    }

    /// To the next step, or behind the last one. - Returns: whether it could.
    @discardableResult
    private mutating func advance() -> Bool {
        guard isReady else { return false }
        guard status.step < spec.steps.count else { return promote() }
        status.step += 1
        status.stepStarted = ""
        status.stepElapsed = nil
        status.hold = nil
        status.analysis?.passes = 0
        status.analysis?.inconclusive = 0
        return followStep()
    }

    /// What is in the arm is what was judged: while its pods differ, another revision is on its way.
    private var isKnown: Bool { object.revision(of: status.canaryArm) == status.revision }

    private mutating func promote() -> Bool {
        let (served, next) = (status.canaryArm, status.stableArm)
        // What is in the other arm then is nothing new, so it has to be known. The last step's weight has to be in force, also by command.
        guard isKnown, step.isFollowed(by: stored), let known = object.revision(of: next) else { return false }
        let revision = status.revision
        status.stableArm = served
        status.canaryArm = next
        leaveCycle()
        status.stableRevision = revision
        status.revision = known
        status.outcome = .promoted
        tell(
            "Promoted",
            "Revision \(revision) was promoted: everything goes to arm \(served); the next one is awaited in arm \(next).")
        return true
    }

    // MARK: - Analysis

    /// - Returns: whether that decided the cycle, or changed how it stands.
    private mutating func judge() -> Bool {
        guard let judgement, step.analysis, status.hold == nil, let analysis = spec.analysis else { return false }
        var counts = status.analysis ?? RolloutStatus.Analysis()
        defer { if isInCycle { status.analysis = counts } }
        switch judgement {
        case .pass(let what):
            counts.passes = min(counts.passes + 1, 1_000_000)
            counts.inconclusive = 0
            counts.message = "Passed: \(what)"
        case .inconclusive(let what):
            counts.inconclusive = min(counts.inconclusive + 1, 1_000_000)
            counts.message = "Inconclusive: \(what)"
            if let limit = analysis.inconclusiveLimit, counts.inconclusive >= limit {
                status.hold = .inconclusive
                tell(
                    "Inconclusive", "\(Words.count(counts.inconclusive, "interval")) in a row without a judgement: \(what)",
                    isWarning: true)
                return true
            }
        case .fail(let what):
            counts.failures = min(counts.failures + 1, 1_000_000)
            counts.inconclusive = 0
            counts.passes = 0
            counts.message = "Failed: \(what)"
            guard counts.failures > analysis.failureLimit else {
                tell("AnalysisFailed", "\(counts.failures) of \(analysis.failureLimit) that may fail: \(what)", isWarning: true)
                return true
            }
            if spec.onFailure.action == .pause {
                status.hold = .failure
                tell("AnalysisFailed", what, isWarning: true)
            } else {
                status.analysis = counts
                end(.rolledBack, "Revision \(status.revision) is worse: \(what)")
            }
            return true
        }
        // What is over by this is decided in the same breath.
        return false
    }

    // MARK: - Commands

    /// A command that was not taken or refused yet. What is no command is one without any meaning.
    private var newCommand: RolloutCommand? {
        guard let text = object.command, text != status.observedCommand else { return nil }
        return RolloutCommand(text)
    }

    private func isMeant(_ command: RolloutCommand) -> Bool {
        command.revision == status.revision && command.step == status.step
    }

    /// - Returns: whether something was decided by it.
    private mutating func obey() -> Bool {
        guard let text = object.command, text != status.observedCommand else { return false }
        guard let command = RolloutCommand(text) else {
            return refuse(text, "It is no command; write promote@REVISION/STEP, or pause or abort.")
        }
        guard isInCycle else { return refuse(text, "Nothing is rolled out at present.") }
        guard isMeant(command) else {
            return refuse(
                text,
                "Step \(status.step) of revision \(status.revision) is under way; write \(command.verb.rawValue)@\(status.revision)/\(status.step)."
            )
        }
        switch command.verb {
        case .pause:
            status.hold = .command
            tell("Paused", "Step \(status.step) of \(spec.steps.count) is held by command.")
        case .abort: end(.aborted, "Revision \(status.revision) was given up by command.")
        case .promote:
            // It stays to be obeyed as soon as the arm can answer.
            guard advance() else { return false }
        }
        status.observedCommand = text
        return true
    }

    private mutating func refuse(_ text: String, _ why: String) -> Bool {
        status.observedCommand = String(text.prefix(1024))
        // A longer one is never known again.
        guard status.observedCommand == text else { return false }
        tell("CommandIgnored", "'\(text)' has no effect. \(why)", isWarning: true)
        return true
    }

    // MARK: - Time

    /// Notes how much of the step has passed: now and then, and whenever something else is written.
    private mutating func noteTime() {
        guard isInCycle, status.step == stored.step, status.revision == stored.revision, !status.stepStarted.isEmpty,
            let duration = step.pause?.duration
        else { return }
        let whole = Duration.seconds(min(elapsed, duration).components.seconds)
        let noted = stored.stepElapsed ?? .zero
        if whole - noted >= StepClock.checkpoint(duration) || (status != stored && whole > noted) { status.stepElapsed = whole }
    }
}
