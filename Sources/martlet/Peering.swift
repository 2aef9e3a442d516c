import ArgumentParser
import Base
import Controller
import Documents
import Engine
import Foundation
import Kubernetes
import Peers
import Telemetry
import Translator

/// What the install says about other replicas; see `PeerOptions`.
struct PeerSettings: Sendable {
    var address: SocketAddress
    var service: ObjectKey
    var secret: ObjectKey
}

/// Joins the other replicas with the controller that writes about them.
enum Peering {
    /// Nil where this replica takes itself to be the only one.
    static func peers(
        _ settings: GatewaySettings, _ connection: ClusterConnection, _ proxy: Proxy, _ log: @escaping LogSink
    ) throws(Failure) -> Peers? {
        guard let peer = settings.peer else { return nil }
        var own = PeersSettings(address: peer.address, service: peer.service, secret: peer.secret)
        own.identity = settings.identity
        own.pod = ProcessInfo.processInfo.environment["POD_NAME"] ?? ""
        own.version = Martlet.configuration.version
        own.workers = proxy.workerCount
        own.component = settings.translator.controllerName
        let door = ClusterDoor(client: { connection.client }, replacement: { await connection.replacement(of: $0) })
        let counts: @Sendable (String) -> Value = { Counting.page(proxy.arms(of: $0)) }
        do { return try Peers(own, door, tickets: proxy.tickets, counts: counts, log: log) } catch {
            throw .unreachable("\(error); choose another address with --peer")
        }
    }

    static func link(_ peers: Peers) -> FleetLink {
        FleetLink(serve: { peers.serve($0) }, lead: { peers.lead($0) })
    }

    /// The others as statuses count them.
    static func fleet(_ figures: PeersFigures) -> Fleet {
        guard figures.isLeading else { return .unknown }
        var fleet = Fleet(isKnown: figures.isKnown)
        for peer in figures.peers {
            switch peer.state {
            case .serving, .unasked: fleet.replicas.append(Fleet.Replica(name: peer.place.name, marks: peer.report?.marks))
            case .silent: fleet.silent.append(peer.place.name)
            // No requests are sent there any more.
            case .leaving: break
            }
        }
        return fleet
    }

    /// For `/stats`.
    static func page(_ figures: PeersFigures) -> Value {
        var page: Value = [
            "asking": .bool(figures.isLeading), "found": .bool(figures.isKnown),
            "identityUntil": figures.identityUntil.map { .integer($0) } ?? .null, "marks": marks(figures.own.marks),
        ]
        page["replicas"] = .array(
            figures.peers.map { peer in
                [
                    "name": .string(peer.place.name), "state": .string(peer.state.rawValue),
                    "addresses": .array(peer.place.addresses.map { .string($0.description) }),
                    "version": .string(peer.report?.version ?? ""), "workers": .integer(Int64(peer.report?.workers ?? 0)),
                    "problem": .string(peer.problem), "marks": marks(peer.report?.marks ?? FeedMarks()),
                ]
            })
        return page
    }

    private static func marks(_ marks: FeedMarks) -> Value {
        var page = Value.Fields()
        for (feed, version) in marks.versions.sorted(by: { $0.key < $1.key }) { page[feed] = .string(version) }
        return .object(page)
    }
}
