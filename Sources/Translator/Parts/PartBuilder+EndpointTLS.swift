import Documents
import Graph
import Resources

extension PartBuilder {
    /// Looks at the Secrets that TLS to a Service's endpoints takes, and says what is wrong with them where the Service is referred to.
    mutating func noteSecrets(_ options: ServiceOptions.TLS, _ service: Service, _ name: BackendName) {
        if options.isVerified, let secret = options.authority {
            let finding = authority(of: ObjectKey(name.service.namespace, secret))
            note(finding.problem, finding.exists, .tlsAuthority, name)
        }
        if let secret = options.certificate {
            let finding = finding(of: ObjectKey(name.service.namespace, secret))
            note(finding.problem, finding.exists, .tlsCertificate, name)
        }
    }

    private mutating func note(
        _ problem: CertificateFinding.Problem?, _ exists: Bool, _ annotation: ServiceAnnotation, _ name: BackendName
    ) {
        guard let problem else { return }
        // Secrets come from elsewhere, or later: that one is not there yet is nobody's mistake.
        report(
            exists ? .error : .warning, name.portPath, condition: problem.reason.condition, reason: problem.reason.rawValue,
            "'\(annotation.rawValue)' of Service \(name.service): \(problem.message)"
                + (exists ? "" : " Until then its endpoints get no requests."))
    }
}

/// What the annotations about TLS come to whoever refers to the Service.
enum EndpointTLSCheck {
    static func diagnostics(_ service: Service, _ options: ServiceOptions, at origin: Origin) -> [Diagnostic] {
        let annotations: [ServiceAnnotation] = [.tlsServerName, .tlsAuthority, .tlsCertificate, .tlsVerify]
        guard let first = annotations.first(where: { service.metadata.annotations[$0.rawValue] != nil }) else { return [] }
        let ports = service.spec.ports.isEmpty ? [Service.Port()] : service.spec.ports
        guard ports.contains(where: { ClusterMaker.upstream($0, options).isSealed }) else {
            return [
                origin.diagnostic(
                    .warning, first.path, reason: "TLSNotUsed",
                    "'\(first.rawValue)' has no effect: TLS is not spoken to these endpoints. Set "
                        + "\(ServiceAnnotation.upstreamProtocol.rawValue): https, h2 or grpcs, or appProtocol: https on the port."
                )
            ]
        }
        guard !options.tls.isVerified else { return [] }
        return [
            origin.diagnostic(
                .warning, ServiceAnnotation.tlsVerify.path, reason: "NotVerified",
                "These endpoints are not verified: whoever answers at their addresses reads and changes what is sent. Name who vouches for "
                    + "them in \(ServiceAnnotation.tlsAuthority.rawValue), and remove this.")
        ]
    }
}
