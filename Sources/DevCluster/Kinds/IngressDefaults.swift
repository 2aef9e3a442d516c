import Documents

/// Kubernetes' admission plugin DefaultIngressClass: a new Ingress that names no class gets the default one.
enum IngressDefaults {
    private static let oldAnnotation = "kubernetes.io/ingress.class"
    private static let marker = "ingressclass.kubernetes.io/is-default-class"

    /// Of several default classes the newest is taken, and of equally old ones the first by name.
    static func assignClass(_ ingress: inout Value, from classes: some Sequence<StoredObject>) {
        guard ingress[at: "spec", "ingressClassName"] == nil,
            ingress[at: "metadata", "annotations", oldAnnotation] == nil
        else { return }
        let chosen = classes.filter { $0.value[at: "metadata", "annotations", marker]?.string == "true" }
            .min { ($1.createdAt, $0.key.name) < ($0.createdAt, $1.key.name) }
        guard let chosen else { return }
        var spec = ingress["spec"] ?? [:]
        spec["ingressClassName"] = .string(chosen.key.name)
        ingress["spec"] = spec
    }

    static func warnings(_ ingress: Value) -> [String] {
        guard ingress[at: "metadata", "annotations", oldAnnotation] != nil else { return [] }
        return ["annotation \"\(oldAnnotation)\" is deprecated, please use 'spec.ingressClassName' instead"]
    }
}

extension StoredObject {
    fileprivate var createdAt: String { value[at: "metadata", "creationTimestamp"]?.string ?? "" }
}
