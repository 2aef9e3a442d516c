import Documents
import Graph
import Resources

/// Makes a cluster from a Service's port.
enum ClusterMaker {
    static func cluster(
        _ id: ClusterID, _ reference: ClusterReference, _ service: Service, _ settings: TranslatorSettings, detour: Detour? = nil,
        _ demands: ClusterDemands = []
    ) -> Cluster {
        let options = options(of: service)
        // What datagrams say is nobody's business, and nothing can be said before them.
        let upstream: Cluster.Upstream = reference.transport == .udp ? .udp : upstream(port(reference, service), options)
        return Cluster(
            id: id, upstream: upstream, balancer: options.loadBalancer?.balancer ?? .leastRequest,
            discovery: discovery(reference, service), allowsLoopback: settings.allowsLoopback,
            tls: upstream.isSealed ? tls(service, options.tls) : nil,
            introduction: upstream == .udp ? nil : options.proxyProtocol?.introduction,
            connectTimeout: options.connectTimeout ?? Cluster.usualTimeout,
            hashKey: options.loadBalancer == .maglev ? options.hashKey?.key ?? .address : .address,
            slowStart: options.slowStart ?? .zero, outliers: outliers(options),
            healthCheck: upstream == .udp ? nil : options.healthCheck.map(check), protection: protection(options.protection),
            detour: detour, sessions: upstream == .udp ? nil : sessions(id, service, options, isTied: demands.contains(.ties)),
            ruleBalancers: demands.balancers)
    }

    /// - Parameter isTied: a rule that leads there ties clients to its endpoints.
    private static func sessions(
        _ id: ClusterID, _ service: Service, _ options: ServiceOptions, isTied: Bool
    ) -> ClusterSessions? {
        guard isTied || options.session != nil else { return nil }
        // No client knows a Service's UID. Services in files have none: then whoever knows their names can find out addresses.
        let uid = service.metadata.uid
        return ClusterSessions(
            salt: ClusterSessions.Salt(of: uid.isEmpty ? service.metadata.key : uid.description),
            persistence: options.session.map { EndpointPersistence($0, of: id) })
    }

    private static func check(_ options: ServiceOptions.HealthCheck) -> HealthCheck {
        let question: HealthCheck.Question =
            switch options.question {
            case .http(let path): .http(path: path)
            case .tcp: .tcp
            case .grpc(let service): .grpc(service: service)
            }
        var check = HealthCheck(question)
        if let interval = options.interval { check.interval = interval }
        check.timeout = min(options.timeout ?? check.timeout, check.interval)
        if let failures = options.failures { check.failures = failures }
        if let successes = options.successes { check.successes = successes }
        return check
    }

    private static func protection(_ options: ServiceOptions.Protection) -> ClusterProtection {
        var protection = ClusterProtection(
            limits: ClusterProtection.Limits(
                connections: options.maxConnections, pending: options.maxPendingRequests, requests: options.maxRequests,
                retries: options.maxRetries),
            panicThreshold: options.panicThreshold ?? 0)
        if let share = options.breaker {
            var breaker = ClusterProtection.Breaker(share: share)
            if let minimum = options.breakerMinRequests { breaker.minimum = minimum }
            if let open = options.breakerOpen { breaker.open = open }
            protection.breaker = breaker
        }
        return protection
    }

    private static func outliers(_ options: ServiceOptions) -> Cluster.OutlierDetection {
        var outliers = Cluster.OutlierDetection()
        if let errors = options.outlierErrors { outliers.errors = errors.errors }
        if let limit = options.outlierFailures { outliers.limit = UInt32(limit) }
        return outliers
    }

    static func options(of service: Service) -> ServiceOptions {
        // What is wrong with an annotation is said where the Service's own diagnostics are made.
        var problems = FieldProblems()
        return ServiceOptions(service.metadata.annotations, problems: &problems)
    }

    /// What the endpoints speak: the annotation's word before the port's.
    static func upstream(_ port: Service.Port?, _ options: ServiceOptions) -> Cluster.Upstream {
        options.upstreamProtocol?.upstream ?? port?.appProtocol.flatMap(upstream(appProtocol:)) ?? .http
    }

    /// What this version of the proxy speaks to endpoints.
    static let spoken: Set<Cluster.Upstream> = [.http, .https, .h2c, .grpc, .h2, .grpcs]

    private static func tls(_ service: Service, _ options: ServiceOptions.TLS) -> EndpointTLS {
        let namespace = service.metadata.namespace
        let external = service.spec.type == "ExternalName" ? ExternalName(service.spec.externalName ?? "")?.text : nil
        let secret = { (name: String) in ObjectKey(namespace, name).description }
        return EndpointTLS(
            serverName: options.serverName ?? external ?? "\(service.metadata.name).\(namespace).svc",
            authority: options.isVerified ? options.authority.map(secret) : nil, certificate: options.certificate.map(secret),
            isVerified: options.isVerified)
    }

    static func port(_ reference: ClusterReference, _ service: Service) -> Service.Port? {
        service.spec.ports.first { $0.port == reference.port && $0.transport == reference.transport.word }
    }

    private static func discovery(_ reference: ClusterReference, _ service: Service) -> Cluster.Discovery {
        guard service.spec.type == "ExternalName", let name = ExternalName(service.spec.externalName ?? ""),
            let port = UInt16(exactly: reference.port)
        else { return .published }
        return .dns(name: name.text, port: port)
    }

    /// KEP-3726 and the names that others use; nil when we do not know it.
    static func upstream(appProtocol text: String) -> Cluster.Upstream? {
        switch text.lowercased() {
        case "http", "kubernetes.io/ws", "ws": .http
        case "https", "kubernetes.io/wss", "wss": .https
        case "kubernetes.io/h2c", "h2c": .h2c
        case "kubernetes.io/h2", "h2": .h2
        case "grpc": .grpc
        case "grpcs": .grpcs
        default: nil
        }
    }
}

extension ServiceOptions.UpstreamProtocol {
    fileprivate var upstream: Cluster.Upstream {
        switch self {
        case .http: .http
        case .h2c: .h2c
        case .grpc: .grpc
        case .https: .https
        case .h2: .h2
        case .grpcs: .grpcs
        }
    }
}

extension ServiceOptions.ProxyProtocol {
    fileprivate var introduction: Cluster.Introduction {
        switch self {
        case .v1: .v1
        case .v2: .v2
        }
    }
}

extension ServiceOptions.LoadBalancer {
    fileprivate var balancer: Cluster.Balancer {
        switch self {
        case .leastRequest: .leastRequest
        case .roundRobin: .roundRobin
        case .random: .random
        case .peakEWMA: .peakEWMA
        case .maglev: .maglev
        }
    }
}

extension ServiceOptions.OutlierErrors {
    fileprivate var errors: Cluster.OutlierDetection.Errors {
        switch self {
        case .off: .off
        case .failures: .failures
        case .gateway: .gateway
        case .server: .server
        }
    }
}

extension ServiceOptions.HashKey {
    var key: Cluster.HashKey {
        switch self {
        case .address: .address
        case .header(let name): .header(name)
        case .cookie(let name): .cookie(name)
        case .query(let name): .query(name)
        }
    }
}
