import Documents

/// Services without a selector: somebody writes their endpoints, as Endpoints or as EndpointSlices, and both are shown.
///
/// Endpoints become slices as Kubernetes' mirroring controller makes them (pkg/controller/endpointslicemirroring). Slices become Endpoints
/// for clients that know only these. What was made here is marked and never the source of the other.
struct EndpointsMirror: Sendable {
    let hands: WorkloadHands
    private static let manager = "endpointslicemirroring-controller.k8s.io"
    private static let managedBy = "endpointslice.kubernetes.io/managed-by"
    private static let serviceName = "kubernetes.io/service-name"
    private static let skipMirror = "endpointslice.kubernetes.io/skip-mirror"
    /// On Endpoints that were made from slices.
    private static let derived = (
        label: "endpoints.kubernetes.io/managed-by", value: Value.string("endpointslice-derivation.martlet.dev")
    )
    private static let leader = "control-plane.alpha.kubernetes.io/leader"
    private static let ownAnnotations = [
        "kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time",
    ]
    /// Of one subset; the rest is left out with an Event, as in Kubernetes.
    private static let maximumAddresses = 1_000

    func reconcile() {
        let services = Dictionary(hands.store.list(.services).map { (key($0), $0) }) { first, _ in first }
        let endpoints = Dictionary(hands.store.list(.endpoints).map { (key($0), $0) }) { first, _ in first }
        let slices = Dictionary(grouping: hands.store.all(.endpointSlices)) { slice in
            ObjectKey(namespace: slice.namespace, name: slice.labelFields[Self.serviceName]?.string ?? "")
        }
        for (key, service) in services where !service.isBeingDeleted && isWrittenByHand(service) {
            let found = slices[key] ?? []
            let written = endpoints[key].flatMap { isDerived($0) ? nil : $0 }
            mirror(written.flatMap { isMirrored($0) ? $0 : nil }, onto: found.filter(isMirror))
            if written == nil { derive(from: found.filter { !isMirror($0) }, for: service, onto: endpoints[key]) }
        }
        for (key, found) in slices where services[key].map(isWrittenByHand) != true { mirror(nil, onto: found.filter(isMirror)) }
    }

    private func key(_ object: Value) -> ObjectKey { ObjectKey(namespace: object.namespace, name: object.name) }

    private func isWrittenByHand(_ service: Value) -> Bool {
        service[at: "spec", "selector"]?.object?.isEmpty ?? true && service[at: "spec", "type"]?.string != "ExternalName"
    }

    private func isMirror(_ slice: Value) -> Bool { slice.labelFields[Self.managedBy]?.string == Self.manager }
    private func isDerived(_ endpoints: Value) -> Bool { endpoints.labelFields[Self.derived.label] == Self.derived.value }

    private func isMirrored(_ endpoints: Value) -> Bool {
        endpoints.labelFields[Self.skipMirror]?.string != "true" && endpoints.annotation(Self.leader) == nil
            && !endpoints.isBeingDeleted
    }

    // MARK: - Endpoints to slices

    private func mirror(_ endpoints: Value?, onto old: [Value]) {
        var kept: Set<String> = []
        for slice in endpoints.map(slices) ?? [] {
            kept.insert(slice.name)
            guard let present = old.first(where: { $0.name == slice.name }) else {
                hands.create(.endpointSlices, slice)
                continue
            }
            let isSame = ["endpoints", "ports"].allSatisfy { present[$0] ?? [] == slice[$0] ?? [] }
            if !isSame {
                hands.edit(.endpointSlices, present) { for member in ["endpoints", "ports"] { $0[member] = slice[member] } }
            }
        }
        for slice in old where !kept.contains(slice.name) { hands.delete(.endpointSlices, slice) }
    }

    /// One slice for each subset and family of addresses, always under the same name.
    private func slices(_ endpoints: Value) -> [Value] {
        (endpoints["subsets"]?.array ?? []).enumerated().flatMap { at, subset -> [Value] in
            let ready = (subset["addresses"]?.array ?? []).map { endpoint($0, isReady: true) }
            let all = ready + (subset["notReadyAddresses"]?.array ?? []).map { endpoint($0, isReady: false) }
            if all.count > Self.maximumAddresses { complain(endpoints, all.count) }
            return [("IPv4", false), ("IPv6", true)].compactMap { family, hasColon -> Value? in
                let mine = all.prefix(Self.maximumAddresses).filter { address(of: $0).contains(":") == hasColon }
                return mine.isEmpty ? nil : slice(endpoints, "\(at)-\(family)", family, Array(mine), subset["ports"] ?? [])
            }
        }
    }

    private func address(of endpoint: Value) -> String { endpoint["addresses"]?.array?.first?.string ?? "" }

    private func endpoint(_ address: Value, isReady: Bool) -> Value {
        var endpoint: Value = ["addresses": [address["ip"] ?? ""], "conditions": ["ready": .bool(isReady)]]
        for member in ["hostname", "nodeName", "targetRef"] { endpoint[member] = address[member] }
        return endpoint
    }

    private func slice(_ endpoints: Value, _ part: String, _ family: String, _ members: [Value], _ ports: Value) -> Value {
        var labels = endpoints.labelFields
        labels[Self.managedBy] = .string(Self.manager)
        labels[Self.serviceName] = .string(endpoints.name)
        let annotations = (endpoints[at: "metadata", "annotations"]?.object?.entries ?? []).filter {
            !Self.ownAnnotations.contains($0.key)
        }
        let hash = TemplateHash.text(of: .string("\(endpoints.uid)-\(part)")).prefix(5)
        var slice: Value = [
            "metadata": [
                "name": .string("\(endpoints.name)-\(hash)"), "namespace": .string(endpoints.namespace),
                "labels": .object(labels),
                "ownerReferences": [endpoints.asOwner],
            ],
            "addressType": .string(family), "endpoints": .array(members), "ports": ports,
        ]
        if !annotations.isEmpty {
            slice.setMetadata("annotations", .object(Value.Fields(annotations.map { ($0.key, $0.value) })))
        }
        return slice
    }

    private func complain(_ endpoints: Value, _ count: Int) {
        hands.events.warningOnce(
            endpoints, "TooManyAddressesToMirror",
            "A maximum of \(Self.maximumAddresses) addresses can be mirrored to EndpointSlices per subset; \(count) are there, the rest is left out.",
            from: "endpoint-slice-mirroring-controller")
    }

    // MARK: - Slices to Endpoints

    private func derive(from slices: [Value], for service: Value, onto old: Value?) {
        let subsets = slices.sorted { $0.name < $1.name }.compactMap(subset)
        guard !slices.isEmpty else {
            if let old { hands.delete(.endpoints, old) }
            return
        }
        guard let old else {
            hands.create(
                .endpoints,
                [
                    "metadata": [
                        "name": .string(service.name), "namespace": .string(service.namespace),
                        "labels": [Self.derived.label: Self.derived.value, Self.skipMirror: "true"],
                        "ownerReferences": [service.asOwner],
                    ],
                    "subsets": .array(subsets),
                ])
            return
        }
        if old["subsets"] ?? [] != .array(subsets) { hands.edit(.endpoints, old) { $0["subsets"] = .array(subsets) } }
    }

    /// Nil where Endpoints have no word for it: names instead of addresses, or nobody at all.
    private func subset(_ slice: Value) -> Value? {
        guard slice["addressType"]?.string != "FQDN" else { return nil }
        let present = (slice["endpoints"]?.array ?? []).filter { $0[at: "conditions", "terminating"]?.bool != true }
        var subset: Value = [:]
        for (member, isReady) in [("addresses", true), ("notReadyAddresses", false)] {
            let addresses = present.filter { ($0[at: "conditions", "ready"]?.bool ?? true) == isReady }.flatMap(addresses)
            if !addresses.isEmpty { subset[member] = .array(addresses) }
        }
        guard subset.object?.isEmpty == false else { return nil }
        if let ports = slice["ports"], ports.array?.isEmpty == false { subset["ports"] = ports }
        return subset
    }

    private func addresses(_ endpoint: Value) -> [Value] {
        (endpoint["addresses"]?.array ?? []).map { ip in
            var address: Value = ["ip": ip]
            for member in ["hostname", "nodeName", "targetRef"] { address[member] = endpoint[member] }
            return address
        }
    }
}
