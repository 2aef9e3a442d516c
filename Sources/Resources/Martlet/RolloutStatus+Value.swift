public import Documents

extension RolloutStatus {
    /// The members of the object's status; nil for those that are not there.
    public var members: [String: Value?] {
        [
            "observedGeneration": .integer(Int64(observedGeneration)), "phase": phase.map { .string($0.rawValue) },
            "message": Self.text(message), "revision": .string(revision), "stableRevision": Self.text(stableRevision),
            "stableArm": .string(stableArm), "canaryArm": .string(canaryArm), "step": .integer(Int64(step)),
            "progress": Self.text(progress), "stepStarted": Self.text(stepStarted),
            "stepElapsed": stepElapsed.map { .string(Scalars.text(of: $0)) },
            "weights": .array(weights.map { ["name": .string($0.name), "weight": .integer(Int64($0.weight))] }),
            "canaryWeight": .integer(Int64(canaryWeight)), "match": match.isEmpty ? nil : .array(match.map(\.value)),
            "hold": hold.map { .string($0.rawValue) },
            "outcome": outcome.map { .string($0.rawValue) }, "observedCommand": Self.text(observedCommand),
            "analysis": analysis?.value, "conditions": .array(conditions.map(\.value)),
        ]
    }

    /// What is there in a document.
    public init(of document: Value) {
        self = Rollout.decode(document).resource.status
    }

    private static func text(_ text: String) -> Value? { text.isEmpty ? nil : .string(text) }
}

extension RolloutStatus.Analysis {
    fileprivate var value: Value {
        [
            "passes": .integer(Int64(passes)), "failures": .integer(Int64(failures)),
            "inconclusive": .integer(Int64(inconclusive)),
            "message": .string(message),
        ]
    }
}

extension RolloutStatus.Condition {
    fileprivate var value: Value {
        [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "observedGeneration": .integer(Int64(observedGeneration)), "lastTransitionTime": .string(lastTransitionTime),
        ]
    }
}
