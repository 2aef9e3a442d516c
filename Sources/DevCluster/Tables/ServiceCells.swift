import Documents

/// `kubectl get services,endpoints,endpointslices`.
enum ServiceCells {
    @Sendable static func service(_ column: String, _ context: CellContext) -> Value? {
        let service = context.object
        switch column {
        case "Cluster-IP": return KindCells.text(service[at: "spec", "clusterIP"])
        case "External-IP": return externalAddress(of: service)
        case "Port(s)":
            let ports = (service[at: "spec", "ports"]?.array ?? []).map { port in
                let node = port["nodePort"]?.integer.map { $0 > 0 ? ":\($0)" : "" } ?? ""
                return "\(port["port"]?.integer ?? 0)\(node)/\(port["protocol"]?.string ?? "TCP")"
            }
            return ports.isEmpty ? KindCells.none : .string(ports.joined(separator: ","))
        case "Selector": return KindCells.labels(service[at: "spec", "selector"])
        default: return nil
        }
    }

    private static func externalAddress(of service: Value) -> Value {
        let external = (service[at: "spec", "externalIPs"]?.array ?? []).compactMap(\.string)
        switch service[at: "spec", "type"]?.string {
        case "ExternalName": return KindCells.text(service[at: "spec", "externalName"])
        case "LoadBalancer":
            let ingress = service[at: "status", "loadBalancer", "ingress"]?.array ?? []
            let all = ingress.compactMap { ($0["ip"] ?? $0["hostname"])?.string } + external
            return all.isEmpty ? "<pending>" : .string(all.joined(separator: ","))
        default:
            return external.isEmpty ? KindCells.none : .string(external.joined(separator: ","))
        }
    }

    @Sendable static func endpoints(_ column: String, _ context: CellContext) -> Value? {
        guard column == "Endpoints" else { return nil }
        let texts = (context.object["subsets"]?.array ?? []).flatMap { subset -> [String] in
            let addresses = (subset["addresses"]?.array ?? []).compactMap { $0["ip"]?.string }
            let ports = (subset["ports"]?.array ?? []).compactMap { $0["port"]?.integer }
            return ports.isEmpty ? addresses : ports.flatMap { port in addresses.map { "\($0):\(port)" } }
        }
        return KindCells.few(texts)
    }

    @Sendable static func endpointSlice(_ column: String, _ context: CellContext) -> Value? {
        let slice = context.object
        switch column {
        case "Ports":
            let ports = (slice["ports"]?.array ?? []).map { port in port["port"]?.integer.map { String($0) } ?? "*" }
            return KindCells.few(ports, empty: "<unset>")
        case "Endpoints":
            let addresses = (slice["endpoints"]?.array ?? []).flatMap { ($0["addresses"]?.array ?? []).compactMap(\.string) }
            return KindCells.few(addresses, empty: "<unset>")
        default: return nil
        }
    }
}
