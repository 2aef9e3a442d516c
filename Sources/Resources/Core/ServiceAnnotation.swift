public import Documents

/// An annotation of Martlet's on a Service: its name, syntax and meaning, said once for decoder, diagnostics and reference page.
public enum ServiceAnnotation: String, Sendable, CaseIterable {
    case expose = "martlet.dev/expose"
    case ingressClass = "martlet.dev/class"
    case loadBalancer = "martlet.dev/load-balancer"
    case hashOn = "martlet.dev/hash-on"
    case slowStart = "martlet.dev/slow-start"
    case outlierDetection = "martlet.dev/outlier-detection"
    case outlierFailures = "martlet.dev/outlier-failures"
    case connectTimeout = "martlet.dev/connect-timeout"
    case upstreamProtocol = "martlet.dev/protocol"
    case tlsServerName = "martlet.dev/tls-server-name"
    case tlsAuthority = "martlet.dev/tls-ca"
    case tlsCertificate = "martlet.dev/tls-client-certificate"
    case tlsVerify = "martlet.dev/tls-verify"
    case proxyProtocol = "martlet.dev/proxy-protocol"
    case healthCheck = "martlet.dev/health-check"
    case healthCheckPath = "martlet.dev/health-check-path"
    case healthCheckInterval = "martlet.dev/health-check-interval"
    case healthCheckTimeout = "martlet.dev/health-check-timeout"
    case healthCheckFailures = "martlet.dev/health-check-failures"
    case healthCheckSuccesses = "martlet.dev/health-check-successes"
    case maxConnections = "martlet.dev/max-connections"
    case maxPendingRequests = "martlet.dev/max-pending-requests"
    case maxRequests = "martlet.dev/max-requests"
    case maxRetries = "martlet.dev/max-retries"
    case breaker = "martlet.dev/breaker"
    case breakerMinRequests = "martlet.dev/breaker-min-requests"
    case breakerOpen = "martlet.dev/breaker-open"
    case panicThreshold = "martlet.dev/panic-threshold"
    case sessionPersistence = "martlet.dev/session-persistence"
    case sessionPersistenceName = "martlet.dev/session-persistence-name"
    case sessionPersistenceTimeout = "martlet.dev/session-persistence-timeout"
    case sessionPersistenceLifetime = "martlet.dev/session-persistence-lifetime"
    case canaryOf = "martlet.dev/canary-of"
    case canaryWeight = "martlet.dev/canary-weight"
    case canaryHeader = "martlet.dev/canary-header"
    case canaries = "martlet.dev/canaries"
    case switchTo = "martlet.dev/switch-to"
    case switchForce = "martlet.dev/switch-force"

    /// What all of Martlet's annotations begin with.
    public static let prefix = "martlet.dev/"

    /// What may stand in its value, for the reference page.
    public var syntax: String {
        switch self {
        case .expose: "`HOST[/PATH][#PORT]`"
        case .ingressClass: "name of an IngressClass"
        case .loadBalancer: ServiceOptions.LoadBalancer.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        case .hashOn: "`address`, `header:NAME`, `cookie:NAME`, `query:NAME`"
        case .slowStart: "a duration such as `30s`"
        case .outlierDetection: ServiceOptions.OutlierErrors.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        case .outlierFailures: "a number from 1 to 1000"
        case .connectTimeout: "a duration from `1ms` to `1m`"
        case .upstreamProtocol: ServiceOptions.UpstreamProtocol.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        case .tlsServerName: "a DNS name or an IP address"
        case .tlsAuthority, .tlsCertificate: "name of a Secret in the same namespace"
        case .tlsVerify, .switchForce: "`true`, `false`"
        case .proxyProtocol: ServiceOptions.ProxyProtocol.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        case .healthCheck: "`http`, `tcp`, `grpc`, `grpc:SERVICE`"
        case .healthCheckPath: "a path"
        case .healthCheckInterval, .healthCheckTimeout: "a duration such as `5s`"
        case .healthCheckFailures, .healthCheckSuccesses: "a number from 1 to 100"
        case .maxConnections, .maxRequests: "a number from 1 to 1000000"
        case .maxPendingRequests, .maxRetries: "a number from 0 to 1000000"
        case .breaker, .panicThreshold: "a percentage such as `50%`"
        case .breakerMinRequests: "a number from 1 to 1000"
        case .breakerOpen: "a duration from `1s` to `1m`"
        case .sessionPersistence: ServiceOptions.SessionKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        case .sessionPersistenceName: "name of a cookie or header"
        case .sessionPersistenceTimeout: "a duration such as `1h`"
        case .sessionPersistenceLifetime:
            ServiceOptions.SessionLifetime.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        case .canaryOf, .switchTo: "name of a Service in the same namespace"
        case .canaryWeight: "a percentage such as `10` or `12.5`"
        case .canaryHeader: "`NAME=VALUE`"
        case .canaries: "names of Services in the same namespace with commas between them, or `*`"
        }
    }

    /// One sentence for the reference page.
    public var meaning: String {
        switch self {
        case .expose:
            "Makes the Service reachable under a host and a path prefix, without a rewrite; `#PORT` names or numbers one of its ports, "
                + "the first otherwise."
        case .ingressClass: "The class of gateways that expose the Service; absent, the default class."
        case .loadBalancer: "How an endpoint is chosen; `least-request` when absent."
        case .hashOn: "What of a request chooses its endpoint with the load balancer `maglev`; `address` when absent."
        case .outlierDetection:
            "What counts as a failure of an endpoint that is left out for a while after several in a row: `failures` (tries without an answer; when "
                + "absent), `gateway` (also 502, 503, 504), `5xx`, or nothing (`off`)."
        case .outlierFailures: "How many failures in a row put an endpoint out; 5 when absent."
        case .slowStart:
            "How long an endpoint that comes takes to get its whole share, beginning with a tenth; at most an hour. Not with `maglev`."
        case .connectTimeout:
            "How long an endpoint has for accepting a connection, a handshake of TLS included; then another one is tried. `5s` when absent."
        case .upstreamProtocol: "What the endpoints speak; it beats the port's `appProtocol`."
        case .tlsServerName:
            "What endpoints that speak TLS are asked for and must have in their certificate; `SERVICE.NAMESPACE.svc` when absent, and the "
                + "external name of a Service that has one."
        case .tlsAuthority:
            "Who vouches for such endpoints: the certificates in its `ca.crt`; those whom the system trusts when absent."
        case .tlsCertificate: "What is shown to such endpoints when they ask for a certificate: its `tls.crt` and `tls.key`."
        case .tlsVerify: "With `false` such endpoints are not verified: whoever answers at their address is believed."
        case .proxyProtocol:
            "Every connection to the endpoints begins with a PROXY header of that version, which says whom it is made for; such a connection "
                + "serves one client only."
        case .healthCheck:
            "How endpoints are asked whether they are well, and left out while they are not: a GET (also by "
                + "`martlet.dev/health-check-path` alone), a connection, or gRPC's health service."
        case .healthCheckPath:
            "The path that endpoints are asked for; `/` when absent. They are well when they answer 200 to 399."
        case .healthCheckInterval: "From one question to the next, from `1s` to `1h`; `5s` when absent."
        case .healthCheckTimeout: "Most that an answer may take; `2s` when absent, and never longer than the interval."
        case .healthCheckFailures: "Failures in a row that leave an endpoint out; 3 when absent."
        case .healthCheckSuccesses: "Successes in a row that bring it back; 2 when absent."
        case .maxConnections:
            "Most connections that a replica has to all endpoints together, kept ones and sessions included; no bound when absent. Requests beyond "
                + "it wait for one."
        case .maxPendingRequests:
            "Most requests of a replica that wait for a connection because of `martlet.dev/max-connections`; 1024 when absent."
        case .maxRequests: "Most requests of a replica that are under way at a time; no bound when absent."
        case .maxRetries: "Most of them that are not at their first try; no bound but the retry budget when absent."
        case .breaker:
            "The share of tries that fail within ten seconds (by `martlet.dev/outlier-detection`) which has the Service get nothing for a while; never "
                + "when absent."
        case .breakerMinRequests: "Tries within ten seconds without which their share says nothing; 20 when absent."
        case .breakerOpen:
            "How long nothing is sent, before five requests show whether the Service is well; `5s` when absent, doubled up to a minute while it is not."
        case .panicThreshold:
            "Which share of the endpoints has to be healthy: while fewer are, requests go to all of them whatever their health; health always counts "
                + "when absent."
        case .sessionPersistence:
            "What ties a client to the endpoint that answered it first: a cookie that the gateway sets, or the value of a header that clients send."
        case .sessionPersistenceName:
            "The cookie's name (one of the Service's own when absent), or the header's."
        case .sessionPersistenceTimeout:
            "How long the cookie counts from when it was set; as long as the client keeps it when absent."
        case .sessionPersistenceLifetime:
            "`session` (when absent): a browser drops the cookie when it ends. `permanent`: it keeps it for `martlet.dev/session-persistence-timeout`."
        case .canaryOf:
            "The Service is a canary of that one: it gets a part of its requests, whatever route brings them, if that one's `martlet.dev/canaries` "
                + "or the install (`--allow-canaries`) allows it."
        case .canaryWeight:
            "Which share of that Service's requests the canary gets while it has a ready endpoint; none when absent."
        case .canaryHeader:
            "Requests with this field get the canary whatever the share; beside `NAME=always`, a request with `NAME: never` never gets it."
        case .canaries: "Which Services may be canaries of this one; none when absent."
        case .switchTo:
            "All of the Service's requests go to that Service instead, whatever route brings them, while that one has a ready endpoint."
        case .switchForce: "With `true` they go there although no endpoint is ready, and are answered with 503."
        }
    }

    /// Where it stands in the object.
    public var path: FieldPath { Self.path(of: rawValue) }

    public static func path(of annotation: String) -> FieldPath {
        FieldPath([.member("metadata"), .member("annotations"), .member(annotation)])
    }
}
