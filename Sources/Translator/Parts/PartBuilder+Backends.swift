import Documents
import Graph
import Resources

/// A reference to a Service's port as users write it.
struct BackendName {
    enum Port {
        case number(Int)
        case name(String)
        /// The first that the Service has.
        case first
    }

    var service: ObjectKey
    var port: Port
    /// Of the reference and of its port, from the object's root.
    var path: FieldPath
    var portPath: FieldPath
}

extension PartBuilder {
    /// The cluster that a reference leads to, or why there is none (and a diagnostic).
    mutating func target(_ name: BackendName) -> Backend.Target {
        guard let stored = service(name.service) else {
            return missing(
                name.path, .backendNotFound, "Backend Service \(name.service) does not exist; create it, or name another one.")
        }
        let service = stored.resource
        if let wrong = ExternalName.refusal(service, context.settings) {
            return missing(name.path, wrong.refusal, wrong.message)
        }
        guard let port = port(name, service) else { return missing(name.portPath, .portNotFound, portMessage(name, service)) }
        if port.transport != use.transport.word {
            let what =
                switch use {
                case .requests: "HTTP needs"
                case .connections: "connections need"
                case .datagrams: "datagrams need"
                }
            return missing(
                name.portPath, .backendInvalid,
                "Port \(port.port) of Service \(name.service) is \(port.transport); \(what) a \(use.transport.word) port.")
        }
        switch use {
        case .requests: noteProtocol(port, service, name)
        case .connections: break
        case .datagrams: noteIntroduction(service, name)
        }
        return .cluster(cluster(ClusterReference(service: name.service, port: port.port, transport: use.transport)))
    }

    private mutating func missing(_ path: FieldPath, _ reason: Refusal, _ message: String) -> Backend.Target {
        refuse(path, reason, message)
        return .missing(reason: reason.rawValue)
    }

    // MARK: Ports

    private func port(_ name: BackendName, _ service: Service) -> Service.Port? {
        switch name.port {
        case .first: return service.spec.ports.first
        case .name(let text): return service.spec.ports.first { $0.name == text }
        case .number(let number):
            // A Service may have the same number for TCP and UDP.
            let found = service.spec.ports.filter { $0.port == number }
            if let port = found.first(where: { $0.transport == use.transport.word }) ?? found.first { return port }
            guard service.spec.type == "ExternalName" else { return nil }
            // Nothing is forwarded by the cluster itself: any port may be asked for (Service API, ExternalName).
            var port = Service.Port()
            port.port = number
            port.transport = use.transport.word
            return port
        }
    }

    private func portMessage(_ name: BackendName, _ service: Service) -> String {
        let ports = service.spec.ports.map { $0.name.isEmpty ? "\($0.port)" : "\($0.port) (\($0.name))" }
        let has =
            switch ports.count {
            case 0: "it has no ports at all."
            case 1: "its only port is \(ports[0])."
            default: "its ports are \(Wording.list(ports))."
            }
        return switch name.port {
        case .number(let number): "Backend Service \(name.service) has no port \(number); \(has)"
        case .name(let text): "Backend Service \(name.service) has no port named '\(text)'; \(has)"
        case .first: "Backend Service \(name.service) cannot be reached; \(has)"
        }
    }

    private mutating func noteProtocol(_ port: Service.Port, _ service: Service, _ name: BackendName) {
        let options = ClusterMaker.options(of: service)
        let upstream = ClusterMaker.upstream(port, options)
        guard ClusterMaker.spoken.contains(upstream) else {
            report(
                .warning, name.portPath, reason: "NotInForce",
                "Port \(port.port) of Service \(name.service) speaks \(upstream.rawValue), which this version does not speak to endpoints "
                    + "yet: its share is answered with 500. Use endpoints that speak HTTP/1.1.")
            return
        }
        if upstream.isSealed { noteSecrets(options.tls, service, name) }
        guard let text = port.appProtocol, ClusterMaker.upstream(appProtocol: text) == nil, text.hasPrefix("kubernetes.io/")
        else { return }
        report(
            .warning, name.portPath, reason: "UnsupportedProtocol",
            "Port \(port.port) of Service \(name.service) speaks '\(text)', which is not supported; it is spoken to in HTTP/1.1. "
                + "Set \(ServiceAnnotation.upstreamProtocol.rawValue) on the Service to say otherwise.")
    }

    private mutating func noteIntroduction(_ service: Service, _ name: BackendName) {
        guard ClusterMaker.options(of: service).proxyProtocol != nil else { return }
        report(
            .warning, name.path, reason: "NotInForce",
            "'\(ServiceAnnotation.proxyProtocol.rawValue)' of Service \(name.service) is for connections; datagrams come without a header."
        )
    }
}
