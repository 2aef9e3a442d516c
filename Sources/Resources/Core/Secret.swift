public import Documents

/// A Secret. Values stay encoded until they are used.
public struct Secret: Resource {
    public static let kind = ResourceKind(group: "", version: "v1", kind: "Secret", plural: "secrets")

    /// The type of Secrets that hold a certificate and its key.
    public static let certificateType = "kubernetes.io/tls"

    /// The key under which a Secret of any type holds who vouches for others.
    public static let authorityKey = "ca.crt"

    public var metadata = ObjectMeta()
    public var type = "Opaque"
    /// Base64, as the API carries it.
    public var data: [String: String] = [:]
    /// Plain text, as files may write it; an API server has merged it into `data`.
    public var stringData: [String: String] = [:]
    /// Only the keys are known: the values were dropped because nothing refers to the Secret.
    public var isElided = false
    public init() {}

    /// The type of the Secret by which replicas know one another.
    public static let peersType = "martlet.dev/peers"

    /// Field selector of the Secrets that could matter to a gateway. Helm's releases and the tokens of service accounts are most Secrets
    /// of many clusters, and nobody means them by a certificate; what replicas prove to one another is no Route's business.
    public static let selector = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,type!=\(peersType)"

    public static let shape = Shape<Secret>.object(
        "Secret", Secret(), isOpen: true,
        [
            Field("type", \.type, .string, "kubernetes.io/tls for certificates."),
            Field("data", \.data, .strings, "Base64 values by key."),
            Field("stringData", \.stringData, .strings, "Plain values by key."),
        ])
}

/// A ConfigMap.
public struct ConfigMap: Resource {
    public static let kind = ResourceKind(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps")

    public var metadata = ObjectMeta()
    public var data: [String: String] = [:]
    public init() {}

    public static let shape = Shape<ConfigMap>.object(
        "ConfigMap", ConfigMap(), isOpen: true, [Field("data", \.data, .strings, "Values by key.")])
}

/// A Namespace: only its labels and annotations matter here.
public struct Namespace: Resource {
    public static let kind = ResourceKind(group: "", version: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false)

    public var metadata = ObjectMeta()
    public init() {}

    public static let shape = Shape<Namespace>.object("Namespace", Namespace(), isOpen: true, [])
}
