import Documents

/// How far a Rollout has come. All that a new leader needs to go on is here, and the weights that every replica obeys.
public struct RolloutStatus: Equatable, Sendable {
    public enum Phase: String, Sendable, CaseIterable {
        /// Its target is not there, or cannot be moved; the conditions say why.
        case pending = "Pending"
        /// Everything goes to the stable arm, and nothing new was seen.
        case healthy = "Healthy"
        case progressing = "Progressing"
        /// It waits for a command.
        case paused = "Paused"
        /// The last revision was taken back; everything goes to the stable arm.
        case degraded = "Degraded"
    }

    /// Why it waits for a command, where the step alone does not say it.
    public enum Hold: String, Sendable, CaseIterable {
        case command = "Command"
        case inconclusive = "Inconclusive"
        case failure = "Failure"
    }

    /// What became of a cycle.
    public enum Outcome: String, Sendable, CaseIterable {
        case promoted = "Promoted"
        case rolledBack = "RolledBack"
        case aborted = "Aborted"
    }

    public struct ArmWeight: Equatable, Sendable {
        public var name = ""
        /// Percent of what both arms get.
        public var weight = 0

        public init() {}
        public init(_ name: String, _ weight: Int) {
            self.name = name
            self.weight = weight
        }
    }

    /// Of the cycle under way.
    public struct Analysis: Equatable, Sendable {
        /// Judgements in favour, in this step.
        public var passes = 0
        /// Judgements against it, in this cycle.
        public var failures = 0
        /// Intervals in a row without enough requests.
        public var inconclusive = 0
        /// What was found last.
        public var message = ""
        public init() {}
    }

    public struct Condition: Equatable, Sendable {
        public var type = ""
        /// True, False, Unknown
        public var status = ""
        public var reason = ""
        public var message = ""
        public var observedGeneration = 0
        public var lastTransitionTime = ""
        public init() {}
    }

    public var observedGeneration = 0
    public var phase: Phase?
    public var message = ""
    /// What was last seen in the canary arm, or named by the spec.
    public var revision = ""
    public var stableRevision = ""
    public var stableArm = ""
    public var canaryArm = ""
    /// From 1; 0 while no cycle is under way.
    public var step = 0
    /// `2/4`, for people.
    public var progress = ""
    /// RFC 3339, for people.
    public var stepStarted = ""
    /// How much of the step has passed while somebody watched: what a new leader goes on from, whatever its clock says.
    public var stepElapsed: Duration?
    public var weights: [ArmWeight] = []
    public var canaryWeight = 0
    /// Requests that go to the canary arm whatever the weight.
    public var match: [RolloutMatch] = []
    public var hold: Hold?
    public var outcome: Outcome?
    public var observedCommand = ""
    public var analysis: Analysis?
    public var conditions: [Condition] = []
    public init() {}

    /// No leader has written it yet.
    public var isEmpty: Bool { stableArm.isEmpty || canaryArm.isEmpty }

    /// The same where that revision was taken back without anybody who could write it: everything goes to the stable arm.
    public func obeying(retreatFrom revision: String?) -> RolloutStatus {
        guard step > 0, revision == self.revision else { return self }
        var status = self
        status.setTraffic(0, [])
        return status
    }

    /// Gives the canary arm so many percent, and the requests that match.
    public mutating func setTraffic(_ percent: Int, _ match: [RolloutMatch]) {
        self.match = match
        canaryWeight = percent
        weights = [ArmWeight(stableArm, 100 - percent), ArmWeight(canaryArm, percent)]
    }

    // MARK: - Shape

    private static let condition = Shape<Condition>.object(
        "Condition", Condition(), isOpen: true,
        [
            Field("type", \.type, .string(maxLength: 316), required: true, "What is judged."),
            Field("status", \.status, .string(maxLength: 16), required: true, "The judgement: True, False or Unknown."),
            Field("reason", \.reason, .string(maxLength: 1024), "Why, in one word."),
            Field("message", \.message, .string(maxLength: 32768), "Why, in sentences."),
            Field("observedGeneration", \.observedGeneration, .integer(0...(1 << 53)), "The generation that was judged."),
            Field("lastTransitionTime", \.lastTransitionTime, .string(maxLength: 64), "When the judgement last changed."),
        ])

    private static let armWeight = Shape<ArmWeight>.object(
        "ArmWeight", ArmWeight(), isOpen: true,
        [
            Field("name", \.name, .string(maxLength: 63), required: true, "Name of the arm."),
            Field("weight", \.weight, .integer(0...100, "percent"), required: true, "Percent of what both arms get."),
        ])

    private static let analysis = Shape<Analysis>.object(
        "RolloutAnalysisStatus", Analysis(), isOpen: true,
        [
            Field("passes", \.passes, .integer(0...1_000_000), "Judgements in favour of the canary arm, in this step."),
            Field("failures", \.failures, .integer(0...1_000_000), "Judgements against it, in this cycle."),
            Field("inconclusive", \.inconclusive, .integer(0...1_000_000), "Intervals in a row without enough requests."),
            Field("message", \.message, .string(maxLength: 4096), "What was found last."),
        ])

    static let shape = Shape<RolloutStatus>.object(
        "RolloutStatus", RolloutStatus(), isOpen: true,
        [
            Field("observedGeneration", \.observedGeneration, .integer(0...(1 << 53)), "The generation that it is of."),
            Field("phase", \.phase, .choice(), "Where it stands."),
            Field("message", \.message, .string(maxLength: 4096), "The same in a sentence."),
            Field("revision", \.revision, .string(maxLength: 128), "What was last seen in the canary arm."),
            Field("stableRevision", \.stableRevision, .string(maxLength: 128), "What the stable arm serves."),
            Field("stableArm", \.stableArm, .string(maxLength: 63), "The arm that serves; the other one after each success."),
            Field("canaryArm", \.canaryArm, .string(maxLength: 63), "The arm that gets the next revision."),
            Field("step", \.step, .integer(0...1000), "The step from 1; 0 while no cycle is under way."),
            Field("progress", \.progress, .string(maxLength: 16), "The step and how many there are."),
            Field("stepStarted", \.stepStarted, .string(maxLength: 64), "When the step began."),
            Field("stepElapsed", \.stepElapsed, .duration, "How much of it has passed while a leader watched."),
            Field("weights", \.weights, .list(armWeight, max: 16, keys: ["name"]), "Percent of the requests by arm."),
            Field(
                "canaryWeight", \.canaryWeight, .integer(0...100, "percent"), "Percent of the requests that the canary arm gets."),
            Field("match", \.match, .list(RolloutMatch.plain, max: 8), "Requests that go to the canary arm whatever its weight."),
            Field("hold", \.hold, .choice(), "Why it waits for a command, where the step alone does not ask for one."),
            Field("outcome", \.outcome, .choice(), "What became of the last cycle."),
            Field("observedCommand", \.observedCommand, .string(maxLength: 1024), "The last command that was taken or refused."),
            Field("analysis", \.analysis, analysis, "How the revision was judged so far."),
            Field("conditions", \.conditions, .list(condition, max: 8, keys: ["type"]), "Accepted, Progressing and Succeeded."),
        ])
}
