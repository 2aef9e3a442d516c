import Documents

/// `kubectl get pods`.
enum PodCells {
    @Sendable static func cell(_ column: String, _ context: CellContext) -> Value? {
        let pod = context.object
        switch column {
        case "Ready":
            return .string(
                "\(statuses(pod).count { $0["ready"]?.bool ?? false })/\(pod[at: "spec", "containers"]?.array?.count ?? 0)")
        case "Status": return .string(status(of: pod))
        case "Restarts": return .string(String(statuses(pod).reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }))
        case "IP": return KindCells.text(pod[at: "status", "podIP"])
        case "Node": return KindCells.text(pod[at: "spec", "nodeName"])
        case "Nominated Node": return KindCells.text(pod[at: "status", "nominatedNodeName"])
        case "Readiness Gates": return readinessGates(of: pod)
        default: return nil
        }
    }

    private static func statuses(_ pod: Value) -> [Value] { pod[at: "status", "containerStatuses"]?.array ?? [] }

    /// The most telling word: deletion, then what holds a container up, then the pod's own reason, then its phase.
    private static func status(of pod: Value) -> String {
        if pod[at: "metadata", "deletionTimestamp"] != nil { return "Terminating" }
        for container in statuses(pod).reversed() {
            for state in ["waiting", "terminated"] {
                if let reason = container[at: "state", state, "reason"]?.string, !reason.isEmpty { return reason }
            }
        }
        if let reason = pod[at: "status", "reason"]?.string, !reason.isEmpty { return reason }
        return pod[at: "status", "phase"]?.string ?? "Unknown"
    }

    private static func readinessGates(of pod: Value) -> Value {
        guard let gates = pod[at: "spec", "readinessGates"]?.array, !gates.isEmpty else { return KindCells.none }
        let conditions = pod[at: "status", "conditions"]?.array ?? []
        let met = gates.count { gate in
            conditions.contains { $0["type"] == gate["conditionType"] && $0["status"]?.string == "True" }
        }
        return .string("\(met)/\(gates.count)")
    }
}
