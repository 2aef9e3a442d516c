public import Documents

/// martlet.dev Route: HTTPRoute's shape, and more.
public struct Route: Resource {
    public static let kind = ResourceKind(group: "martlet.dev", version: "v1alpha1", kind: "Route", plural: "routes")

    public struct TLS: Equatable, Sendable {
        public enum Mode: String, Sendable, CaseIterable {
            case terminate = "Terminate"
            case passthrough = "Passthrough"
        }

        /// What becomes of requests that come without TLS.
        public enum InsecurePolicy: String, Sendable, CaseIterable {
            case allow = "Allow"
            case redirect = "Redirect"
        }

        public var mode = Mode.terminate
        /// Empty with passthrough, and where it was forgotten.
        public var secretName = ""
        public var clientCertificate: ClientCertificate?
        public var insecurePolicy = InsecurePolicy.allow
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

    /// A port whose connections or datagrams the Route takes.
    public struct Listener: Equatable, Sendable {
        public enum Transport: String, Sendable, CaseIterable {
            case tcp = "TCP"
            case udp = "UDP"
        }

        public var transport: Transport?
        public var port = 0
        public init() {}
    }

    public struct Spec: Equatable, Sendable {
        public var ingressClassName: String?
        public var listener: Listener?
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

    private static let listener = Shape<Listener>.object(
        "RouteListener", Listener(),
        [
            Field("protocol", \.transport, .choice(), required: true, "What comes to the port: connections, or datagrams."),
            Field("port", \.port, .port, required: true, "A port that the gateway was started with: `--tcp` or `--udp`."),
        ])

    private static let tls = Shape<TLS>.object(
        "RouteTLS", TLS(),
        [
            Field(
                "mode", \.mode, .choice(),
                "`Terminate`, the default: the gateway presents a certificate and reads requests. `Passthrough`: connections whose client asks "
                    + "for one of the hostnames (SNI) are joined to an endpoint, which ends TLS itself; nothing is decrypted."),
            Field(
                "secretName", \.secretName, objectName,
                "Secret of type kubernetes.io/tls; required unless the mode is `Passthrough`."),
            Field("clientCertificate", \.clientCertificate, clientCertificate, "What clients have to show."),
            Field(
                "insecurePolicy", \.insecurePolicy, .choice(),
                "What becomes of requests that come without TLS. `Allow`, the default: they are served like the others. `Redirect`: they are "
                    + "sent to the same URL with https, with 308, but for the questions of certificate authorities and what a trusted proxy "
                    + "says came by https. Where clients have to show a certificate all are redirected."),
        ],
        check: { tls, path, problems in
            guard tls.mode == .terminate, tls.secretName.isEmpty else { return }
            let field = path["secretName"]
            guard !problems.all.contains(where: { $0.path == field || $0.path == path["mode"] }) else { return }
            problems.report(FieldProblem(.error, .missing, field, "The field 'secretName' is required; add it."))
        }
    )
    .rule(
        "has(self.secretName) || (has(self.mode) && self.mode == 'Passthrough')", "The field secretName is required; add it."
    )
    .rule(
        "!has(self.mode) || self.mode != 'Passthrough' || !(has(self.secretName) || has(self.clientCertificate) || has(self.insecurePolicy))",
        "With Passthrough the endpoints end TLS; remove secretName, clientCertificate and insecurePolicy."
    )

    /// What a Route that takes whole connections cannot have.
    private static let isJoined =
        "(has(self.listener) || (has(self.tls) && has(self.tls.mode) && self.tls.mode == 'Passthrough'))"

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
                            "listener", \.listener, listener,
                            "A port of which the Route takes all connections or datagrams as they are. Then it has one rule, with "
                                + "nothing but `backendRefs` or `split` and `timeouts.streamIdle`, and neither hostnames nor TLS."
                        ),
                        Field(
                            "hostnames", \.hostnames, .list(hostname, max: 64),
                            "Hosts that the Route claims; `*.example.com` stands for one or more labels. Absent, any host."),
                        Field("tls", \.tls, tls, "Who ends TLS for the hostnames, and with which certificate."),
                        Field(
                            "rules", \.rules, .list(RouteRule.shape, max: 128), required: true,
                            "Rules; within a host the most specific match decides."),
                    ]
                )
                .rule(
                    "!has(self.tls) || !has(self.tls.clientCertificate) || (has(self.hostnames) && size(self.hostnames) > 0)",
                    "Clients show certificates to hosts; write hostnames."
                )
                .rule(
                    "!has(self.listener) || ((!has(self.hostnames) || size(self.hostnames) == 0) && !has(self.tls))",
                    "What comes to a listener names no host and is not decrypted; remove hostnames and tls."
                )
                .rule(
                    "!has(self.tls) || !has(self.tls.mode) || self.tls.mode != 'Passthrough' || (has(self.hostnames) && size(self.hostnames) > 0)",
                    "Passthrough goes by the name that clients ask for; write hostnames."
                )
                .rule(
                    "!\(isJoined) || size(self.rules) == 1",
                    "Whole connections are taken, so there is nothing to choose by; keep one rule."
                )
                .rule(
                    "!\(isJoined) || self.rules.all(r, (!has(r.matches) || size(r.matches) == 0) && (!has(r.filters) || size(r.filters) == 0)"
                        + " && !has(r.retry) && !has(r.hedge) && !has(r.deprecation) && (!has(r.timeouts) || (!has(r.timeouts.request) && !has(r.timeouts.backendRequest))))",
                    "Nothing of a connection is read: remove matches, filters, retry, hedge and timeouts other than streamIdle."),
                required: true, "What the Route asks for.")
        ])
}
