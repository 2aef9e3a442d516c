public import Documents

/// martlet.dev Route: HTTPRoute's shape, and more.
public struct Route: Resource {
    public static let kind = ResourceKind(group: "martlet.dev", version: "v1alpha1", kind: "Route", plural: "routes")

    public struct TLS: Equatable, Sendable {
        public var secretName = ""
        public init() {}
    }

    public struct Spec: Equatable, Sendable {
        public var ingressClassName: String?
        public var hostnames: [String] = []
        public var tls: TLS?
        public var rules: [RouteRule] = []
        public init() {}
    }

    public var metadata = ObjectMeta()
    public var spec = Spec()
    public init() {}

    /// RFC 1123, with an optional leading `*.`.
    static let hostname = Shape<String>.string(
        "hostname", maxLength: 253, minLength: 1,
        pattern: #"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"#)

    /// A host that a request can be sent to: no `*.`.
    static let exactHostname = Shape<String>.string(
        "hostname", maxLength: 253, minLength: 1,
        pattern: #"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"#)

    static let objectName = Shape<String>.string("name", maxLength: 253, minLength: 1)

    public static let shape = Shape<Route>.object(
        "Route", Route(), ignoring: envelope,
        [
            Field(
                "spec", \.spec,
                .object(
                    "RouteSpec", Spec(),
                    [
                        Field(
                            "ingressClassName", \.ingressClassName, objectName,
                            "Class of gateways that serve the Route; absent, the default class does."),
                        Field(
                            "hostnames", \.hostnames, .list(hostname, max: 64),
                            "Hosts that the Route claims; `*.example.com` stands for one or more labels. Absent, any host."),
                        Field(
                            "tls", \.tls,
                            .object(
                                "RouteTLS", TLS(),
                                [
                                    Field(
                                        "secretName", \.secretName, objectName, required: true,
                                        "Secret of type kubernetes.io/tls.")
                                ]),
                            "Certificate for the hostnames."),
                        Field(
                            "rules", \.rules, .list(RouteRule.shape, max: 128), required: true,
                            "Rules; within a host the most specific match decides."),
                    ]), required: true, "What the Route asks for.")
        ])
}
