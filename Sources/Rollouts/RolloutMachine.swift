public import Base
public import Resources

/// Decides how far a Rollout goes. Pure: it performs nothing and reads no clock.
///
/// Whatever it decides becomes true by being written into the status, from which every replica takes its weights; until the write has
/// succeeded nothing has changed, and nothing further is decided. So an API server that cannot be written keeps everything where it is.
/// All that a new leader needs is in the status. Time counts only while somebody watches it pass, by a clock that nobody sets: what has
/// passed of a step is noted in the status now and then, and a new leader goes on from there.
public struct RolloutMachine: Sendable {
    public enum Event: Sendable {
        /// The object as it is now, and its status.
        case seen(RolloutObject, RolloutStatus)
        /// A write ended well; the status as it is now, which is another one if somebody else was faster.
        case written(RolloutStatus)
        case failed
        /// What was asked for.
        case measured(RolloutAnswers)
        /// The revision was taken back here while nobody could write it.
        case retreated(OutageGuard.Retreat)
        case timer
    }

    /// Something that people are told, as an Event of the object.
    public struct Notice: Sendable, Equatable {
        public var isWarning: Bool
        /// CamelCase.
        public var reason: String
        /// A sentence.
        public var message: String

        init(_ reason: String, _ message: String, isWarning: Bool = false) {
            self.isWarning = isWarning
            self.reason = reason
            self.message = message
        }
    }

    public enum Action: Sendable, Equatable {
        /// Writes a status, if it is still the one that this was decided upon.
        case write(RolloutStatus, over: RolloutStatus)
        /// Reads what the arms of a rule counted, and asks whoever is outside.
        case measure(RolloutQuestions)
        case tell(Notice)
        /// The revision is taken back, and that cannot be written: this replica obeys it at once.
        case retreat(OutageGuard.Retreat)
        case wake(Instant)
    }

    private struct Write: Sendable {
        var status: RolloutStatus
        var notices: [Notice]
        var hasJudgement: Bool
    }

    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(30)

    var object: RolloutObject?
    /// As it is in the cluster.
    var stored: RolloutStatus?
    private var writing: Write?
    private var pause = Duration.zero
    private var pausedUntil = Instant.zero
    var clock = StepClock()
    var window = CountingWindow()
    /// What was found and is not in the status yet.
    var judgement: Judgement?
    /// Whoever has to agree before the pause is over has agreed.
    private var isAgreed = false
    private var retreat: OutageGuard.Retreat?
    /// Who gave no answer last time: that is told once.
    private var silent: Set<String> = []
    /// Counts the steps that were seen; what was asked in one says nothing of another.
    private var stretch = 0
    private var askedIn = 0
    private var isMeasuring = false
    private var measureAt = Instant.zero
    private var nextWake: Instant?

    public init() {}

    /// - Parameter wall: the time for people, as RFC 3339 text.
    public mutating func handle(_ event: Event, at now: Instant, wall: String) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .seen(let object, let status):
            self.object = object
            if writing == nil { actions += adopt(status) }
        case .written(let status):
            if let writing, writing.status == status {
                actions = writing.notices.map { .tell($0) }
                if writing.hasJudgement { judgement = nil }
            }
            // Whoever else writes it gets the time to read what is there.
            if let writing, writing.status != status {
                pausedUntil = now.advanced(byNanoseconds: Self.shortestPause.wholeNanoseconds)
            }
            writing = nil
            pause = .zero
            actions += adopt(status)
        case .failed:
            if let writing, writing.status.outcome == .rolledBack, let stored, stored.step > 0 {
                let found = writing.status.analysis?.message ?? ""
                let why = found.hasPrefix("Failed: ") ? String(found.dropFirst("Failed: ".count)) : found
                actions.append(.retreat(OutageGuard.Retreat(revision: stored.revision, why: why)))
            }
            writing = nil
            pause = pause == .zero ? Self.shortestPause : min(pause * 2, Self.longestPause)
            pausedUntil = now.advanced(byNanoseconds: pause.wholeNanoseconds)
        case .measured(let answers):
            isMeasuring = false
            actions += noteSilence(answers.outside)
            if askedIn == stretch { take(answers, at: now) }
        case .retreated(let retreat): self.retreat = retreat
        // One that comes a little early is the one that was meant.
        case .timer: if nextWake.map({ $0 <= now.advanced(byMilliseconds: 10) }) ?? false { nextWake = nil }
        }
        clock.follow(stored, isRunning: isRunning, at: now)
        actions += decideAndWrite(now, wall)
        actions += measure(now)
        return actions + wake(now)
    }

    /// What was found of another step says nothing of this one.
    private mutating func adopt(_ status: RolloutStatus) -> [Action] {
        let before = stored
        let isSame = before.map { $0.revision == status.revision && $0.step == status.step && $0.hold == status.hold } ?? false
        stored = status
        // Out of that cycle it is written, or of no interest: when the revision comes again, it is tried again.
        if status.step == 0 || status.revision != retreat?.revision { retreat = nil }
        guard !isSame else { return [] }
        stretch += 1
        judgement = nil
        isAgreed = false
        window = CountingWindow()
        measureAt = .zero
        return status.isEmpty ? before.map(loss) ?? [] : []
    }

    /// Nobody but this leader knows any more which arm serves, and everything goes to the one of the first day at once: no small thing.
    private func loss(of before: RolloutStatus) -> [Action] {
        guard let object, !before.isEmpty else { return [] }
        let (arm, spec) = (before.stableArm, object.spec)
        let rest =
            arm == spec.stable
            ? "until another revision is seen."
            : "and not to \(arm), which served until now. If \(arm) should serve, create the Rollout anew with stable and canary exchanged."
        return [
            .tell(
                Notice(
                    "StatusLost",
                    "Somebody emptied the status: everything goes to arm \(spec.stable), \(rest)",
                    isWarning: true))
        ]
    }

    // MARK: - Writing

    private mutating func decideAndWrite(_ now: Instant, _ wall: String) -> [Action] {
        guard writing == nil, now >= pausedUntil, let stored, let object else { return [] }
        let decision = RolloutDecision(
            object, stored, elapsed: clock.elapsed(at: now), judgement: judgement, isAgreed: isAgreed, retreat: retreat,
            wall: wall)
        guard decision.status != stored else { return [] }
        writing = Write(status: decision.status, notices: decision.notices, hasJudgement: judgement != nil)
        return [.write(decision.status, over: stored)]
    }

    /// Whether the step's weight and matches are in force, and nobody stopped it.
    private var isInForce: Bool {
        guard let stored, let object, object.refusal == nil, stored.step > 0, stored.hold == nil else { return false }
        return object.spec.step(stored.step).isFollowed(by: stored) && !stored.stepStarted.isEmpty
    }

    /// Whether the time of the step passes: it is in force, and there is somebody to answer.
    private var isRunning: Bool { isInForce && isReady }

    private var isReady: Bool { stored.map { object?.isReady($0.canaryArm) ?? false } ?? false }

    // MARK: - Measuring

    /// An arm that lost its endpoints is judged as well: what it cannot answer is what has failed.
    private var analysis: RolloutAnalysis? {
        guard isInForce, let object, let stored, object.spec.step(stored.step).analysis else { return nil }
        return object.spec.analysis
    }

    /// Who is asked whether the pause is over: when nothing else is missing.
    private func gate(at now: Instant) -> RolloutWebhook? {
        guard isRunning, !isAgreed, let object, let stored else { return nil }
        let step = object.spec.step(stored.step)
        guard let pause = step.pause, let webhook = pause.webhook, clock.elapsed(at: now) >= pause.duration ?? .zero,
            step.isJudged(stored)
        else { return nil }
        return webhook
    }

    private mutating func measure(_ now: Instant) -> [Action] {
        let (analysis, gate) = (analysis, gate(at: now))
        guard analysis != nil || gate != nil, writing == nil, judgement == nil, !isMeasuring, now >= measureAt,
            let object, let stored, let rule = object.target?.rule
        else {
            return []
        }
        let interval = object.spec.interval
        let questioner = OutsideQuestioner(object: object, status: stored, interval: interval)
        // What others would say of the time before the step began is of no interest, nor of an arm that is not there.
        var outside = window.isOpen && isReady ? analysis?.metrics.compactMap(questioner.question) ?? [] : []
        if let gate { outside.append(questioner.question(gate, OutsideQuestion.gate)) }
        isMeasuring = true
        askedIn = stretch
        measureAt = now.advanced(byNanoseconds: interval.wholeNanoseconds)
        return [.measure(RolloutQuestions(rule: analysis == nil ? nil : rule, outside: outside))]
    }

    private mutating func take(_ answers: RolloutAnswers, at now: Instant) {
        if case .verdict(true, _)? = answers.outside[OutsideQuestion.gate], gate(at: now) != nil { isAgreed = true }
        guard let analysis, let stored, let reading = answers.reading else { return }
        guard window.isOpen else { return window.restart(at: reading) }
        let own = window.judge(analysis, stored, in: reading)
        let others = analysis.metrics.filter { !$0.isOwn }.map { Judgement.outside($0, answers.outside[$0.name]) }
        let found = Judgement.all((own.map { [$0] } ?? []) + others)
        // That nobody is there says nothing for an arm; only what failed meanwhile counts.
        guard isReady || found.isFailure else { return }
        judgement = found
        // Where requests were too few, the next interval adds to them.
        if case .inconclusive? = own { return }
        window.restart(at: reading)
    }

    /// Each time that somebody who is asked falls silent is told.
    private mutating func noteSilence(_ answers: [String: OutsideAnswer]) -> [Action] {
        var actions: [Action] = []
        for (name, answer) in answers.sorted(by: { $0.key < $1.key }) {
            guard case .unavailable(let why) = answer else {
                silent.remove(name)
                continue
            }
            guard silent.insert(name).inserted else { continue }
            let what =
                name == OutsideQuestion.gate ? "Whoever has to agree cannot be asked" : "Metric \(name) cannot be asked for"
            actions.append(.tell(Notice("MetricUnavailable", "\(what): \(why)", isWarning: true)))
        }
        return actions
    }

    // MARK: - Waking

    private mutating func wake(_ now: Instant) -> [Action] {
        var times: [Instant] = []
        if writing == nil, pausedUntil > now { times.append(pausedUntil) }
        if analysis != nil || gate(at: now) != nil, !isMeasuring, writing == nil, judgement == nil {
            times.append(max(measureAt, now.advanced(byMilliseconds: 1)))
        }
        if isRunning, let stored, let object, let duration = object.spec.step(stored.step).pause?.duration {
            let left = duration - clock.elapsed(at: now)
            if left > .zero {
                times.append(now.advanced(byNanoseconds: min(left, StepClock.checkpoint(duration)).wholeNanoseconds))
            }
        }
        guard let next = times.min(), nextWake.map({ next < $0 || $0 <= now }) ?? true else { return [] }
        nextWake = next
        return [.wake(next)]
    }
}
