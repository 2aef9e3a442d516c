import ArgumentParser
import Base
import Configuration
import Controller
import Documents
import Engine
import Foundation
import Kubernetes
import LastGood
import Resources
import Telemetry
import Translator

/// `martlet serve`: controller and proxy.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway: watch a cluster or a folder of manifests, and proxy.",
        discussion: """
            Without --manifests, --kubeconfig or --context the pod's service account is used if there is one, and the kubeconfig otherwise.
            SIGTERM and SIGINT drain and end it; SIGHUP reopens the access log.
            Each option is also a variable of the environment (--access-log: MARTLET_ACCESS_LOG, lists with commas) and a line of the \
            file that --config names (access-log: -). Flags come before the environment, the environment before the file.
            """)

    @Option(help: "A YAML file of options: their long names without dashes, lists for those that may be repeated.")
    var config: String?

    @Option(help: "Watch this folder of manifests; no cluster is needed.")
    var manifests: String?

    @Option(help: "A kubeconfig file (default: the pod's service account, $KUBECONFIG, ~/.kube/config).")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig to use.")
    var context: String?

    @OptionGroup(title: "What is watched") var scope: ScopeOptions

    @OptionGroup(title: "Addresses") var addresses: AddressOptions

    @Option(help: "Health, readiness and metrics for kubelet and Prometheus, ADDR:PORT.")
    var probes: SocketAddressOption?

    @OptionGroup(title: "Replicas") var peers: PeerOptions

    @OptionGroup(title: "Proxy") var proxy: ProxyOptions

    @OptionGroup(title: "Lifecycle") var lifecycle: LifecycleOptions

    @Option(name: .customLong("ingress-class"), help: "The class whose Ingresses and Routes are served.")
    var ingressClass = "martlet"

    @Option(name: .customLong("controller-name"), help: "The name under which status is written.")
    var controllerName = "martlet.dev/ingress-controller"

    @Option(
        name: .customLong("default-certificate"),
        help: ArgumentHelp(
            "The Secret of type kubernetes.io/tls for clients that ask for a name that no route has a certificate for, or for none.",
            valueName: "namespace/name"))
    var defaultCertificate: SecretOption?

    @Option(
        name: .customLong("publish-address"), help: "An address or name to write into the status of Ingresses; may be repeated.")
    var publishAddresses: [String] = []

    @Option(name: .customLong("publish-service"), help: "NAMESPACE/NAME of the Service whose addresses are written there.")
    var publishService: String?

    @Option(help: "The zone that this gateway runs in: endpoints meant for clients there are preferred.")
    var zone: String?

    @Option(help: "The node that it runs on, likewise.")
    var node: String?

    @Flag(name: .customLong("allow-external-names"), help: "Let Services of type ExternalName be upstreams.")
    var allowsExternalNames = false

    @Flag(name: .customLong("shared-hosts"), help: "Let Routes of several namespaces share a hostname.")
    var sharesHosts = false

    @Flag(
        name: .customLong("allow-canaries"),
        help: "Let Services be canaries of others in their namespace without those saying so in martlet.dev/canaries.")
    var allowsCanaries = false

    /// For trying and tests: loopback endpoints are upstreams although an API server named them.
    @Flag(name: .customLong("allow-loopback"), help: .hidden)
    var allowsLoopback = false

    func validate() throws {
        if manifests != nil, peers.peer != nil {
            throw ValidationError("--peer needs a cluster in which replicas find one another; leave it out with --manifests.")
        }
        if manifests != nil, kubeconfig != nil || context != nil || scope.isNarrowed {
            throw ValidationError(
                "--manifests needs no cluster: leave out --kubeconfig, --context, --watch-namespace and --watch-secret.")
        }
        if let name = defaultCertificate?.name, !scope.namespaces.isEmpty, !scope.namespaces.contains(name.namespace) {
            throw ValidationError(
                "--default-certificate \(name) lies in no namespace that is watched; add --watch-namespace \(name.namespace).")
        }
        if let publishService, publishService.split(separator: "/").count != 2 {
            throw ValidationError("--publish-service '\(publishService)' is not NAMESPACE/NAME.")
        }
    }

    func run() async throws {
        let log = ProcessLog.sink()
        let gateway = try Gateway(settings(), log: log)
        let signal = await Signals.wait(reopen: {
            gateway.reopenAccessLog()
            log(LogEvent(.info, "the access log was reopened"))
        })
        let (delay, timeout) = (lifecycle.drainDelay, lifecycle.drainTimeout)
        log(
            LogEvent(
                .info, "draining; a second signal ends it at once",
                ["signal": signal, "delay": "\(delay)", "timeout": "\(timeout)"]))
        // It blocks, which threads of the pool must not.
        let report = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: gateway.stop(after: delay.duration, within: timeout.duration))
            }
        }
        log(report.event)
        if report.cut > 0 { throw Failure(status: .cut, description: "") }
    }

    // MARK: - Options as settings

    private func settings() throws(Failure) -> GatewaySettings {
        var settings = GatewaySettings(source: try source(), admin: addresses.admin.socketAddress)
        settings.http = addresses.http.socketAddresses
        // `validate` has found nothing wrong with them.
        settings.https = (try? addresses.sealedListeners()) ?? []
        settings.tcp = addresses.tcp.map(\.socketAddress)
        settings.udp = addresses.udp.map(\.socketAddress)
        settings.probes = probes?.socketAddress
        if case .cluster(let access, _) = settings.source {
            let own = ProcessInfo.processInfo.environment["POD_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 }
            settings.peer = peers.settings(own: own ?? access.namespace)
        }
        settings.proxy = proxy.settings
        settings.translator.ingressClass = ingressClass
        settings.translator.controllerName = controllerName
        settings.translator.allowsExternalNames = allowsExternalNames
        settings.translator.sharesHosts = sharesHosts
        settings.translator.allowsCanaries = allowsCanaries
        settings.translator.allowsLoopback = manifests != nil || allowsLoopback
        settings.translator.zone = zone
        settings.translator.node = node
        settings.translator.isDefaultClass = manifests != nil
        settings.translator.defaultCertificate = defaultCertificate.map {
            ObjectReference(kind: "Secret", namespace: $0.name.namespace, name: $0.name.name)
        }
        settings.publishAddresses = publishAddresses
        settings.publishService = publishService
        settings.identity = identity
        settings.options = LayeredOptions.current?.page ?? []
        settings.snapshot = SnapshotSettings(
            place: manifests == nil ? SnapshotPlace(lifecycle.snapshotDirectory) : .none,
            maximumAge: lifecycle.snapshotMaxAge.duration)
        if manifests == nil {
            let (kubeconfig, context) = (kubeconfig, context)
            settings.findAccess = { try? Self.access(kubeconfig: kubeconfig, context: context) }
        }
        return settings
    }

    private func source() throws(Failure) -> GatewaySettings.Source {
        if let manifests { return .manifests(manifests) }
        do {
            return .cluster(try Self.access(kubeconfig: kubeconfig, context: context), scope.scope(with: defaultCertificate))
        } catch {
            throw .unreachable(error.description)
        }
    }

    /// In a pod its own cluster, whatever `KUBECONFIG` says, unless a flag says otherwise.
    private static func access(kubeconfig: String?, context: String?) throws(AccessError) -> ClusterAccess {
        let environment = ProcessInfo.processInfo.environment
        if kubeconfig == nil, context == nil, ClusterAccess.hasServiceAccount(environment: environment) {
            return try .inCluster(environment: environment)
        }
        return try .find(kubeconfig: kubeconfig, context: context, environment: environment)
    }

    /// The pod's name where there is one, and something that no other process has.
    private var identity: String {
        let environment = ProcessInfo.processInfo.environment
        let name = environment["POD_NAME"] ?? environment["HOSTNAME"] ?? ProcessInfo.processInfo.hostName
        return "\(name)_\(UUID().uuidString.prefix(8).lowercased())"
    }
}
