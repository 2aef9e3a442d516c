public import Documents

/// A part of a Service's endpoints (discovery.k8s.io/v1).
public struct EndpointSlice: Resource {
    public static let kind = ResourceKind(
        group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice", plural: "endpointslices")

    public struct Port: Equatable, Sendable {
        public var name = ""
        public var port: Int?
        public var transport = "TCP"
        public var appProtocol: String?
        public init() {}
    }

    /// nil means unknown, which consumers read as true for `ready` and `serving` (the API's rule) and false for `terminating`.
    public struct Conditions: Equatable, Sendable {
        public var ready: Bool?
        public var serving: Bool?
        public var terminating: Bool?
        public init() {}
        public var isReady: Bool { ready ?? true }
        public var isServing: Bool { serving ?? isReady }
        public var isTerminating: Bool { terminating ?? false }
    }

    /// Whose clients should use an endpoint.
    public struct Hints: Equatable, Sendable {
        public var zones: [String] = []
        public var nodes: [String] = []
        public init() {}
    }

    public struct Endpoint: Equatable, Sendable {
        public var addresses: [String] = []
        public var conditions = Conditions()
        public var zone: String?
        public var hints = Hints()
        /// `Pod/web-1`: what stands behind the addresses. A dual-stack pod is in a slice of each family.
        public var target: String?
        public init() {}
    }

    public var metadata = ObjectMeta()
    public var addressType = "IPv4"
    public var ports: [Port] = []
    public var endpoints: [Endpoint] = []
    public init() {}

    /// The Service that the slice belongs to, in its own namespace.
    public var serviceName: String? { metadata.labels[Self.serviceLabel] }
    public static let serviceLabel = "kubernetes.io/service-name"

    private static let port = Shape<Port>.object(
        "EndpointPort", Port(), isOpen: true,
        [
            Field("name", \.name, .string, "The Service port's name."),
            Field("port", \.port, .port, "The endpoints' port."),
            Field("protocol", \.transport, .string, "TCP, UDP or SCTP."),
            Field("appProtocol", \.appProtocol, .string, "What the port speaks."),
        ])

    private static let conditions = Shape<Conditions>.object(
        "EndpointConditions", Conditions(), isOpen: true,
        [
            Field("ready", \.ready, .boolean, "Traffic may go here."),
            Field("serving", \.serving, .boolean, "It answers, whether or not it is on its way out."),
            Field("terminating", \.terminating, .boolean, "It is on its way out."),
        ])

    /// `forZones[].name` and `forNodes[].name`, flattened.
    private static let hints = Shape<Hints>(typeName: "EndpointHints", schema: { ["type": "object"] }) { value, _, _ in
        func names(_ member: String) -> [String] { (value[member]?.array ?? []).compactMap { $0["name"]?.string } }
        var hints = Hints()
        hints.zones = names("forZones")
        hints.nodes = names("forNodes")
        return hints
    }

    /// Kind and name; the namespace is the slice's own.
    private static let target = Shape<String>(typeName: "ObjectReference", schema: { ["type": "object"] }) { value, _, _ in
        guard let kind = value["kind"]?.string, let name = value["name"]?.string else { return nil }
        return "\(kind)/\(name)"
    }

    private static let endpoint = Shape<Endpoint>.object(
        "Endpoint", Endpoint(), isOpen: true,
        [
            Field(
                "addresses", \.addresses, .list(.string, max: 100), required: true,
                "Interchangeable addresses; the first is used."),
            Field("conditions", \.conditions, conditions, "Its state."),
            Field("zone", \.zone, .string, "Where it runs."),
            Field("hints", \.hints, hints, "Zones and nodes that should use it."),
            Field("targetRef", \.target, target, "The Pod behind the addresses."),
        ])

    public static let shape = Shape<EndpointSlice>.object(
        "EndpointSlice", EndpointSlice(), isOpen: true,
        [
            Field("addressType", \.addressType, .string, required: true, "IPv4, IPv6 or FQDN."),
            Field("ports", \.ports, .list(port, max: 20_000), "Ports of every endpoint."),
            Field("endpoints", \.endpoints, .list(endpoint, max: 1000), "Endpoints."),
        ])
}
