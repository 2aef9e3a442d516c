public import Documents

/// martlet.dev Rollout: moves the requests of a rule's split from one arm to the other, step by step, and judges by itself whether to go on.
public struct Rollout: Resource {
    public static let kind = ResourceKind(group: "martlet.dev", version: "v1alpha1", kind: "Rollout", plural: "rollouts")

    /// `<verb>@<revision>/<step>`: what somebody wants of the cycle under way.
    public static let commandAnnotation = ServiceAnnotation.prefix + "rollout-command"

    public struct Target: Equatable, Sendable {
        public var group = Route.kind.group
        public var kind = Route.kind.kind
        public var name = ""
        /// The rule; nil where the Route has one with a split only.
        public var sectionName: String?
        public init() {}
    }

    public enum StrategyType: String, Sendable, CaseIterable {
        case canary = "Canary"
        case blueGreen = "BlueGreen"
        case abTest = "ABTest"
    }

    public struct Pause: Equatable, Sendable {
        /// nil: until somebody promotes.
        public var duration: Duration?
        /// Who has to agree before it is over.
        public var webhook: RolloutWebhook?
        public init() {}
    }

    public struct Step: Equatable, Sendable {
        /// Percent of what both arms get; nil: as in the step before, and 0 in the first.
        public var setWeight: Int?
        /// Requests that go to the canary arm whatever the weight; nil: those of the step before.
        public var match: [RolloutMatch]?
        /// nil: goes on at once.
        public var pause: Pause?
        /// Whether the step ends only after a judgement in favour.
        public var analysis = false
        public init() {}
    }

    public struct Strategy: Equatable, Sendable {
        public var type: StrategyType? = .canary
        public var steps: [Step] = []
        /// Of an ABTest: which requests go to the canary arm.
        public var match: [RolloutMatch] = []
        /// Of an ABTest: how long it takes at least.
        public var duration: Duration?
        /// Of an ABTest: how many judgements in favour it takes.
        public var iterations: Int?
        public init() {}
    }

    public enum FailureAction: String, Sendable, CaseIterable {
        case rollback = "Rollback"
        case pause = "Pause"
    }

    public struct OnFailure: Equatable, Sendable {
        public var action = FailureAction.rollback
        public init() {}
    }

    public struct Spec: Equatable, Sendable {
        public var targetRef = Target()
        public var stable = ""
        public var canary = ""
        /// Empty: what the pods of the arms say.
        public var revision = ""
        public var strategy = Strategy()
        public var analysis: RolloutAnalysis?
        public var onFailure = OnFailure()
        public init() {}

        /// Whether there is anything to judge by.
        public var isJudging: Bool { analysis.map { !$0.metrics.isEmpty } ?? false }
    }

    public var metadata = ObjectMeta()
    public var spec = Spec()
    public var status = RolloutStatus()
    public init() {}

    /// The command that was written last; nil without one.
    public var command: String? {
        metadata.annotations[Self.commandAnnotation].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static let target = Shape<Target>.object(
        "RolloutTarget", Target(),
        [
            Field(
                "group", \.group, .string(maxLength: 253),
                "Group of the target; martlet.dev when absent, and nothing to write for a Service."),
            Field("kind", \.kind, .string(maxLength: 63), "Kind of the target: `Route`, also when absent, or `Service`."),
            Field("name", \.name, Route.objectName, required: true, "Name of the target, in the Rollout's namespace."),
            Field(
                "sectionName", \.sectionName, .string(maxLength: 253, minLength: 1),
                "Name of the rule, or its number from 0 where it has none; may be absent where only one rule has a split."),
        ])

    private static let step = Shape<Step>.object(
        "RolloutStep", Step(),
        [
            Field(
                "setWeight", \.setWeight, .integer(0...100, "percent"),
                "Percent of the two arms' requests that go to the canary arm from this step on; absent, as in the step before."),
            Field(
                "match", \.match, .list(RolloutMatch.shape, max: 8),
                "Requests that go to the canary arm from this step on, whatever the weight: those for which one of these holds. Absent, "
                    + "those of the step before; an empty list ends it."),
            Field(
                "pause", \.pause,
                .object(
                    "RolloutPause", Pause(),
                    [
                        Field(
                            "duration", \.duration, .duration,
                            "How long the step takes at least; absent, until `martlet rollout promote`, or until the webhook agrees."
                        ),
                        Field(
                            "webhook", \.webhook, RolloutWebhook.shape,
                            "Who is asked each interval, when the rest of the step is over, and has to agree before the next one."
                        ),
                    ]), "What the step waits for; absent, it is over as soon as it is reached and judged."),
            Field(
                "analysis", \.analysis, .boolean,
                "Whether the step ends only after the analysis has passed once, and fails with it."),
        ],
        check: { step, path, problems in
            let isEmpty = step.setWeight == nil && step.match == nil && step.pause == nil
            let isUnread = problems.all.contains { [path["setWeight"], path["match"], path["pause"]].contains($0.path) }
            if isEmpty, !isUnread { problems.invalid(path, noStep) }
        }
    )
    .rule("has(self.setWeight) || has(self.match) || has(self.pause)", noStep)

    private static let noStep = "A step does nothing by itself; write setWeight, match or pause."

    private static let strategy = Shape<Strategy>.object(
        "RolloutStrategy", Strategy(),
        [
            Field(
                "type", \.type, .choice(),
                "`Canary`, also when absent: the weights of the steps, one after the other. `BlueGreen`: everything at once, when the arm is ready. "
                    + "`ABTest`: the requests of `match`, until the test is over; then everything."),
            Field(
                "steps", \.steps, .list(step, max: 32),
                "The steps. With BlueGreen their weights are 0 or 100, and they may be absent; an ABTest has none."),
            Field(
                "match", \.match, .list(RolloutMatch.shape, max: 8),
                "Of an ABTest: requests that go to the canary arm, those for which one of these holds. Everybody else stays."),
            Field("duration", \.duration, .duration, "Of an ABTest: how long it takes at least."),
            Field(
                "iterations", \.iterations, .integer(1...10_000),
                "Of an ABTest: how many judgements in favour it takes; 1 when absent, if there is an analysis."),
        ])

    private static let spec = Shape<Spec>.object(
        "RolloutSpec", Spec(),
        [
            Field(
                "targetRef", \.targetRef, target, required: true,
                "What it moves: a rule with a split, or a Service that routes of any kind lead to."),
            Field(
                "stable", \.stable, RouteRule.ruleName, required: true,
                "The arm that serves before the first cycle; a Service, where the target is one."),
            Field(
                "canary", \.canary, RouteRule.ruleName, required: true,
                "The arm that gets the first new revision; a Service, where the target is one."),
            Field(
                "revision", \.revision, .string(maxLength: 128),
                "Name of what is rolled out: a cycle begins when it becomes another. Empty, it is the pod-template hash of the arm's pods."
            ),
            Field("strategy", \.strategy, strategy, required: true, "How requests move."),
            Field(
                "analysis", \.analysis, RolloutAnalysis.shape,
                "How steps with `analysis` are judged: from the gateways' own counters, queries and webhooks."),
            Field(
                "onFailure", \.onFailure,
                .object(
                    "RolloutOnFailure", OnFailure(),
                    [
                        Field(
                            "action", \.action, .choice(),
                            "`Rollback`, also when absent: everything goes to the stable arm. `Pause`: the weights stay, and somebody decides."
                        )
                    ]), "What is done when an analysis fails."),
        ])

    public static let shape = Shape<Rollout>.object(
        "Rollout", Rollout(), ignoring: ["apiVersion", "kind", "metadata"],
        [
            Field("spec", \.spec, spec, required: true, "What the Rollout asks for."),
            Field(
                "status", \.status, RolloutStatus.shape,
                "How far it has come. The leader writes it, and every replica obeys its weights."),
        ])
}
