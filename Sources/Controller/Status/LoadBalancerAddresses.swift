import Base
public import Documents

/// What an Ingress's `status.loadBalancer.ingress` says: where clients reach the gateway. Pure.
public struct LoadBalancerAddresses: Sendable, Equatable {
    /// `[{ip: …}, {hostname: …}]`, in order and each once.
    public private(set) var entries: [Value]

    /// Addresses and names as an install or a listener writes them.
    public init(_ addresses: [String]) {
        var seen: Set<String> = []
        entries = addresses.filter { seen.insert($0).inserted }.map { address in
            [IPAddress(address) == nil ? "hostname" : "ip": .string(address)]
        }
    }

    /// Where a Service is reached from outside: its load balancer's addresses, its external addresses, its external name, or else
    /// its address in the cluster.
    public init(ofService service: Value) {
        let balancer = (service[at: "status", "loadBalancer", "ingress"]?.array ?? []).compactMap { entry in
            entry["ip"]?.string ?? entry["hostname"]?.string
        }
        let external = (service[at: "spec", "externalIPs"]?.array ?? []).compactMap(\.string)
        var addresses = balancer + external
        if addresses.isEmpty, let name = service[at: "spec", "externalName"]?.string, !name.isEmpty { addresses = [name] }
        if addresses.isEmpty, service[at: "spec", "type"]?.string != "LoadBalancer" {
            addresses = [service[at: "spec", "clusterIP"]?.string ?? ""].filter { !$0.isEmpty && $0 != "None" }
        }
        self.init(addresses)
    }

    public static let none = LoadBalancerAddresses([])

    /// Whether an Ingress says so already. Ports, which others may have added to our addresses, do not matter.
    func isWritten(in ingress: Value) -> Bool {
        let written = (ingress[at: "status", "loadBalancer", "ingress"]?.array ?? []).map { entry in
            entry["ip"]?.string ?? entry["hostname"]?.string
        }
        return written == entries.map { $0["ip"]?.string ?? $0["hostname"]?.string }
    }

    /// What to write into `status.loadBalancer`; nil for nothing at all.
    var member: Value? { entries.isEmpty ? nil : ["ingress": .array(entries)] }
}
