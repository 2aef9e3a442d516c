public import Resources

/// A Rollout as its machine is told of it, besides its status.
public struct RolloutObject: Sendable, Equatable {
    /// What it moves.
    public struct Target: Sendable, Equatable {
        /// The rule's id, by which its requests are counted.
        public var rule: String
        /// Endpoints that may get requests, by arm.
        public var ready: [String: Int]

        public init(rule: String, ready: [String: Int]) {
            self.rule = rule
            self.ready = ready
        }
    }

    /// Why it moves nothing.
    public struct Refusal: Sendable, Equatable {
        public var reason: String
        /// A sentence with a remedy.
        public var message: String

        public init(reason: String, message: String) {
            self.reason = reason
            self.message = message
        }
    }

    public var namespace: String
    public var name: String
    public var generation: Int
    public var spec: Rollout.Spec
    /// What the annotation says.
    public var command: String?
    /// Exactly one of both is there.
    public var target: Target?
    public var refusal: Refusal?
    /// What the pods of an arm say they are: empty for an arm without pods, and not there for one of which nobody knows, or whose pods differ.
    public var podRevisions: [String: String]

    public init(
        namespace: String, name: String, generation: Int, spec: Rollout.Spec, command: String? = nil, target: Target? = nil,
        refusal: Refusal? = nil,
        podRevisions: [String: String] = [:]
    ) {
        self.namespace = namespace
        self.name = name
        self.generation = generation
        self.spec = spec
        self.command = command
        self.target = target
        self.refusal = refusal
        self.podRevisions = podRevisions
    }

    /// What is rolled out in an arm; nil while nobody knows.
    func revision(of arm: String) -> String? { spec.revision.isEmpty ? podRevisions[arm] : spec.revision }

    func isReady(_ arm: String) -> Bool { target?.ready[arm] ?? 0 > 0 }
}
