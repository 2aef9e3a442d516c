public import Documents

/// An annotation of Martlet's on an Ingress: its name, syntax and meaning, as `ServiceAnnotation` has them for Services.
public enum IngressAnnotation: String, Sendable, CaseIterable {
    case httpsRedirect = "martlet.dev/https-redirect"

    /// What may stand in its value, for the reference page.
    public var syntax: String {
        switch self {
        case .httpsRedirect: "`true`, `false`"
        }
    }

    /// One sentence for the reference page.
    public var meaning: String {
        switch self {
        case .httpsRedirect:
            "With `true` requests that come without TLS are sent to https with 308, but for those below `/.well-known/acme-challenge/`."
        }
    }

    /// Where it stands in the object.
    public var path: FieldPath { ServiceAnnotation.path(of: rawValue) }
}
