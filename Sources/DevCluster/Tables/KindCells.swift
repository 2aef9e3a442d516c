import Documents

/// Cells of built-in kinds that no path can say, as the printers of a real API server write them.
enum KindCells {
    /// Nil: the column's path says it.
    typealias Maker = @Sendable (_ column: String, _ context: CellContext) -> Value?

    static func maker(for kind: KindSchema) -> Maker? {
        switch "\(kind.group)/\(kind.kind)" {
        case "/Pod": PodCells.cell
        case "/Service": ServiceCells.service
        case "/Endpoints": ServiceCells.endpoints
        case "discovery.k8s.io/EndpointSlice": ServiceCells.endpointSlice
        case "apps/Deployment": WorkloadCells.deployment
        case "apps/ReplicaSet": WorkloadCells.replicaSet
        case "networking.k8s.io/Ingress": IngressCells.ingress
        case "networking.k8s.io/IngressClass": IngressCells.ingressClass
        case "/Node": ClusterCells.node
        case "/Event": ClusterCells.event
        case "events.k8s.io/Event": ClusterCells.newEvent
        case "/ConfigMap": ClusterCells.configMap
        case "/Secret": ClusterCells.secret
        case "/ServiceAccount": ClusterCells.serviceAccount
        default: nil
        }
    }

    static let none: Value = "<none>"

    /// `a=b,c=d` in the order of keys.
    static func labels(_ value: Value?) -> Value {
        let pairs = (value?.object?.entries ?? []).map { "\($0.key)=\($0.value.string ?? "")" }.sorted()
        return pairs.isEmpty ? none : .string(pairs.joined(separator: ","))
    }

    /// A label selector as `a=b,c in (d,e)`.
    static func selector(_ value: Value?) -> Value {
        var parts = (value?["matchLabels"]?.object?.entries ?? []).map { "\($0.key)=\($0.value.string ?? "")" }.sorted()
        for requirement in value?["matchExpressions"]?.array ?? [] {
            let key = requirement["key"]?.string ?? ""
            let values = (requirement["values"]?.array ?? []).compactMap(\.string).joined(separator: ",")
            switch requirement["operator"]?.string {
            case "In": parts.append("\(key) in (\(values))")
            case "NotIn": parts.append("\(key) notin (\(values))")
            case "Exists": parts.append(key)
            default: parts.append("!\(key)")
            }
        }
        return parts.isEmpty ? none : .string(parts.joined(separator: ","))
    }

    /// Up to three texts, and how many more there are.
    static func few(_ texts: [String], empty: Value = none) -> Value {
        guard !texts.isEmpty else { return empty }
        let shown = texts.prefix(3).joined(separator: ",")
        return .string(texts.count > 3 ? "\(shown) + \(texts.count - 3) more..." : shown)
    }

    static func text(_ value: Value?) -> Value {
        guard let text = value?.string, !text.isEmpty else { return none }
        return .string(text)
    }
}
