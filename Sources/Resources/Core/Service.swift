public import Documents

/// A Service: a name, and ports behind it.
public struct Service: Resource {
    public static let kind = ResourceKind(group: "", version: "v1", kind: "Service", plural: "services")

    public struct Port: Equatable, Sendable {
        public var name = ""
        public var port = 0
        public var appProtocol: String?
        public var transport = "TCP"
        /// A number, or the name of a container's port.
        public var targetPort: Value?
        public init() {}
    }

    public struct Spec: Equatable, Sendable {
        public var type = "ClusterIP"
        public var clusterIP = ""
        public var externalName: String?
        public var ports: [Port] = []
        public var publishNotReadyAddresses = false
        /// `IPv4`, `IPv6`: the first is preferred.
        public var ipFamilies: [String] = []
        public init() {}
    }

    public var metadata = ObjectMeta()
    public var spec = Spec()
    public init() {}

    private static let port = Shape<Port>.object(
        "ServicePort", Port(), isOpen: true,
        [
            Field("name", \.name, .string, "Name of the port."),
            Field("port", \.port, .port, required: true, "The port that clients use."),
            Field("appProtocol", \.appProtocol, .string, "What the port speaks, such as kubernetes.io/h2c."),
            Field("protocol", \.transport, .string, "TCP, UDP or SCTP."),
            Field("targetPort", \.targetPort, .anything("port or name"), "The pods' port."),
        ])

    public static let shape = Shape<Service>.object(
        "Service", Service(), isOpen: true,
        [
            Field(
                "spec", \.spec,
                .object(
                    "ServiceSpec", Spec(), isOpen: true,
                    [
                        Field("type", \.type, .string, "ClusterIP, NodePort, LoadBalancer or ExternalName."),
                        Field("clusterIP", \.clusterIP, .string, "None for a headless Service."),
                        Field("externalName", \.externalName, .string, "The DNS name that an ExternalName Service stands for."),
                        Field("ports", \.ports, .list(port, max: 1024), "Ports."),
                        Field("ipFamilies", \.ipFamilies, .list(.string, max: 2), "Address families, the preferred one first."),
                        Field(
                            "publishNotReadyAddresses", \.publishNotReadyAddresses, .boolean,
                            "Endpoints count before they are ready."),
                    ]), "What the Service is.")
        ])
}
