import ArgumentParser
import Base
import Controller
import Documents
import Engine
import Fetch
import Foundation
import Graph
import Kubernetes
import LastGood
import Reactor
import Resources
import Telemetry

/// What the install says about the last good state.
struct SnapshotSettings: Sendable {
    var place = SnapshotPlace.none
    var maximumAge = Duration.seconds(3600)
}

/// Joins the last good state with the cluster that it is of, and with the proxy that would serve it.
enum Keeping {
    /// Nil where nothing is kept.
    static func lastGood(
        _ settings: GatewaySettings, _ connection: ClusterConnection, _ source: any ObjectSource, _ memory: MemoryReturn,
        _ log: @escaping LogSink
    ) -> LastGood? {
        guard case .cluster(_, let scope) = settings.source,
            let folder = settings.snapshot.place.path(
                environment: ProcessInfo.processInfo.environment, user: PrivateFolder.user)
        else { return nil }
        var own = LastGood.Settings(folder: folder, maximumAge: settings.snapshot.maximumAge)
        own.program = Martlet.configuration.version
        return LastGood(
            own, identity: { identity(connection.client.access, scope) },
            isCurrent: { source.feeds.allSatisfy { $0.state != .troubled && $0.state != .starting } },
            afterWriting: { memory.soon() }, log: log)
    }

    /// Nil when the authorities cannot be read.
    private static func identity(_ access: ClusterAccess, _ scope: WatchScope) -> String? {
        let authorities: [UInt8]?
        switch access.tls.authorities {
        case nil: authorities = nil
        case .bytes(let bytes)?: authorities = bytes
        case .file(let path)?:
            guard let data = FileManager.default.contents(atPath: path) else { return nil }
            authorities = [UInt8](data)
        }
        return ClusterIdentity.make(
            server: access.server, authorities: authorities,
            scope: scope.namespaces.map { "namespace \($0)" } + scope.secrets.map { "secret \($0)" })
    }

    /// - Parameter rules: which addresses may be asked at all.
    static func memory(_ lastGood: LastGood, rules: UpstreamRules, allowsLoopback: Bool) -> Memory {
        Memory(
            remember: { isChanged, isComplete, present in
                lastGood.remember(isChanged: isChanged, isComplete: isComplete, present: present)
            },
            recall: {
                lastGood.recall().map { Memory.Recollection(objects: $0.objects, written: $0.written) }
            },
            answering: { answering($0, within: $1, rules, allowsLoopback: allowsLoopback) })
    }

    /// Endpoints that may be upstreams and accept a connection.
    private static func answering(
        _ clusters: [ClusterID: [Endpoint]], within: Duration, _ rules: UpstreamRules, allowsLoopback: Bool
    ) -> [ClusterID: Set<Endpoint>] {
        var places: [SocketAddress: [(cluster: ClusterID, endpoint: Endpoint)]] = [:]
        for (cluster, endpoints) in clusters {
            for endpoint in endpoints {
                guard let ip = IPAddress(endpoint.address),
                    rules.refusal(ip, port: endpoint.port, allowsLoopback: allowsLoopback) == nil
                else { continue }
                places[SocketAddress(ip, endpoint.port), default: []].append((cluster, endpoint))
            }
        }
        let limit = UInt64(clamping: within.wholeMilliseconds)
        // Without a descriptor to ask with nobody is known to answer; the next time there may be one.
        let answering = (try? Knock.answering(Array(places.keys), each: limit / 3, within: limit)) ?? []
        var found: [ClusterID: Set<Endpoint>] = [:]
        for address in answering {
            for place in places[address] ?? [] { found[place.cluster, default: []].insert(place.endpoint) }
        }
        return found
    }
}
