import Documents

/// `kubectl get deployments,replicasets`.
enum WorkloadCells {
    @Sendable static func deployment(_ column: String, _ context: CellContext) -> Value? {
        let status = context.object["status"]
        switch column {
        case "Ready":
            return .string("\(count(status, "readyReplicas"))/\(context.object[at: "spec", "replicas"]?.integer ?? 0)")
        case "Up-to-date": return .integer(count(status, "updatedReplicas"))
        case "Available": return .integer(count(status, "availableReplicas"))
        default: return pods(column, context.object)
        }
    }

    @Sendable static func replicaSet(_ column: String, _ context: CellContext) -> Value? {
        switch column {
        case "Current": .integer(count(context.object["status"], "replicas"))
        case "Ready": .integer(count(context.object["status"], "readyReplicas"))
        default: pods(column, context.object)
        }
    }

    private static func pods(_ column: String, _ object: Value) -> Value? {
        let containers = object[at: "spec", "template", "spec", "containers"]?.array ?? []
        switch column {
        case "Containers": return .string(containers.compactMap { $0["name"]?.string }.joined(separator: ","))
        case "Images": return .string(containers.compactMap { $0["image"]?.string }.joined(separator: ","))
        case "Selector": return KindCells.selector(object[at: "spec", "selector"])
        default: return nil
        }
    }

    private static func count(_ status: Value?, _ member: String) -> Int64 { status?[member]?.integer ?? 0 }
}
