import Documents
import Graph
import Resources

/// Makes a cluster from a Service's port.
enum ClusterMaker {
    static func cluster(
        _ id: ClusterID, _ reference: ClusterReference, _ service: Service, _ settings: TranslatorSettings
    ) -> Cluster {
        let options = options(of: service)
        let upstream = upstream(port(reference, service), options)
        return Cluster(
            id: id, upstream: upstream, balancer: options.loadBalancer?.balancer ?? .leastRequest,
            discovery: discovery(reference, service), allowsLoopback: settings.allowsLoopback,
            tls: upstream.isSealed ? tls(service, options.tls) : nil)
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
        service.spec.ports.first { $0.port == reference.port && $0.transport == "TCP" }
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

extension ServiceOptions.LoadBalancer {
    fileprivate var balancer: Cluster.Balancer {
        switch self {
        case .leastRequest: .leastRequest
        case .roundRobin: .roundRobin
        case .random: .random
        }
    }
}
