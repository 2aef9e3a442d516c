import Admin
import Base
import Controller
import Dispatch
import Documents
import Engine
import Foundation
import Graph
import Health
import Kubernetes
import LastGood
import Peers
import Synchronization
import Telemetry
import Translator

/// What one gateway is made of: the options of `serve`, or what `dev` chooses.
struct GatewaySettings: Sendable {
    enum Source: Sendable {
        case manifests(String)
        case cluster(ClusterAccess, WatchScope)
    }

    var source: Source
    /// Looks for the cluster again when it does not believe us, or we do not believe it; nil when there is none at present.
    var findAccess: @Sendable () -> ClusterAccess? = { nil }
    var http: [SocketAddress] = []
    var https: [SealedListener] = []
    var tcp: [SocketAddress] = []
    var udp: [SocketAddress] = []
    var admin: SocketAddress
    var probes: SocketAddress?
    /// nil: this replica takes itself to be the only one.
    var peer: PeerSettings?
    var proxy = ProxySettings()
    /// `listeners` is filled in by the gateway, from what it really bound.
    var translator = TranslatorSettings()
    /// What Ingresses publish; without these and `publishService`, the addresses that are listened on.
    var publishAddresses: [String] = []
    /// `namespace/name`
    var publishService: String?
    /// Unique among replicas.
    var identity = "martlet"
    var snapshot = SnapshotSettings()
    /// The options in force and where they came from, for `/config`.
    var options: Value = []
}

/// A running gateway: controller, proxy and admin pages, joined in `Wiring.swift`.
final class Gateway: Sendable {
    private let proxy: Proxy
    private let controller: Controller
    private let lastGood: LastGood?
    private let peers: Peers?
    private let health: HealthChecker
    private let servers: [AdminServer]
    private let readiness: Readiness
    private let log: LogSink

    /// Where plain HTTP is really accepted.
    let http: [SocketAddress]
    /// Where TLS is.
    let https: [SocketAddress]
    /// Where connections and datagrams are taken as they are.
    let tcp: [SocketAddress]
    let udp: [SocketAddress]
    let admin: SocketAddress

    /// Binds everything and starts. Throws `Failure` with code 3 when an address is taken.
    init(_ settings: GatewaySettings, log: @escaping LogSink) throws {
        self.log = log
        var settings = settings
        settings.proxy.systemRoots = SystemRoots.read
        let proxy = try Wiring.proxy(settings.proxy, log)
        http = try settings.http.map { try Wiring.reserve($0, .http, proxy) }
        https = try settings.https.map { try Wiring.reserve($0.address, .https, proxy, policy: $0.policy) }
        for i in https.indices { settings.https[i].address = https[i] }
        settings.translator.listeners = http.map { ListenerKey($0, .http) } + https.map { ListenerKey($0, .https) }
        let tcp = try settings.tcp.map { try Wiring.reserve($0, .tcp, proxy) }
        let udp = try settings.udp.map { try Wiring.reserve($0, .udp, proxy) }
        settings.translator.listeners += tcp.map { ListenerKey($0, .tcp) } + udp.map { ListenerKey($0, .udp) }
        (self.tcp, self.udp) = (tcp, udp)
        let listening = http + https + tcp + udp
        let readiness = Readiness()
        let others = Array(settings.probes) + Array(settings.peer?.address)
        let rules = OwnAddresses.rules(listeners: listening + [settings.admin] + others)
        let followers = try Wiring.followers(settings, listening: listening, proxy, rules: rules, log)
        let (controller, peers) = (followers.controller, followers.peers)
        let sources = Wiring.pages(settings, proxy, followers, readiness)
        let server = try Wiring.serve(settings.admin, "--admin", AdminPages(sources))
        let probes = try settings.probes.map { try Wiring.serve($0, "--probes", AdminPages(sources, scope: .probes)) }
        admin = SocketAddress(server.address, server.port)
        // Before the first graph: where we listen ourselves is no upstream.
        let bound = Array(probes.map { SocketAddress($0.address, $0.port) }) + Array(peers?.address)
        proxy.setUpstreamRules(OwnAddresses.rules(listeners: listening + [admin] + bound))
        self.proxy = proxy
        self.controller = controller
        lastGood = followers.lastGood
        self.peers = peers
        health = HealthChecker(proxy, log: log)
        self.readiness = readiness
        servers = [server] + Array(probes)
        announce(settings, probes)
        proxy.onAcknowledged { generation in
            controller.acknowledged(generation)
            if readiness.served() {
                peers?.setReady(true)
                log(LogEvent(.info, "ready", ["generation": String(generation)]))
            }
        }
        peers?.start { controller.see(Peering.fleet($0)) }
        health.start()
        controller.start()
    }

    private func announce(_ settings: GatewaySettings, _ probes: AdminServer?) {
        for address in http { log(LogEvent(.info, "accepting http", ["address": address.description])) }
        for address in https { log(LogEvent(.info, "accepting https", ["address": address.description])) }
        for address in tcp { log(LogEvent(.info, "accepting tcp", ["address": address.description])) }
        for address in udp { log(LogEvent(.info, "accepting udp", ["address": address.description])) }
        log(LogEvent(.info, "serving the admin pages", ["address": admin.description]))
        if let peers { log(LogEvent(.info, "answering other replicas", ["address": peers.address.description])) }
        if let probes {
            log(LogEvent(.info, "serving probes", ["address": SocketAddress(probes.address, probes.port).description]))
        }
    }

    /// Blocks until the first graph is served; false after `limit`.
    func waitUntilReady(within limit: Duration) -> Bool { readiness.wait(limit) }

    /// After the access log was rotated.
    func reopenAccessLog() { proxy.reopenAccessLog() }

    /// Drains and ends it.
    ///
    /// Readiness fails at once and the leadership is given up. For `delay` everything is accepted and answered, and clients are told
    /// to come back on another connection. Then nothing new is accepted, and requests under way have `limit` to finish. Until they
    /// have, endpoints are followed as ever.
    func stop(after delay: Duration = .zero, within limit: Duration) -> Proxy.DrainReport {
        readiness.drain()
        peers?.setReady(false)
        let before = proxy.finishedRequests
        proxy.leave()
        controller.resign()
        if delay > .zero { Thread.sleep(forTimeInterval: delay / .seconds(1)) }
        let report = proxy.drain(within: limit, since: before)
        controller.stop()
        health.stop()
        lastGood?.stop()
        peers?.stop()
        for server in servers { server.stop() }
        return report
    }
}

/// Whether requests should be sent here: once the first graph is served, and until the drain begins.
final class Readiness: Sendable {
    private let first = DispatchGroup()
    private let isServing = Mutex(false)
    private let isDraining = Mutex(false)

    init() { first.enter() }

    /// - Returns: true the first time.
    func served() -> Bool {
        let isNews = isServing.withLock { known in
            defer { known = true }
            return !known
        }
        if isNews { first.leave() }
        return isNews
    }

    func drain() { isDraining.withLock { $0 = true } }

    /// Why not, where the pages cannot see it themselves.
    var refusal: String? { isDraining.withLock { $0 } ? "draining" : nil }

    func wait(_ limit: Duration) -> Bool {
        first.wait(timeout: .now() + .nanoseconds(Int(clamping: limit.wholeNanoseconds))) == .success
    }
}
