import Documents

/// The addresses and node ports that Services hold. Nothing listens there: Martlet goes to the endpoints.
struct ServiceAddresses: Sendable {
    private var taken: Set<String> = []
    private var takenPorts: Set<Int64> = []
    private var next: UInt16 = 1
    private var nextPort: Int64 = 30_000

    /// Keeps the account while Services come and go.
    mutating func follow(_ event: StoreEvent) {
        if let previous = event.previous?.value { release(previous) }
        guard event.kind != .deleted else { return }
        if let address = Self.address(event.object.value) { taken.insert(address) }
        takenPorts.formUnion(Self.nodePorts(event.object.value))
    }

    private mutating func release(_ service: Value) {
        if let address = Self.address(service) { taken.remove(address) }
        takenPorts.subtract(Self.nodePorts(service))
    }

    func isTaken(_ address: String) -> Bool { taken.contains(address) }
    func isTaken(port: Int64) -> Bool { takenPorts.contains(port) }

    /// From 10.96.0.0/16; nil when all 65,534 are in use.
    mutating func freeAddress() -> String? {
        for _ in 0..<65_534 {
            let address = "10.96.\(next >> 8).\(next & 0xff)"
            next = next == 65_534 ? 1 : next + 1
            if !taken.contains(address) { return address }
        }
        return nil
    }

    /// From 30000 to 32767.
    mutating func freePort(besides used: Set<Int64>) -> Int64? {
        for _ in 0..<2_768 {
            let port = nextPort
            nextPort = nextPort == 32_767 ? 30_000 : nextPort + 1
            if !takenPorts.contains(port), !used.contains(port) { return port }
        }
        return nil
    }

    static func address(_ service: Value) -> String? {
        service[at: "spec", "clusterIP"]?.string.flatMap { $0.isEmpty || $0 == "None" ? nil : $0 }
    }

    static func nodePorts(_ service: Value) -> [Int64] {
        (service[at: "spec", "ports"]?.array ?? []).compactMap { $0["nodePort"]?.integer }.filter { $0 > 0 }
    }
}

extension ClusterState {
    /// Gives a Service the address and node ports that its type needs and its author left open; what it has, it keeps.
    mutating func assignAddresses(_ service: inout Value, old: Value?, _ kind: KindSchema) throws(APIFailure) {
        var spec = service["spec"] ?? [:]
        let type = spec["type"]?.string ?? "ClusterIP"
        if type == "ExternalName" {
            for member in ["clusterIP", "clusterIPs"] { spec[member] = nil }
        } else {
            try assignAddress(&spec, old?["spec"], kind, service.name)
        }
        if type == "NodePort" || type == "LoadBalancer" { try assignPorts(&spec, old?["spec"], kind, service.name) }
        service["spec"] = spec
    }

    private mutating func assignAddress(_ spec: inout Value, _ old: Value?, _ kind: KindSchema, _ name: String) throws(APIFailure)
    {
        let kept = old?["clusterIP"]?.string ?? ""
        let wanted = spec["clusterIP"]?.string ?? spec["clusterIPs"]?.array?.first?.string ?? ""
        var address = wanted.isEmpty ? kept : wanted
        if address.isEmpty {
            guard let free = addresses.freeAddress() else {
                throw APIFailure(500, "InternalError", "Internal error occurred: failed to allocate a serviceIP: range is full")
            }
            address = free
        } else if address != kept, address != "None", addresses.isTaken(address) {
            let problem = SchemaProblem.invalid(
                "spec.clusterIPs", .array([.string(address)]),
                "failed to allocate IP \(address): provided IP is already allocated")
            throw .invalid(kind, name, [problem])
        }
        spec["clusterIP"] = .string(address)
        spec["clusterIPs"] = .array([.string(address)])
    }

    private mutating func assignPorts(_ spec: inout Value, _ old: Value?, _ kind: KindSchema, _ name: String) throws(APIFailure) {
        let kept = Set(ServiceAddresses.nodePorts(["spec": old ?? [:]]))
        var used = Set(ServiceAddresses.nodePorts(["spec": spec]))
        for port in used where !kept.contains(port) && addresses.isTaken(port: port) {
            throw .invalid(
                kind, name, [.invalid("spec.ports[0].nodePort", .integer(port), "provided port is already allocated")])
        }
        var ports = spec["ports"]?.array ?? []
        let before = old?["ports"]?.array ?? []
        for at in ports.indices where ports[at]["nodePort"]?.integer ?? 0 == 0 {
            let same = before.first { $0["port"] == ports[at]["port"] && $0["protocol"] == ports[at]["protocol"] }?["nodePort"]?
                .integer
            guard let free = same.flatMap({ used.contains($0) || $0 == 0 ? nil : $0 }) ?? addresses.freePort(besides: used) else {
                throw APIFailure(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full")
            }
            used.insert(free)
            ports[at]["nodePort"] = .integer(free)
        }
        if !ports.isEmpty { spec["ports"] = .array(ports) }
    }
}
