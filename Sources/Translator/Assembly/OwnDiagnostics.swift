import Base
import Documents
import Graph
import Resources

/// What is wrong with an object whoever refers to it. Ingresses and Routes are judged with their parts, and only if they are ours.
enum OwnDiagnostics {
    static func of(_ object: ObjectReference, _ snapshot: Snapshot, _ settings: TranslatorSettings) -> [Diagnostic] {
        let key = ObjectKey(object)
        return switch object.kind {
        case Service.kind.kind: snapshot.services[key].map { $0.isPlain ? [] : service($0) } ?? []
        case EndpointSlice.kind.kind: snapshot.slices[key].map { $0.isPlain ? [] : slice($0, settings) } ?? []
        case Secret.kind.kind: snapshot.secrets[key].map { $0.isPlain ? [] : common($0) } ?? []
        case IngressClass.kind.kind: snapshot.classes[key].map { ingressClass($0, settings) } ?? []
        case Namespace.kind.kind: snapshot.namespaces[key].map { $0.isPlain ? [] : common($0) } ?? []
        case Rollout.kind.kind: snapshot.rollouts[key].map { rollout($0, snapshot, settings) } ?? []
        default: []
        }
    }

    /// Most objects are plain, and are not looked at again for it.
    static func isPlain<R: Resource>(_ resource: R) -> Bool {
        guard !resource.metadata.annotations.keys.contains(where: ObjectMeta.matters) else { return false }
        guard let slice = resource as? EndpointSlice else { return !(resource is IngressClass || resource is Rollout) }
        return slice.addressType != "FQDN"
            && slice.endpoints.allSatisfy { endpoint in
                endpoint.addresses.first.map { refusal($0, allowsLoopback: false) == nil } ?? true
            }
    }

    private static func common<R>(_ stored: Stored<R>) -> [Diagnostic] {
        let origin = Origin(stored)
        return stored.problems.map { $0.diagnostic(at: origin, condition: "") }
            + AnnotationCheck.diagnostics(stored.resource.metadata, at: origin)
    }

    private static func service(_ stored: Stored<Service>) -> [Diagnostic] {
        var problems = FieldProblems()
        let service = stored.resource
        let options = ServiceOptions(service.metadata.annotations, problems: &problems)
        let origin = Origin(stored)
        return common(stored) + problems.all.map { $0.diagnostic(at: origin, condition: "") }
            + EndpointTLSCheck.diagnostics(service, options, at: origin) + introduction(service, options, at: origin)
    }

    /// A connection that says whom it is made for carries the requests of no others, as those of HTTP/2 would.
    private static func introduction(_ service: Service, _ options: ServiceOptions, at origin: Origin) -> [Diagnostic] {
        guard options.proxyProtocol != nil else { return [] }
        let framed = service.spec.ports.first { [.h2c, .grpc].contains(ClusterMaker.upstream($0, options)) }
        guard let framed else { return [] }
        return [
            origin.diagnostic(
                .error, ServiceAnnotation.proxyProtocol.path, reason: "ProxyProtocolUnusable",
                "Port \(framed.port) speaks HTTP/2, of which one connection carries the requests of many clients, so no header can say whose "
                    + "it is: requests to it are answered with 500. Use HTTP/1.1 there, or remove this.")
        ]
    }

    private static func ingressClass(_ stored: Stored<IngressClass>, _ settings: TranslatorSettings) -> [Diagnostic] {
        let spec = stored.resource.spec
        guard stored.key.name == settings.ingressClass, spec.controller != settings.controllerName else { return common(stored) }
        let message =
            "This class is served by '\(spec.controller)', not by '\(settings.controllerName)', so its routes are not served here; "
            + "correct spec.controller, or start with another --ingress-class."
        let origin = Origin(stored)
        return common(stored) + [origin.diagnostic(.warning, "spec.controller", reason: "ForeignController", message)]
    }

    private static func rollout(
        _ stored: Stored<Rollout>, _ snapshot: Snapshot, _ settings: TranslatorSettings
    ) -> [Diagnostic] {
        let check = RolloutCheck(snapshot: snapshot, settings: settings)
        guard check.isOurs(stored, Classes(snapshot.classes, settings)) else { return [] }
        let own = common(stored).filter { $0.path.steps.first != .member("status") }
        guard case .failure(let refusal) = check.place(of: stored),
            !own.contains(where: { $0.severity == .error })
        else { return own }
        return own + [
            Origin(stored).diagnostic(
                .error, refusal.path, condition: Refusal.accepted, reason: refusal.reason, refusal.message)
        ]
    }

    // MARK: Endpoints

    private static func slice(_ stored: Stored<EndpointSlice>, _ settings: TranslatorSettings) -> [Diagnostic] {
        let origin = Origin(stored)
        let slice = stored.resource
        var found = common(stored)
        if slice.addressType == "FQDN" {
            found.append(
                origin.diagnostic(
                    .warning, "addressType", reason: "EndpointUnusable",
                    "Endpoints with names are not used; write IP addresses, or use a Service of type ExternalName."))
            return found
        }
        let list: FieldPath = "endpoints"
        for (i, endpoint) in slice.endpoints.enumerated() {
            guard let text = endpoint.addresses.first, let wrong = refusal(text, allowsLoopback: settings.allowsLoopback) else {
                continue
            }
            found.append(
                origin.diagnostic(
                    .warning, list[i]["addresses"], reason: "EndpointUnusable",
                    "'\(text)' \(wrong), so it gets no requests; write another."))
            // One is enough to say what is wrong with a slice.
            break
        }
        return found
    }

    /// What the proxy will never connect to, whoever asks.
    private static func refusal(_ text: String, allowsLoopback: Bool) -> String? {
        guard let address = IPAddress(text) else { return "is no IP address" }
        if address.isLoopback { return allowsLoopback ? nil : "is a loopback address" }
        if address.isLinkLocal { return "is a link-local address" }
        return address.isUnspecified || address.isMulticast ? "is no address of one endpoint" : nil
    }
}
