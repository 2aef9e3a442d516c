import Base
import Controller
import DevCluster
import Engine
import Foundation
import Kubernetes
import Telemetry
import Translator

/// A development cluster with its sample backends, and a gateway that serves it: one process, on loopback.
final class DevWorld: Sendable {
    struct Options: Sendable {
        var http: [SocketAddress]
        var https: [SocketAddress]
        var tcp: [SocketAddress]
        var udp: [SocketAddress]
        var admin: SocketAddress
        var apiPort: UInt16
        var proxy: ProxySettings
    }

    let gateway: Gateway
    let url: String
    private let cluster: DevCluster
    private let workloads: Workloads

    init(_ options: Options, _ state: DevState, log: @escaping LogSink) throws {
        let api = FreePort.instead(of: SocketAddress(.v4Loopback, options.apiPort), for: "the API server")
        cluster = try Self.cluster(port: api.port, state, log)
        url = cluster.url
        workloads = try Workloads(
            cluster.store, complain: { log(LogEvent(.warning, "the development cluster could not write", ["reason": $0])) },
            start: Self.startBackend)
        do {
            try SampleWorld.create(in: cluster.store)
            if !options.https.isEmpty {
                let now = Int64(Date().timeIntervalSince1970)
                try SampleCertificate.ensure(in: cluster.store, authority: state.authority, now: now)
            }
            workloads.run()
            try cluster.writeKubeconfig(to: state.kubeconfig)
            gateway = try Gateway(Self.settings(options, kubeconfig: state.kubeconfig), log: log)
        } catch {
            workloads.stop()
            cluster.stop()
            throw error is Failure ? error : Failure.unreachable("\(error)")
        }
    }

    private static func cluster(port: UInt16, _ state: DevState, _ log: @escaping LogSink) throws(Failure) -> DevCluster {
        var settings = DevCluster.Settings()
        settings.store.podsEndGracefully = true
        settings.credentialsDirectory = state.credentials
        settings.disk = state.disk
        settings.complain = { log(LogEvent(.warning, "an earlier run ended in mid-write", ["what": $0])) }
        do {
            return try DevCluster(port: port, settings: settings)
        } catch {
            throw .unreachable("\(error)")
        }
    }

    private static let startBackend: BackendStarter = { version, name in
        let backend = try SampleBackend(.v4Loopback, port: 0, version: version, name: name)
        return RunningBackend(port: backend.port) { backend.stop() }
    }

    private static func settings(_ options: Options, kubeconfig: String) throws(Failure) -> GatewaySettings {
        let access: ClusterAccess
        do {
            access = try ClusterAccess.find(kubeconfig: kubeconfig, environment: [:])
        } catch {
            throw .unreachable("\(error)")
        }
        let admin = FreePort.instead(of: options.admin, for: "the admin pages")
        var settings = GatewaySettings(source: .cluster(access, WatchScope()), admin: admin)
        settings.http = options.http.map { FreePort.instead(of: $0, for: "the gateway") }
        settings.https = options.https.map {
            SealedListener(address: FreePort.instead(of: $0, for: "the gateway's HTTPS"))
        }
        // Routes name these ports, so that no other can take their place.
        settings.tcp = options.tcp
        settings.udp = options.udp
        settings.proxy = options.proxy
        settings.translator.allowsLoopback = true
        settings.translator.isDefaultClass = true
        settings.identity = "martlet-dev"
        return settings
    }

    /// Drains the gateway, then ends the backends and the API server.
    func stop() {
        _ = gateway.stop(within: .seconds(5))
        workloads.stop()
        cluster.stop()
    }
}
