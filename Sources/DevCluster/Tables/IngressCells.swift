import Documents

/// `kubectl get ingresses,ingressclasses`.
enum IngressCells {
    @Sendable static func ingress(_ column: String, _ context: CellContext) -> Value? {
        let ingress = context.object
        switch column {
        case "Class": return KindCells.text(ingress[at: "spec", "ingressClassName"])
        case "Hosts":
            let hosts = (ingress[at: "spec", "rules"]?.array ?? []).compactMap { $0["host"]?.string }.filter { !$0.isEmpty }
            return KindCells.few(hosts, empty: "*")
        case "Address":
            let addresses = (ingress[at: "status", "loadBalancer", "ingress"]?.array ?? []).compactMap {
                ($0["ip"] ?? $0["hostname"])?.string
            }
            return .string(addresses.joined(separator: ","))
        case "Ports": return ingress[at: "spec", "tls"]?.array?.isEmpty ?? true ? "80" : "80, 443"
        default: return nil
        }
    }

    @Sendable static func ingressClass(_ column: String, _ context: CellContext) -> Value? {
        guard column == "Parameters" else { return nil }
        guard let parameters = context.object[at: "spec", "parameters"], let kind = parameters["kind"]?.string else {
            return KindCells.none
        }
        let group = parameters["apiGroup"]?.string.map { $0.isEmpty ? "" : ".\($0)" } ?? ""
        return .string("\(kind)\(group)/\(parameters["name"]?.string ?? "")")
    }
}
