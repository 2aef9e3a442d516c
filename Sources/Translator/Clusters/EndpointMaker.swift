import Base
import Documents
import Graph
import Resources

/// Makes a cluster's endpoints from the slices of its Service.
enum EndpointMaker {
    static func endpoints(
        _ reference: ClusterReference, _ service: Service, _ slices: [Stored<EndpointSlice>], _ settings: TranslatorSettings
    ) -> [Endpoint] {
        guard let port = ClusterMaker.port(reference, service) else { return [] }
        let preferred = service.spec.ipFamilies.first ?? "IPv4"
        let families = Dictionary(grouping: slices.map(\.resource)) { $0.addressType == preferred }
        var endpoints: [Hinted] = []
        var targets: Set<String> = []
        // A pod with two addresses stands in a slice of each family, and is one endpoint: the preferred family's.
        for isPreferred in [true, false] {
            var found: Set<String> = []
            for slice in families[isPreferred] ?? [] where slice.addressType != "FQDN" {
                guard let number = number(of: port, in: slice) else { continue }
                for endpoint in slice.endpoints where endpoint.target.map(targets.contains) != true {
                    guard let made = self.endpoint(endpoint, number, service) else { continue }
                    endpoints.append(Hinted(endpoint: made, hints: endpoint.hints))
                    if let target = endpoint.target { found.insert(target) }
                }
            }
            targets = found
        }
        return near(unique(endpoints), settings)
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
        let zone = endpoint.hints.zones.count == 1 ? endpoint.hints.zones[0] : endpoint.zone
        // IPv4 has one way to be written; a mapped address of IPv6 is another way to write one.
        let isCanonical = address.isV4 && !text.utf8.contains(UInt8(ascii: ":"))
        return Endpoint(address: isCanonical ? text : address.description, port: port, condition: condition, zone: zone)
    }

    /// Sorted; an address that is in two slices counts once, as ready if it is ready in one.
    private static func unique(_ endpoints: [Hinted]) -> [Hinted] {
        let sorted = endpoints.sorted { a, b in
            let (a, b) = (a.endpoint, b.endpoint)
            return a < b || (!(b < a) && a.condition == .ready && b.condition != .ready)
        }
        var result: [Hinted] = []
        for one in sorted
        where result.last.map({ $0.endpoint.address == one.endpoint.address && $0.endpoint.port == one.endpoint.port }) != true {
            result.append(one)
        }
        return result
    }

    private struct Hinted {
        var endpoint: Endpoint
        let hints: EndpointSlice.Hints
    }

    /// Marks the endpoints that are meant for us. Hints count when every ready endpoint has them and one of them names our node, else our
    /// zone: kube-proxy's rule (KEP-2433, KEP-3015), so that a cluster's own clients and those that come through the gateway go alike.
    private static func near(_ endpoints: [Hinted], _ settings: TranslatorSettings) -> [Endpoint] {
        let ready = endpoints.filter { $0.endpoint.condition == .ready }
        func isObeyed(_ named: (EndpointSlice.Hints) -> [String], _ own: String?) -> String? {
            guard let own, !own.isEmpty, ready.allSatisfy({ !named($0.hints).isEmpty }) else { return nil }
            return ready.contains { named($0.hints).contains(own) } ? own : nil
        }
        let node = isObeyed(\.nodes, settings.node)
        let zone = node == nil ? isObeyed(\.zones, settings.zone) : nil
        return endpoints.map { hinted in
            var endpoint = hinted.endpoint
            if let node { endpoint.isNear = hinted.hints.nodes.contains(node) }
            if let zone { endpoint.isNear = hinted.hints.zones.contains(zone) }
            return endpoint
        }
    }
}
