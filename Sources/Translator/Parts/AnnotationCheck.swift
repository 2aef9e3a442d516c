import Documents
import Resources

/// Judges Martlet's annotations: what is unknown or misplaced has no effect, and says so.
enum AnnotationCheck {
    static func diagnostics(_ metadata: ObjectMeta, at origin: Origin) -> [Diagnostic] {
        metadata.annotations.keys.filter { $0.hasPrefix(ServiceAnnotation.prefix) }.sorted().compactMap { name in
            diagnostic(name, at: origin)
        }
    }

    private static func diagnostic(_ name: String, at origin: Origin) -> Diagnostic? {
        let path = ServiceAnnotation.path(of: name)
        if IngressAnnotation(rawValue: name) != nil {
            guard origin.subject.kind != Ingress.kind.kind else { return nil }
            return origin.diagnostic(
                .warning, path, reason: "MisplacedAnnotation",
                "'\(name)' works on Ingresses only and has no effect here; Routes have the filter RequestRedirect.")
        }
        if name == Rollout.commandAnnotation {
            guard origin.subject.kind != Rollout.kind.kind else { return nil }
            return origin.diagnostic(
                .warning, path, reason: "MisplacedAnnotation",
                "'\(name)' works on Rollouts only and has no effect here; remove it.")
        }
        guard ServiceAnnotation(rawValue: name) != nil else {
            // What all begin with would make everything look near.
            let all = ServiceAnnotation.allCases.map(\.rawValue) + IngressAnnotation.allCases.map(\.rawValue)
            let ends = all.map { String($0.dropFirst(ServiceAnnotation.prefix.count)) }
            let near = nearest(to: String(name.dropFirst(ServiceAnnotation.prefix.count)), among: ends)
            let hint = near.map { "did you mean '\(ServiceAnnotation.prefix)\($0)'?" } ?? "remove it."
            return origin.diagnostic(
                .warning, path, reason: "UnknownAnnotation", "Unknown annotation '\(name)' has no effect; \(hint)")
        }
        guard origin.subject.kind != Service.kind.kind else { return nil }
        return origin.diagnostic(
            .warning, path, reason: "MisplacedAnnotation", "'\(name)' works on Services only and has no effect here; remove it.")
    }
}

extension PartBuilder {
    mutating func reportAnnotations(of resource: some Resource) {
        report(AnnotationCheck.diagnostics(resource.metadata, at: origin))
    }
}
