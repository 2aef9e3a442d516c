public import Documents

/// What the annotations of a Service ask for.
public struct ServiceOptions: Equatable, Sendable {
    public enum LoadBalancer: String, Sendable, CaseIterable {
        case leastRequest = "least-request"
        case roundRobin = "round-robin"
        case random
        case peakEWMA = "peak-ewma"
        case maglev
    }

    /// `martlet.dev/outlier-detection`
    public enum OutlierErrors: String, Sendable, CaseIterable {
        case off, failures, gateway
        case server = "5xx"
    }

    /// `martlet.dev/hash-on`
    public enum HashKey: Equatable, Sendable {
        case address
        case header(String)
        case cookie(String)
        case query(String)
    }

    public enum UpstreamProtocol: String, Sendable, CaseIterable { case http, h2c, grpc, https, h2, grpcs }

    /// Versions of the PROXY protocol.
    public enum ProxyProtocol: String, Sendable, CaseIterable { case v1, v2 }

    /// `martlet.dev/expose`
    public struct Exposure: Equatable, Sendable {
        public var host: String
        /// Begins with a slash.
        public var path: String
        /// Name or number of a port; nil for the first.
        public var port: String?
    }

    public var exposure: Exposure?
    public var ingressClass: String?
    public var loadBalancer: LoadBalancer?
    public var hashKey: HashKey?
    public var slowStart: Duration?
    public var outlierErrors: OutlierErrors?
    public var outlierFailures: Int?
    public var connectTimeout: Duration?
    public var healthCheck: HealthCheck?
    public var protection = Protection()
    public var session: Session?
    public var upstreamProtocol: UpstreamProtocol?
    public var proxyProtocol: ProxyProtocol?
    public var tls = TLS()
    public var canary: Canary?
    public var canaries: Canaries?
    public var switchover: Switchover?

    /// `martlet.dev/tls-…`
    public struct TLS: Equatable, Sendable {
        public var serverName: String?
        /// Names of Secrets. One that no Secret can have stays: it is not found, and nothing else takes its place.
        public var authority: String?
        public var certificate: String?
        public var isVerified = true
    }

    public init() {}

    /// Reads annotations; what cannot be used is in `problems`, the rest counts.
    public init(_ annotations: [String: String], problems: inout FieldProblems) {
        if let text = annotations[ServiceAnnotation.expose.rawValue] { exposure = Self.exposure(text, &problems) }
        if let text = annotations[ServiceAnnotation.ingressClass.rawValue], !text.isEmpty { ingressClass = text }
        loadBalancer = Self.choice(.loadBalancer, annotations, &problems)
        if let text = annotations[ServiceAnnotation.hashOn.rawValue] { hashKey = Self.hashKey(text, &problems) }
        if let text = annotations[ServiceAnnotation.slowStart.rawValue] { slowStart = Self.slowStart(text, &problems) }
        outlierErrors = Self.choice(.outlierDetection, annotations, &problems)
        outlierFailures = Self.number(.outlierFailures, upTo: 1000, annotations, &problems)
        if let text = annotations[ServiceAnnotation.connectTimeout.rawValue] {
            connectTimeout = Self.connectTimeout(text, &problems)
        }
        healthCheck = Self.healthCheck(annotations, &problems)
        protection = Protection(annotations, isFailureKnown: outlierErrors != .off, &problems)
        reportIdle(&problems)
        session = Self.session(annotations, &problems)
        upstreamProtocol = Self.choice(.upstreamProtocol, annotations, &problems)
        proxyProtocol = Self.choice(.proxyProtocol, annotations, &problems)
        if let text = annotations[ServiceAnnotation.tlsServerName.rawValue] { tls.serverName = Self.serverName(text, &problems) }
        tls.authority = annotations[ServiceAnnotation.tlsAuthority.rawValue]
        tls.certificate = annotations[ServiceAnnotation.tlsCertificate.rawValue]
        tls.isVerified = Self.choice(.tlsVerify, annotations, &problems) != Switch.false
        canary = Self.canary(annotations, &problems)
        canaries = Self.canaries(annotations, &problems)
        switchover = Self.switchover(annotations, &problems)
    }

    /// An annotation that says nothing without another one.
    static func warn(_ annotation: ServiceAnnotation, without other: String, _ problems: inout FieldProblems) {
        problems.report(
            FieldProblem(
                .warning, .invalidValue, annotation.path, "This has no effect without \(other); write both or neither."))
    }

    enum Switch: String, CaseIterable { case `true`, `false` }

    static func choice<T: RawRepresentable & CaseIterable>(
        _ annotation: ServiceAnnotation, _ annotations: [String: String], _ problems: inout FieldProblems
    ) -> T? where T.RawValue == String {
        guard let text = annotations[annotation.rawValue] else { return nil }
        if let known = T(rawValue: text) { return known }
        let values = T.allCases.map(\.rawValue)
        let hint = nearest(to: text, among: values).map { " Did you mean \($0)?" } ?? ""
        problems.invalid(annotation.path, "'\(text)' is not supported; use one of \(values.joined(separator: ", ")).\(hint)")
        return nil
    }

    private static func serverName(_ text: String, _ problems: inout FieldProblems) -> String? {
        let isName =
            (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { c in
                (48...57).contains(c) || (65...90).contains(c) || (97...122).contains(c) || "-._:".utf8.contains(c)
            }
        if isName { return text }
        problems.invalid(
            ServiceAnnotation.tlsServerName.path,
            "'\(text)' is no name of a server; write a DNS name such as pay.example.com, or an IP address.")
        return nil
    }

    /// `shop.example.com/api#http`
    private static func exposure(_ text: String, _ problems: inout FieldProblems) -> Exposure? {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts.first ?? ""
        let host = address.prefix { $0 != "/" }
        guard !host.isEmpty, parts.count == 1 || !parts[1].isEmpty else {
            problems.invalid(
                ServiceAnnotation.expose.path,
                "'\(text)' is no address; write a host, perhaps a path and a port, as in shop.example.com/api#http.")
            return nil
        }
        let path = address[host.endIndex...]
        return Exposure(
            host: String(host), path: path.isEmpty ? "/" : String(path), port: parts.count == 2 ? String(parts[1]) : nil)
    }
}
