public import Graph
public import Resources

/// What the install says about translation: the flags of `martlet serve`.
public struct TranslatorSettings: Sendable, Equatable {
    /// The class whose Ingresses and Routes are ours.
    public var ingressClass = "martlet"
    /// Under which name statuses are reported, and which IngressClasses are ours by `spec.controller`.
    public var controllerName = "martlet.dev/ingress-controller"
    /// Objects without any class are ours although no IngressClass is marked as default (`dev`, `--manifests`).
    public var isDefaultClass = false
    /// Listeners of the default class, as the flags declare them; in the graph even when no route uses them.
    public var listeners: [ListenerKey] = []
    /// What the flags will be is not known (`martlet check`): a port that a Route claims counts as declared.
    public var takesAnyPort = false
    /// Pods are to be seen. Files alone (`martlet check`) say nothing of whether any is ready.
    public var knowsEndpoints = true
    /// `--allow-external-names`
    public var allowsExternalNames = false
    /// Loopback endpoints may be upstreams (`dev`, `--manifests`).
    public var allowsLoopback = false
    /// `--shared-hosts`: Routes of several namespaces may share a hostname.
    public var sharesHosts = false
    /// `--allow-canaries`: Services need not name their canaries.
    public var allowsCanaries = false
    /// `martlet.dev/expose` works in every namespace, not only in those labelled for it.
    public var exposesEverywhere = true
    /// Namespace of objects in files that name none.
    public var defaultNamespace = "default"

    /// `--default-certificate`: the Secret that is presented where no route names one for what a client asks for.
    public var defaultCertificate: ObjectReference?

    public init() {}
}
