public import Documents

/// An annotation of Martlet's on an Ingress.
public enum IngressAnnotation: String, Sendable, CaseIterable {
    case httpsRedirect = "martlet.dev/https-redirect"

    /// Where it stands in the object.
    public var path: FieldPath { ServiceAnnotation.path(of: rawValue) }
}
