import Base
import Engine
import Graph
import Kubernetes
import Telemetry
import Translator

/// What one gateway is made of: the options of `serve`, or what `dev` chooses.
struct GatewaySettings: Sendable {
    enum Source: Sendable {
        case manifests(String)
        /// Namespaces: empty for all.
        case cluster(ClusterAccess, namespaces: [String])
    }

    var source: Source
    var http: [SocketAddress] = []
    var https: [SocketAddress] = []
    var admin: SocketAddress
    var probes: SocketAddress?
    var proxy = ProxySettings()
    /// `listeners` is filled in by the gateway, from what it really bound.
    var translator = TranslatorSettings()
    var publishAddresses: [String] = []
    /// `namespace/name`
    var publishService: String?
}

/// A running gateway: controller, proxy and admin pages, joined in `Wiring.swift`.
final class Gateway: Sendable {
    /// Binds everything and starts. Throws `Failure` with code 3 when an address is taken.
    init(_ settings: GatewaySettings, log: @escaping LogSink) throws {}

    /// Where plain HTTP is really accepted.
    var http: [SocketAddress] { [] }
    var admin: SocketAddress { SocketAddress(.v4Loopback, 0) }

    /// Blocks until the first graph is served; false after `limit`.
    func waitUntilReady(within limit: Duration) -> Bool { false }

    /// Drains and ends it. - Returns: whether every request finished.
    func stop(within limit: Duration) -> Bool { true }
}
