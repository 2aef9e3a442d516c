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

    /// Ingresses without a class belong to this one.
    public var isDefault: Bool { metadata.annotations["ingressclass.kubernetes.io/is-default-class"] == "true" }

    public static let shape = Shape<IngressClass>.object(
        "IngressClass", IngressClass(), isOpen: true,
        [
            Field(
                "spec", \.spec,
                .object(
                    "IngressClassSpec", Spec(), isOpen: true,
                    [Field("controller", \.controller, .string, "Name of the controller that serves the class.")]), "What the class is.")
        ])
}
