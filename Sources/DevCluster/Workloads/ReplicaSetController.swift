import Documents

/// ReplicaSets: as many pods as are wanted. A pod that is going away no longer counts, so its successor comes at once.
struct ReplicaSetController {
    let hands: WorkloadHands
    private static let component = "replicaset-controller"

    func reconcile() {
        let pods = Dictionary(grouping: hands.store.list(.pods)) { $0.controllerUID ?? "" }
        for set in hands.store.list(.replicaSets) where !set.isBeingDeleted {
            reconcile(set, (pods[set.uid] ?? []).filter { !$0.isBeingDeleted })
        }
    }

    private func reconcile(_ set: Value, _ pods: [Value]) {
        let difference = set.wantedReplicas - pods.count
        if difference > 0 {
            for _ in 0..<difference { create(set) }
            writeStatus(set, pods)
        } else {
            let leaving = pods.sorted(by: leavesFirst).prefix(-difference)
            for pod in leaving {
                hands.delete(.pods, pod)
                hands.events.normal(set, "SuccessfulDelete", "Deleted pod: \(pod.name)", from: Self.component)
            }
            writeStatus(set, pods.filter { pod in !leaving.contains { $0.uid == pod.uid } })
        }
    }

    private func create(_ set: Value) {
        let template = set[at: "spec", "template"] ?? [:]
        var metadata = template["metadata"] ?? [:]
        metadata["name"] = nil
        metadata["generateName"] = .string("\(set.name)-")
        metadata["namespace"] = .string(set.namespace)
        metadata["ownerReferences"] = [set.asOwner]
        guard let pod = hands.create(.pods, ["metadata": metadata, "spec": template["spec"] ?? [:]]) else { return }
        hands.events.normal(set, "SuccessfulCreate", "Created pod: \(pod.name)", from: Self.component)
    }

    /// Pods that do not work go before pods that do, younger ones before older ones.
    private func leavesFirst(_ a: Value, _ b: Value) -> Bool {
        if a.isReadyPod != b.isReadyPod { return !a.isReadyPod }
        return (a[at: "metadata", "creationTimestamp"]?.string ?? "", a.name) > (
            b[at: "metadata", "creationTimestamp"]?.string ?? "", b.name
        )
    }

    private func writeStatus(_ set: Value, _ pods: [Value]) {
        let ready = pods.count(where: \.isReadyPod)
        var status: Value = [
            "replicas": .integer(Int64(pods.count)), "observedGeneration": set[at: "metadata", "generation"] ?? 0,
        ]
        if !pods.isEmpty { status["fullyLabeledReplicas"] = .integer(Int64(pods.count)) }
        if ready > 0 {
            status["readyReplicas"] = .integer(Int64(ready))
            status["availableReplicas"] = .integer(Int64(ready))
        }
        if set["status"] != status { hands.edit(.replicaSets, set, .status) { $0["status"] = status } }
    }
}

extension Value {
    var isReadyPod: Bool { condition("Ready")?["status"]?.string == "True" }
}
