import Admin
import Base
import Controller
import Documents
import Engine
import Foundation
import Graph
import Kubernetes
import LastGood
import Peers
import Reactor
import Resources
import Secure
import Telemetry
import Translator

/// The only place where the parts are joined: what one offers is handed to the other as closures.
enum Wiring {
    // MARK: - Proxy

    static func proxy(_ settings: ProxySettings, _ log: @escaping LogSink) throws(Failure) -> Proxy {
        do {
            return try Proxy(settings, log: log)
        } catch {
            throw .unreachable("the proxy cannot start: \(error)")
        }
    }

    static func reserve(
        _ address: SocketAddress, _ transport: Transport, _ proxy: Proxy, policy: TLSPolicy = TLSPolicy()
    ) throws(Failure) -> SocketAddress {
        do {
            return try proxy.reserve(address, transport: transport, policy: policy)
        } catch {
            throw .unreachable(
                "cannot listen on \(address): \(SystemError.text(error.errorNumber)); choose another address with --\(transport.rawValue)"
            )
        }
    }

    /// The proxy as the controller sees it.
    ///
    /// - Parameter peers: who counts besides this replica.
    static func outlet(_ proxy: Proxy, _ memory: MemoryReturn, _ peers: Peers? = nil) -> Outlet {
        Outlet(
            publish: { graph in
                memory.soon()
                let report = proxy.publish(graph)
                return Outlet.Receipt(generation: report.generation, complaints: report.complaints)
            },
            update: { update in
                memory.soon()
                return proxy.update(update).complaints(about: update)
            },
            measure: { rule in await Counting.reading(of: rule, proxy, peers) })
    }

    // MARK: - Controller

    /// What follows a source.
    struct Followers {
        var controller: Controller
        var lastGood: LastGood?
        var peers: Peers?
    }

    static func followers(
        _ settings: GatewaySettings, listening: [SocketAddress], _ proxy: Proxy, rules: UpstreamRules,
        _ log: @escaping LogSink
    ) throws(Failure) -> Followers {
        var own = ControllerSettings()
        own.translator = settings.translator
        own.identity = settings.identity
        own.published = published(settings, listening)
        let freed = MemoryReturn()
        switch settings.source {
        case .manifests(let folder):
            let source = try ManifestSource(folder, log: log)
            return Followers(
                controller: Controller(own, source: source, cluster: nil, outlet: outlet(proxy, freed), log: log))
        case .cluster(let access, let scope):
            let connection = ClusterConnection(access, find: settings.findAccess)
            let source = ClusterSource(connection, scope: scope, log: log)
            let lastGood = Keeping.lastGood(settings, connection, source, freed, log)
            let memory = lastGood.map {
                Keeping.memory($0, rules: rules, allowsLoopback: settings.translator.allowsLoopback)
            }
            let peers = try Peering.peers(settings, connection, proxy, log)
            let controller = Controller(
                own, source: source, cluster: connection, outlet: outlet(proxy, freed, peers), memory: memory,
                fleet: peers.map(Peering.link), log: log)
            return Followers(controller: controller, lastGood: lastGood, peers: peers)
        }
    }

    private static func published(_ settings: GatewaySettings, _ listening: [SocketAddress]) -> ControllerSettings.Published {
        let parts = settings.publishService?.split(separator: "/").map(String.init) ?? []
        if parts.count == 2 { return .service(namespace: parts[0], name: parts[1]) }
        if !settings.publishAddresses.isEmpty { return .addresses(settings.publishAddresses) }
        return .addresses(OwnAddresses.reachable(listening, environment: ProcessInfo.processInfo.environment))
    }

    // MARK: - Admin

    static func serve(_ address: SocketAddress, _ option: String, _ pages: AdminPages) throws(Failure) -> AdminServer {
        do {
            return try AdminServer(address.ip, port: address.port, pages: pages)
        } catch {
            throw .unreachable("\(error); choose another address with \(option)")
        }
    }

    static func pages(
        _ settings: GatewaySettings, _ proxy: Proxy, _ followers: Followers, _ readiness: Readiness
    ) -> AdminSources {
        let (controller, lastGood, peers) = (followers.controller, followers.lastGood, followers.peers)
        return AdminSources(
            graph: { proxy.servedGraph }, unready: { readiness.refusal },
            metrics: {
                var page = Exposition()
                let figures = controller.figures
                figures.write(to: &page)
                lastGood?.figures.write(to: &page, servedFrom: figures.servedFrom, now: Int64(Date().timeIntervalSince1970))
                peers?.figures.write(to: &page)
                return proxy.metrics() + page.text
            },
            stats: { GatewayPages.stats(proxy.stats(), controller.figures, peers?.figures) },
            config: { GatewayPages.config(settings, controller.figures, lastGood) },
            mirrors: { MirrorPage.page(proxy.mirrors(), proxy.mirrorSamples()) },
            deprecations: { DeprecationPage.page(proxy.deprecatedRules()) })
    }
}

// MARK: - The proxy's words in the controller's

extension Proxy.PublishReport {
    fileprivate var complaints: [Complaint] {
        let listeners = failedListeners.sorted { $0.key < $1.key }.map { key, reason in
            Complaint(
                .listener("\(key.address):\(key.port)"), reason: "ListenerFailed",
                message: "Nothing listens on \(key.address):\(key.port): \(reason). Free the address or configure another one.")
        }
        return problems.map(\.complaint) + refused.map(\.complaint) + waiting.map(\.complaint) + listeners
    }
}

extension CellRegistry.Outcome {
    fileprivate func complaints(about update: CellUpdate) -> [Complaint] {
        refused.map(\.complaint) + waiting.map(\.complaint)
            + [refusedCertificate.flatMap { Self.complaint(about: update, $0) }].compactMap(\.self)
    }

    /// - Parameter why: what a Secret holds was not taken.
    private static func complaint(about update: CellUpdate, _ why: String) -> Complaint? {
        let (secret, message): (String, String)
        switch update {
        case .certificate(let name, _):
            secret = name
            message =
                "The certificate of Secret \(name) cannot be presented: \(why). Put another one there. Until then the one that was good "
                + "before is presented, if there was one."
        case .authority(let name, _):
            secret = name
            message =
                "Nobody can be trusted by \(Secret.authorityKey) of Secret \(name): \(why). Put another one there. Until then who was "
                + "trusted before is trusted, if there was anybody."
        case .endpoints, .weights: return nil
        }
        return Complaint(.secret(secret), reason: "CertificateRefused", message: message)
    }
}

extension LinkProblem {
    fileprivate var complaint: Complaint { Complaint(.rule(rule), reason: "NotProgrammable", message: message) }
}

extension WaitingSwitch {
    fileprivate var complaint: Complaint {
        Complaint(
            .cluster(cluster), reason: "SwitchWaits",
            message:
                "\(target) has no ready endpoint, so requests stay with \(cluster) until it has one; make one ready, or set "
                + "\(ServiceAnnotation.switchForce.rawValue): \"true\".",
            recurs: true)
    }
}

extension CellRegistry.RefusedEndpoint {
    fileprivate var complaint: Complaint {
        Complaint(
            .cluster(cluster), reason: "EndpointRefused",
            message:
                "\(endpoint.address):\(endpoint.port) \(reason.sentence) and gets no requests; endpoints must be pods or hosts of yours."
        )
    }
}

extension ListenerKey {
    init(_ address: SocketAddress, _ transport: Transport) {
        self.init(address: address.ip.description, port: address.port, transport: transport)
    }
}

extension Array {
    /// One element or none.
    init(_ element: Element?) { self = element.map { [$0] } ?? [] }
}
