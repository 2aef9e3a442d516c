public import Documents

/// networking.k8s.io/v1 Ingress.
public struct Ingress: Resource {
    public static let kind = ResourceKind(group: "networking.k8s.io", version: "v1", kind: "Ingress", plural: "ingresses")

    public enum PathType: String, Sendable, CaseIterable {
        case exact = "Exact"
        case prefix = "Prefix"
        case implementationSpecific = "ImplementationSpecific"
    }

    public struct ServicePort: Equatable, Sendable {
        public var name: String?
        public var number: Int?
        public init() {}
    }

    public struct ServiceBackend: Equatable, Sendable {
        public var name = ""
        public var port = ServicePort()
        public init() {}
    }

    public struct Backend: Equatable, Sendable {
        public var service: ServiceBackend?
        /// An object of another kind: kept only so that a diagnostic can name it.
        public var resource: Value?
        public init() {}
    }

    public struct Path: Equatable, Sendable {
        public var path: String?
        public var pathType: PathType?
        public var backend = Backend()
        public init() {}
    }

    public struct HTTP: Equatable, Sendable {
        public var paths: [Path] = []
        public init() {}
    }

    public struct Rule: Equatable, Sendable {
        public var host: String?
        public var http: HTTP?
        public init() {}
    }

    public struct TLS: Equatable, Sendable {
        public var hosts: [String] = []
        public var secretName: String?
        public init() {}
    }

    public struct Spec: Equatable, Sendable {
        public var ingressClassName: String?
        public var defaultBackend: Backend?
        public var rules: [Rule] = []
        public var tls: [TLS] = []
        public init() {}
    }

    public var metadata = ObjectMeta()
    public var spec = Spec()
    public init() {}

    private static let backend = Shape<Backend>.object(
        "IngressBackend", Backend(),
        [
            Field(
                "service", \.service,
                .object(
                    "IngressServiceBackend", ServiceBackend(),
                    [
                        Field("name", \.name, .string, required: true, "Name of a Service in the same namespace."),
                        Field(
                            "port", \.port,
                            .object(
                                "ServiceBackendPort", ServicePort(),
                                [
                                    Field("name", \.name, .string, "Name of the Service's port."),
                                    Field("number", \.number, .port, "Number of the Service's port."),
                                ]), "Port of the Service."),
                    ]), "A Service."),
            Field("resource", \.resource, .anything(), "An object of another kind; refused."),
        ])

    private static let path = Shape<Path>.object(
        "HTTPIngressPath", Path(),
        [
            Field("path", \.path, .string, "Path to match."),
            Field("pathType", \.pathType, .choice(), required: true, "How the path is matched."),
            Field("backend", \.backend, backend, required: true, "Where requests go."),
        ])

    private static let rule = Shape<Rule>.object(
        "IngressRule", Rule(),
        [
            Field("host", \.host, .string, "Host to match; `*.example.com` stands for one label."),
            Field(
                "http", \.http,
                .object(
                    "HTTPIngressRuleValue", HTTP(), [Field("paths", \.paths, .list(path, max: 10_000), required: true, "Paths.")]),
                "Paths of the host."),
        ])

    public static let shape = Shape<Ingress>.object(
        "Ingress", Ingress(), ignoring: envelope,
        [
            Field(
                "spec", \.spec,
                .object(
                    "IngressSpec", Spec(),
                    [
                        Field("ingressClassName", \.ingressClassName, .string, "Class that serves the Ingress."),
                        Field("defaultBackend", \.defaultBackend, backend, "Where requests go that no rule takes."),
                        Field("rules", \.rules, .list(rule, max: 10_000), "Rules by host."),
                        Field(
                            "tls", \.tls,
                            .list(
                                .object(
                                    "IngressTLS", TLS(),
                                    [
                                        Field("hosts", \.hosts, .list(.string, max: 1000), "Hosts that the certificate serves."),
                                        Field("secretName", \.secretName, .string, "Secret of type kubernetes.io/tls."),
                                    ]), max: 1000), "Certificates."),
                    ]), "What the Ingress asks for.")
        ])
}
