import Documents
import Graph
import Resources

/// Makes a cluster from a Service's port.
enum ClusterMaker {
    static func cluster(
        _ id: ClusterID, _ reference: ClusterReference, _ service: Service, _ settings: TranslatorSettings
    ) -> Cluster {
        Cluster(
            id: id, upstream: upstream(port(reference, service), of: service),
            balancer: options(of: service).loadBalancer?.balancer ?? .leastRequest, discovery: discovery(reference, service),
            allowsLoopback: settings.allowsLoopback)
    }

    private static func options(of service: Service) -> ServiceOptions {
        // What is wrong with an annotation is said where the Service's own diagnostics are made.
        var problems = FieldProblems()
        return ServiceOptions(service.metadata.annotations, problems: &problems)
    }

    /// What the endpoints speak: the annotation's word before the port's.
    static func upstream(_ port: Service.Port?, of service: Service) -> Cluster.Upstream {
        options(of: service).upstreamProtocol?.upstream ?? port?.appProtocol.flatMap(upstream(appProtocol:)) ?? .http
    }

    /// What this version of the proxy speaks to endpoints.
    static let spoken: Set<Cluster.Upstream> = [.http, .h2c, .grpc]

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
        case "grpc": .grpc
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
