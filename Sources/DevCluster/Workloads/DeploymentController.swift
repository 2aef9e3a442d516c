import Documents

/// Deployments: one ReplicaSet for each template that was ever asked for, of which the newest is brought up while the others go down.
struct DeploymentController {
    let hands: WorkloadHands
    private static let component = "deployment-controller"
    static let revision = "deployment.kubernetes.io/revision"

    func reconcile() {
        let replicaSets = Dictionary(grouping: hands.store.list(.replicaSets)) { $0.controllerUID ?? "" }
        for deployment in hands.store.list(.deployments) where !deployment.isBeingDeleted {
            reconcile(deployment, replicaSets[deployment.uid] ?? [])
        }
    }

    private func reconcile(_ deployment: Value, _ owned: [Value]) {
        let template = deployment[at: "spec", "template"] ?? [:]
        let hash = TemplateHash.text(of: template)
        let current = owned.first { $0.labelFields["pod-template-hash"]?.string == hash }
        let isPaused = deployment[at: "spec", "paused"]?.bool ?? false
        if current == nil, !isPaused {
            create(deployment, template, hash, revision: highestRevision(owned) + 1)
        } else {
            let old = owned.filter { $0.uid != current?.uid }
            if let current {
                keepRevisionHighest(current, old, deployment)
                scale(deployment, current, old)
            }
            if !isPaused { forget(old, deployment) }
        }
        writeStatus(deployment, current, owned)
    }

    // MARK: - ReplicaSets

    private func create(_ deployment: Value, _ template: Value, _ hash: String, revision: Int) {
        let hashLabel = ("pod-template-hash", Value.string(hash))
        func labelled(_ value: Value?) -> Value {
            .object(Value.Fields((value?.object?.entries ?? []).map { ($0.key, $0.value) } + [hashLabel]))
        }
        var template = template
        var metadata = template["metadata"] ?? [:]
        metadata["labels"] = labelled(metadata["labels"])
        template["metadata"] = metadata
        var selector = deployment[at: "spec", "selector"] ?? [:]
        selector["matchLabels"] = labelled(selector["matchLabels"])
        hands.create(
            .replicaSets,
            [
                "metadata": [
                    "name": .string("\(deployment.name)-\(hash)"), "namespace": .string(deployment.namespace),
                    "labels": metadata["labels"] ?? [:],
                    "annotations": [Self.revision: .string(String(revision))], "ownerReferences": [deployment.asOwner],
                ],
                "spec": [
                    "replicas": 0, "selector": selector, "template": template,
                    "minReadySeconds": deployment[at: "spec", "minReadySeconds"] ?? 0,
                ],
            ])
        hands.edit(.deployments, deployment) { $0.setAnnotation(Self.revision, String(revision)) }
    }

    private func highestRevision(_ sets: [Value]) -> Int {
        sets.compactMap { $0.annotation(Self.revision).flatMap { Int($0) } }.max() ?? 0
    }

    /// A template that is asked for again (`rollout undo`) is the newest revision again.
    private func keepRevisionHighest(_ current: Value, _ old: [Value], _ deployment: Value) {
        let own = current.annotation(Self.revision).flatMap { Int($0) } ?? 0
        let revision = own > highestRevision(old) ? own : highestRevision(old) + 1
        if revision != own { hands.edit(.replicaSets, current) { $0.setAnnotation(Self.revision, String(revision)) } }
        if deployment.annotation(Self.revision) != String(revision) {
            hands.edit(.deployments, deployment) { $0.setAnnotation(Self.revision, String(revision)) }
        }
    }

    /// Old ReplicaSets without pods, beyond those that the history keeps.
    private func forget(_ old: [Value], _ deployment: Value) {
        let limit = Int(deployment[at: "spec", "revisionHistoryLimit"]?.integer ?? 10)
        let empty = old.filter { $0.wantedReplicas == 0 && $0.statusCount("replicas") == 0 }
            .sorted { highestRevision([$0]) < highestRevision([$1]) }
        for set in empty.prefix(max(0, empty.count - limit)) { hands.delete(.replicaSets, set) }
    }

    private func scale(_ deployment: Value, _ current: Value, _ old: [Value]) {
        let rollout = Rollout(deployment, current: current, old: old)
        for (set, replicas) in rollout.steps where set.wantedReplicas != replicas {
            let verb = set.wantedReplicas < replicas ? "up" : "down"
            hands.edit(.replicaSets, set) { $0["spec"]?["replicas"] = .integer(Int64(replicas)) }
            hands.events.normal(
                deployment, "ScalingReplicaSet",
                "Scaled \(verb) replica set \(set.name) from \(set.wantedReplicas) to \(replicas)",
                from: Self.component)
        }
    }

    // MARK: - Status

    private func writeStatus(_ deployment: Value, _ current: Value?, _ owned: [Value]) {
        func sum(_ member: String) -> Int { owned.reduce(0) { $0 + $1.statusCount(member) } }
        let wanted = deployment.wantedReplicas
        let (total, available) = (sum("replicas"), sum("availableReplicas"))
        let updated = current?.statusCount("replicas") ?? 0
        let isAvailable = available >= wanted - Rollout(deployment, current: nil, old: []).maxUnavailable
        let isComplete = updated == wanted && total == wanted && available == wanted
        var conditions = Conditions(deployment, now: hands.timestamp)
        conditions.set(
            "Available", isAvailable, reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            message: "Deployment \(isAvailable ? "has" : "does not have") minimum availability.", hasUpdateTime: true)
        let name = current?.name ?? deployment.name
        conditions.set(
            "Progressing", true, reason: isComplete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
            message: "ReplicaSet \"\(name)\" \(isComplete ? "has successfully progressed" : "is progressing").",
            hasUpdateTime: true)
        var status: Value = ["observedGeneration": deployment[at: "metadata", "generation"] ?? 0]
        let counts = [
            ("replicas", total), ("updatedReplicas", updated), ("readyReplicas", sum("readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", max(0, max(total, wanted) - available)),
        ]
        for (member, count) in counts where count > 0 { status[member] = .integer(Int64(count)) }
        status["conditions"] = .array(conditions.all)
        if deployment["status"] != status { hands.edit(.deployments, deployment, .status) { $0["status"] = status } }
    }
}
