import Documents
import Graph
import Resources

extension PartBuilder {
    /// Looks at what TLS takes where a Service's annotations send requests: no route refers to that Service, so nobody else does.
    mutating func noteDetours(_ options: ServiceOptions, _ own: Service) {
        if options.canary != nil { noteSecrets(of: own, .canaryOf) }
        guard let target = options.switchover?.target,
            let service = service(ObjectKey(subject.namespace, target))?.resource
        else { return }
        noteSecrets(of: service, .switchTo)
    }

    private mutating func noteSecrets(of service: Service, _ annotation: ServiceAnnotation) {
        let options = ClusterMaker.options(of: service)
        guard service.spec.ports.contains(where: { ClusterMaker.upstream($0, options).isSealed }) else { return }
        let key = ObjectKey(service.metadata.namespace, service.metadata.name)
        noteSecrets(
            options.tls, service, BackendName(service: key, port: .first, path: annotation.path, portPath: annotation.path))
    }
}
