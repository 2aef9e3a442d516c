import Base
import Documents
import Graph
import Resources

/// Makes a cluster's endpoints from the slices of its Service.
enum EndpointMaker {
    static func endpoints(
        _ reference: ClusterReference, _ service: Service, _ slices: [Stored<EndpointSlice>]
    ) -> [Endpoint] {
        guard let port = ClusterMaker.port(reference, service) else { return [] }
        let preferred = service.spec.ipFamilies.first ?? "IPv4"
        let families = Dictionary(grouping: slices.map(\.resource)) { $0.addressType == preferred }
        var endpoints: [Endpoint] = []
        var targets: Set<String> = []
        // A pod with two addresses stands in a slice of each family, and is one endpoint: the preferred family's.
        for isPreferred in [true, false] {
            var found: Set<String> = []
            for slice in families[isPreferred] ?? [] where slice.addressType != "FQDN" {
                guard let number = number(of: port, in: slice) else { continue }
                for endpoint in slice.endpoints where endpoint.target.map(targets.contains) != true {
                    guard let made = self.endpoint(endpoint, number, service) else { continue }
                    endpoints.append(made)
                    if let target = endpoint.target { found.insert(target) }
                }
            }
            targets = found
        }
        return unique(endpoints)
    }

    /// Slices name the Service's port; the number is the pods' own.
    private static func number(of port: Service.Port, in slice: EndpointSlice) -> UInt16? {
        guard let found = slice.ports.first(where: { $0.name == port.name && $0.transport == port.transport }) else { return nil }
        // A port without a number stands for all ports (EndpointSlice API).
        let number = found.port ?? port.targetPort?.integer.flatMap { Int(exactly: $0) } ?? port.port
        return UInt16(exactly: number)
    }

    /// nil when no request may go there.
    private static func endpoint(_ endpoint: EndpointSlice.Endpoint, _ port: UInt16, _ service: Service) -> Endpoint? {
        let conditions = endpoint.conditions
        let condition: Endpoint.Condition
        if conditions.isReady || service.spec.publishNotReadyAddresses {
            condition = .ready
        } else if conditions.isServing, conditions.isTerminating {
            condition = .draining
        } else {
            return nil
        }
        guard let text = endpoint.addresses.first, let address = IPAddress(text) else { return nil }
        // A hint for one zone says who should use the endpoint, which counts for more than where it runs.
        let zone = endpoint.hintZones.count == 1 ? endpoint.hintZones[0] : endpoint.zone
        // IPv4 has one way to be written; a mapped address of IPv6 is another way to write one.
        let isCanonical = address.isV4 && !text.utf8.contains(UInt8(ascii: ":"))
        return Endpoint(address: isCanonical ? text : address.description, port: port, condition: condition, zone: zone)
    }

    /// Sorted; an address that is in two slices counts once, as ready if it is ready in one.
    private static func unique(_ endpoints: [Endpoint]) -> [Endpoint] {
        let sorted = endpoints.sorted { a, b in a < b || (!(b < a) && a.condition == .ready && b.condition != .ready) }
        var result: [Endpoint] = []
        for endpoint in sorted where result.last.map({ $0.address == endpoint.address && $0.port == endpoint.port }) != true {
            result.append(endpoint)
        }
        return result
    }
}
