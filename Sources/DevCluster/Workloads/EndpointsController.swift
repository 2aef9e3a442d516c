import Documents

/// Leads Services to the pods that they select: EndpointSlices, and the older Endpoints.
///
/// All pods have the address 127.0.0.1 and each its own port, so every pod is a slice of its own.
struct EndpointsController: Sendable {
    let hands: WorkloadHands
    /// How far the end of a pod has come.
    let stage: @Sendable (Value) -> PodRunner.Stage?
    private static let manager = "endpointslice-controller.k8s.io"
    private static let component = "endpoint-slice-controller"

    func reconcile() {
        let pods = Dictionary(
            grouping: hands.store.list(.pods).filter { $0.annotation(PodRunner.portAnnotation) != nil }, by: \.namespace)
        let slices = Dictionary(grouping: hands.store.all(.endpointSlices).filter(isManaged)) { $0.controllerUID ?? "" }
        for service in hands.store.list(.services) where !service.isBeingDeleted {
            guard let selector = service[at: "spec", "selector"]?.object, !selector.isEmpty,
                service[at: "spec", "type"]?.string != "ExternalName"
            else { continue }
            let chosen = (pods[service.namespace] ?? []).filter { LabelSelector(matchLabels: selector).matches($0.labelFields) }
            let endpoints = chosen.compactMap { endpoint($0, of: service) }
            writeSlices(service, endpoints, slices[service.uid] ?? [])
            writeEndpoints(service, endpoints)
        }
    }

    private func isManaged(_ slice: Value) -> Bool {
        slice.labelFields["endpointslice.kubernetes.io/managed-by"]?.string == Self.manager
    }

    // MARK: - One pod

    private struct PodEndpoint {
        var pod: Value
        var isReady: Bool
        var isTerminating: Bool
        var ports: [Value]
    }

    private func endpoint(_ pod: Value, of service: Value) -> PodEndpoint? {
        let stage = stage(pod)
        guard stage == .running || stage == .leaving else { return nil }
        let real = pod.annotation(PodRunner.portAnnotation).flatMap { Int64($0) } ?? 0
        let ports = (service[at: "spec", "ports"]?.array ?? []).compactMap { port -> Value? in
            guard leads(port["targetPort"] ?? port["port"] ?? .null, to: pod) else {
                complain(service, port, pod)
                return nil
            }
            var made: Value = [
                "name": port["name"] ?? "", "port": .integer(real), "protocol": port["protocol"] ?? "TCP",
            ]
            made["appProtocol"] = port["appProtocol"]
            return made
        }
        guard !ports.isEmpty else { return nil }
        let isTerminating = pod.isBeingDeleted || stage == .leaving
        let publishesAll = service[at: "spec", "publishNotReadyAddresses"]?.bool ?? false
        return PodEndpoint(
            pod: pod, isReady: publishesAll || (pod.isReadyPod && !isTerminating), isTerminating: isTerminating, ports: ports)
    }

    /// Whether a container of the pod has the port. A pod that declares none answers on every number.
    private func leads(_ target: Value, to pod: Value) -> Bool {
        let ports = (pod[at: "spec", "containers"]?.array ?? []).flatMap { $0["ports"]?.array ?? [] }
        if let name = target.string, Int(name) == nil { return ports.contains { $0["name"]?.string == name } }
        return ports.isEmpty
            || ports.contains { $0["containerPort"]?.integer == target.integer ?? target.string.flatMap { Int64($0) } }
    }

    private func complain(_ service: Value, _ port: Value, _ pod: Value) {
        let target = port["targetPort"] ?? port["port"] ?? .null
        hands.events.warningOnce(
            service, "NoSuchPort",
            "targetPort \(target.string ?? target.jsonText) is no port of any container of pod \(pod.name); add it to the containers' ports.",
            from: Self.component)
    }

    // MARK: - EndpointSlices

    private func writeSlices(_ service: Value, _ endpoints: [PodEndpoint], _ old: [Value]) {
        var kept: Set<String> = []
        for endpoint in endpoints {
            // A pod that comes back under the same name is another one and gets another slice.
            let name = "\(service.name)-\(TemplateHash.text(of: .string(endpoint.pod.uid)).prefix(5))"
            kept.insert(name)
            let body = slice(of: endpoint)
            if let slice = old.first(where: { $0.name == name }) {
                if body.contains(where: { slice[$0.0] != $0.1 }) {
                    hands.edit(.endpointSlices, slice) { slice in for (member, value) in body { slice[member] = value } }
                }
            } else {
                create(name, service, body)
            }
        }
        for slice in old where !kept.contains(slice.name) { hands.delete(.endpointSlices, slice) }
    }

    private func slice(of endpoint: PodEndpoint) -> [(String, Value)] {
        let conditions: Value = [
            "ready": .bool(endpoint.isReady), "serving": .bool(endpoint.isReady || endpoint.isTerminating),
            "terminating": .bool(endpoint.isTerminating),
        ]
        let one: Value = [
            "addresses": ["127.0.0.1"], "conditions": conditions, "nodeName": .string(PodRunner.node),
            "targetRef": reference(endpoint.pod),
        ]
        return [("endpoints", [one]), ("ports", .array(endpoint.ports))]
    }

    private func create(_ name: String, _ service: Value, _ body: [(String, Value)]) {
        let labels = Value.Fields(
            service.labelFields.entries.map { ($0.key, $0.value) } + [
                ("endpointslice.kubernetes.io/managed-by", .string(Self.manager)),
                ("kubernetes.io/service-name", .string(service.name)),
            ])
        var slice: Value = [
            "metadata": [
                "name": .string(name), "namespace": .string(service.namespace), "labels": .object(labels),
                "ownerReferences": [service.asOwner],
            ],
            "addressType": "IPv4",
        ]
        for (member, value) in body { slice[member] = value }
        hands.create(.endpointSlices, slice)
    }

    private func reference(_ pod: Value) -> Value {
        ["kind": "Pod", "namespace": .string(pod.namespace), "name": .string(pod.name), "uid": .string(pod.uid)]
    }

    // MARK: - Endpoints

    private func writeEndpoints(_ service: Value, _ endpoints: [PodEndpoint]) {
        let subsets = endpoints.filter { !$0.isTerminating }.map { endpoint -> Value in
            let address: Value = ["ip": "127.0.0.1", "nodeName": .string(PodRunner.node), "targetRef": reference(endpoint.pod)]
            return [endpoint.isReady ? "addresses" : "notReadyAddresses": [address], "ports": .array(endpoint.ports)]
        }
        guard let old = hands.store.object(.endpoints, namespace: service.namespace, name: service.name) else {
            hands.create(
                .endpoints,
                [
                    "metadata": [
                        "name": .string(service.name), "namespace": .string(service.namespace),
                        "ownerReferences": [service.asOwner],
                    ],
                    "subsets": .array(subsets),
                ])
            return
        }
        if old["subsets"] != .array(subsets), old.controllerUID == service.uid {
            hands.edit(.endpoints, old) { $0["subsets"] = .array(subsets) }
        }
    }
}
