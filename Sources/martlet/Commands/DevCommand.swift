import ArgumentParser
import Base
import Dispatch
import Engine
import Telemetry

/// `martlet dev`: an embedded API server, sample backends and the gateway, to try and to test.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Run an embedded cluster with sample backends, and the gateway.",
        discussion: """
            For trying and testing. With --state the cluster goes on where it ended, however it ended; without, nothing outlives the process. Real kubectl works with the kubeconfig that is printed; your own is never touched.
            Ports that are taken are replaced. DIR/env, written when everything is ready, exports KUBECONFIG, HTTP, HTTPS, CACERT and ADMIN.
            """)

    @Option(name: .customLong("api-port"), help: "Port of the API server on 127.0.0.1; 0 takes a free one.")
    var apiPort: UInt16 = 6443

    @Option(help: "Where plain HTTP is accepted, ADDR:PORT; may be repeated. (default: 127.0.0.1:8080)")
    var http: [SocketAddressOption] = []

    @Option(help: "Where HTTPS is accepted, ADDR:PORT; may be repeated; 'none' accepts none. (default: 127.0.0.1:8443)")
    var https: [ListenerOption] = []

    @Option(help: "Where connections are accepted for a Route with spec.listener of protocol TCP, ADDR:PORT; may be repeated.")
    var tcp: [SocketAddressOption] = []

    @Option(help: "Where datagrams are accepted for a Route with spec.listener of protocol UDP, ADDR:PORT; may be repeated.")
    var udp: [SocketAddressOption] = []

    @Option(help: "The admin pages, ADDR:PORT.")
    var admin: SocketAddressOption = .loopback(9901)

    @Option(
        help: "Directory that keeps the cluster, kubeconfig, env and access log. (default: a temporary one, removed at the end)")
    var state: String?

    @OptionGroup(title: "Proxy") var proxy: ProxyOptions

    @Flag(help: "Log what the gateway does, and not only what goes wrong.")
    var verbose = false

    private static let readyWithin = Duration.seconds(20)

    func validate() throws {
        if let problem = ListenerOption.problem(https, "https") { throw ValidationError(problem) }
    }

    func run() async throws {
        let state = try DevState(directory: state)
        defer { state.remove() }
        let world = try DevWorld(options(state), state, log: ProcessLog.sink(from: verbose ? .info : .warning))
        defer { world.stop() }
        let gateway = world.gateway
        let isReady = await offThePool { gateway.waitUntilReady(within: Self.readyWithin) }
        guard isReady else { throw Failure.unreachable("the gateway did not become ready within \(Self.readyWithin)") }
        let address = "\(gateway.http.first ?? SocketAddress(.v4Loopback, 0))"
        let secure = gateway.https.first.map { "\($0)" } ?? ""
        try state.writeEnvironment([
            "KUBECONFIG": state.kubeconfig, "HTTP": address, "HTTPS": secure, "CACERT": secure.isEmpty ? "" : state.authority,
            "ADMIN": "\(gateway.admin)",
        ])
        Console.write(welcome(world, state, address))
        _ = await Signals.wait(reopen: { gateway.reopenAccessLog() })
    }

    private func options(_ state: DevState) -> DevWorld.Options {
        var options = DevWorld.Options(
            http: (http.isEmpty ? [.loopback(8080)] : http).map(\.socketAddress),
            https: (https.isEmpty ? [ListenerOption(.loopback(8443))] : https).socketAddresses,
            tcp: tcp.map(\.socketAddress), udp: udp.map(\.socketAddress), admin: admin.socketAddress, apiPort: apiPort,
            proxy: proxy.settings)
        if proxy.accessLog == nil { options.proxy.accessLog = .file(state.accessLog) }
        return options
    }

    private func welcome(_ world: DevWorld, _ state: DevState, _ http: String) -> String {
        """
        A development cluster runs here, for trying and testing. \(self.state == nil ? "It is gone when you end it with Ctrl-C." : "It goes on from here next time.")

          gateway      http://\(http)
          admin        http://\(world.gateway.admin)
          API server   \(world.url)
          access log   \(proxy.accessLog ?? state.accessLog)

        Try in another terminal:

          export KUBECONFIG=\(DevState.quoted(state.kubeconfig))
          kubectl get pods,services,ingresses,routes.martlet.dev
          kubectl annotate service web-v2 martlet.dev/expose=shop.example.com/v2
          curl -H 'Host: shop.example.com' http://\(http)/v2
        \(secureLine(world, state))\
          martlet explain GET http://shop.example.com/v2 --admin \(world.gateway.admin)


        """
    }

    /// What to try where HTTPS is accepted: with the name that a client would ask for.
    private func secureLine(_ world: DevWorld, _ state: DevState) -> String {
        guard let address = world.gateway.https.first else { return "" }
        let host = SampleCertificate.host
        return "  curl --cacert \(DevState.quoted(state.authority)) --connect-to \(host):443:\(address) https://\(host)/\n"
    }

    /// Runs what blocks on a thread that may.
    private func offThePool<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }
}
