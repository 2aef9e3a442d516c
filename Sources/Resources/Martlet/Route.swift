public import Documents

/// martlet.dev Route: HTTPRoute's shape, and more.
public struct Route: Resource {
    public static let kind = ResourceKind(group: "martlet.dev", version: "v1alpha1", kind: "Route", plural: "routes")

    public struct TLS: Equatable, Sendable {
        public var secretName = ""
        public var clientCertificate: ClientCertificate?
        public init() {}
    }

    public struct ClientCertificate: Equatable, Sendable {
        public enum Mode: String, Sendable, CaseIterable {
            case required = "Required"
            case optional = "Optional"
        }

        public var caSecretName = ""
        public var mode = Mode.required
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

    private static let clientCertificate = Shape<ClientCertificate>.object(
        "ClientCertificate", ClientCertificate(),
        [
            Field(
                "caSecretName", \.caSecretName, objectName, required: true,
                "Secret whose `ca.crt` holds the certificates of those who vouch for clients."),
            Field(
                "mode", \.mode, .choice(),
                "`Required`, the default: without a good certificate there is no connection, and plain HTTP is sent to https. `Optional`: only a "
                    + "certificate that is shown has to be good."),
        ])

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
                                        "Secret of type kubernetes.io/tls."),
                                    Field(
                                        "clientCertificate", \.clientCertificate, clientCertificate,
                                        "What clients have to show."),
                                ]),
                            "Certificate for the hostnames."),
                        Field(
                            "rules", \.rules, .list(RouteRule.shape, max: 128), required: true,
                            "Rules; within a host the most specific match decides."),
                    ]
                )
                .rule(
                    "!has(self.tls) || !has(self.tls.clientCertificate) || (has(self.hostnames) && size(self.hostnames) > 0)",
                    "Clients show certificates to hosts; write hostnames."), required: true, "What the Route asks for.")
        ])
}
