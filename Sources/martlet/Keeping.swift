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
import Synchronization
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

    /// Connections that are under way at a time, whatever there are of processors: each takes a descriptor, which requests need too.
    private static let widestKnock = 512

    /// By all processors: a thousand connections take one of them some tens of milliseconds.
    private static func answering(_ addresses: [SocketAddress], within limit: UInt64) -> [SocketAddress] {
        let count = min(ProcessInfo.processInfo.activeProcessorCount, addresses.count)
        // Each takes those whose turn it is.
        let parts = (0..<count).map { first in stride(from: first, to: addresses.count, by: count).map { addresses[$0] } }
        // Without a descriptor to ask with nobody is known to answer; the next time there may be one.
        let found = Mutex<[SocketAddress]>([])
        DispatchQueue.concurrentPerform(iterations: parts.count) { i in
            let width = max(1, widestKnock / parts.count)
            let answering = (try? Knock.answering(parts[i], each: min(limit, 500), within: limit, width: width)) ?? []
            found.withLock { $0 += answering }
        }
        return found.withLock { $0 }
    }

    /// Endpoints that may be upstreams and accept a connection.
    private static func answering(
        _ candidates: [Memory.Candidate], within: Duration, _ rules: UpstreamRules, allowsLoopback: Bool
    ) -> [ClusterID: Set<Endpoint>] {
        var places: [SocketAddress: [Memory.Candidate]] = [:]
        var addresses: [SocketAddress] = []
        for candidate in candidates {
            guard let ip = IPAddress(candidate.endpoint.address),
                rules.refusal(ip, port: candidate.endpoint.port, allowsLoopback: allowsLoopback) == nil
            else { continue }
            let address = SocketAddress(ip, candidate.endpoint.port)
            if places[address] == nil { addresses.append(address) }
            places[address, default: []].append(candidate)
        }
        var found: [ClusterID: Set<Endpoint>] = [:]
        for address in answering(addresses, within: UInt64(clamping: within.wholeMilliseconds)) {
            for place in places[address] ?? [] { found[place.cluster, default: []].insert(place.endpoint) }
        }
        return found
    }
}
