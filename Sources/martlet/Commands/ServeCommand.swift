import ArgumentParser

/// `martlet serve`: controller and proxy.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway: watch a cluster or a folder of manifests, and proxy.",
        discussion: """
            Without --manifests, --kubeconfig or --context the pod's service account is used if there is one, and the kubeconfig otherwise.
            SIGTERM and SIGINT drain and end it; SIGHUP reopens the access log.
            """)

    @Option(help: "Watch this folder of manifests; no cluster is needed.")
    var manifests: String?

    @Option(help: "A kubeconfig file (default: the pod's service account, $KUBECONFIG, ~/.kube/config).")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig to use.")
    var context: String?

    @Option(name: .customLong("watch-namespace"), help: "Watch only this namespace; may be repeated.")
    var watchNamespaces: [String] = []

    @OptionGroup(title: "Addresses") var addresses: AddressOptions

    @Option(help: "Health, readiness and metrics for kubelet and Prometheus, ADDR:PORT.")
    var probes: SocketAddressOption?

    @OptionGroup(title: "Proxy") var proxy: ProxyOptions

    @Option(name: .customLong("ingress-class"), help: "The class whose Ingresses and Routes are served.")
    var ingressClass = "martlet"

    @Option(name: .customLong("controller-name"), help: "The name under which status is written.")
    var controllerName = "martlet.dev/ingress-controller"

    @Option(name: .customLong("publish-address"), help: "An address or name to write into the status of Ingresses; may be repeated.")
    var publishAddresses: [String] = []

    @Option(name: .customLong("publish-service"), help: "NAMESPACE/NAME of the Service whose addresses are written there.")
    var publishService: String?

    @Flag(name: .customLong("allow-external-names"), help: "Let Services of type ExternalName be upstreams.")
    var allowsExternalNames = false

    @Flag(name: .customLong("shared-hosts"), help: "Let Routes of several namespaces share a hostname.")
    var sharesHosts = false

    /// For trying and tests: loopback endpoints are upstreams although an API server named them.
    @Flag(name: .customLong("allow-loopback"), help: .hidden)
    var allowsLoopback = false

    func validate() throws {
        if manifests != nil, kubeconfig != nil || context != nil || !watchNamespaces.isEmpty {
            throw ValidationError("--manifests needs no cluster: leave out --kubeconfig, --context and --watch-namespace.")
        }
        if let publishService, publishService.split(separator: "/").count != 2 {
            throw ValidationError("--publish-service '\(publishService)' is not NAMESPACE/NAME.")
        }
    }
}
