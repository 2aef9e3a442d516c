public import Documents

/// Binds a class name to the controller that serves it.
public struct IngressClass: Resource {
    public static let kind = ResourceKind(
        group: "networking.k8s.io", version: "v1", kind: "IngressClass", plural: "ingressclasses", isNamespaced: false)

    public struct Spec: Equatable, Sendable {
        public var controller = ""
        public init() {}
    }

    public var metadata = ObjectMeta()
    public var spec = Spec()
    public init() {}

    /// How Ingresses named their class before there was a field; it has precedence over the field.
    public static let legacyAnnotation = "kubernetes.io/ingress.class"
    public static let defaultAnnotation = "ingressclass.kubernetes.io/is-default-class"

    /// Ingresses without a class belong to this one.
    public var isDefault: Bool { metadata.annotations[Self.defaultAnnotation] == "true" }

    public static let shape = Shape<IngressClass>.object(
        "IngressClass", IngressClass(), isOpen: true,
        [
            Field(
                "spec", \.spec,
                .object(
                    "IngressClassSpec", Spec(), isOpen: true,
                    [Field("controller", \.controller, .string, "Name of the controller that serves the class.")]),
                "What the class is.")
        ])
}
