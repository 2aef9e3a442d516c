import Base
import Engine
import Graph

/// An endpoint that is checked.
struct HealthTarget: Hashable, Sendable {
    var cluster: ClusterID
    var address: String
    var port: UInt16

    /// `10.0.0.7:8080`, `[2001:db8::7]:8080`
    var endpoint: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

/// Which endpoint is asked when, and what its answers make of it. A pure machine: time comes in as milliseconds.
///
/// An endpoint that comes counts as healthy until its answers say otherwise: the cluster called it ready.
struct HealthMachine {
    /// What to ask now.
    struct Inquiry: Hashable, Sendable {
        var target: HealthTarget
        var check: HealthCheck
        var upstream: Cluster.Upstream
    }

    private struct Entry {
        var check: HealthCheck
        var upstream: Cluster.Upstream
        var due: UInt64
        var isAsked = false
        var isHealthy = true
        /// Answers in a row that contradict `isHealthy`.
        var contrary = 0
    }

    private var entries: [HealthTarget: Entry] = [:]

    /// Endpoints that are found unhealthy, in order.
    var unhealthy: [HealthTarget] {
        entries.filter { !$0.value.isHealthy }.keys.sorted {
            ($0.cluster, $0.address, $0.port) < ($1.cluster, $1.address, $1.port)
        }
    }

    var count: Int { entries.count }

    /// Takes over which endpoints are checked and how. Returns those that are unhealthy, to be told again: the cell of one that left
    /// and came back knows nothing of it.
    mutating func sync(_ clusters: [CheckedCluster], now: UInt64) -> [HealthTarget] {
        var next: [HealthTarget: Entry] = [:]
        for cluster in clusters {
            for (i, endpoint) in cluster.endpoints.enumerated() {
                let target = HealthTarget(cluster: cluster.id, address: endpoint.address, port: endpoint.port)
                // The first questions of many endpoints are spread over a second.
                var entry =
                    entries[target]
                    ?? Entry(check: cluster.check, upstream: cluster.upstream, due: now + UInt64(i % 16) * 64)
                if entry.check != cluster.check { entry.due = min(entry.due, now + Self.interval(cluster.check)) }
                entry.check = cluster.check
                entry.upstream = cluster.upstream
                next[target] = entry
            }
        }
        entries = next
        return unhealthy
    }

    /// What to ask now, the longest due first; it counts as asked until it is `answered`.
    ///
    /// - Parameter room: how many more may be under way.
    mutating func takeDue(now: UInt64, room: Int) -> [Inquiry] {
        let due = entries.filter { !$0.value.isAsked && $0.value.due <= now }
        let first = due.sorted { ($0.value.due, $0.key.address, $0.key.port) < ($1.value.due, $1.key.address, $1.key.port) }
            .prefix(room)
        for (target, entry) in first {
            entries[target]?.isAsked = true
            entries[target]?.due = now + Self.interval(entry.check)
        }
        return first.map { Inquiry(target: $0.key, check: $0.value.check, upstream: $0.value.upstream) }
    }

    /// Milliseconds until the next question is due; nil when none waits for its time.
    func untilDue(now: UInt64) -> UInt64? {
        entries.values.filter { !$0.isAsked }.map(\.due).min().map { $0 > now ? $0 - now : 0 }
    }

    /// An answer came, or its time was over. Returns what the endpoint is from now on if that changed.
    mutating func answered(_ target: HealthTarget, isWell: Bool) -> Bool? {
        guard var entry = entries[target] else { return nil }
        defer { entries[target] = entry }
        entry.isAsked = false
        guard isWell != entry.isHealthy else {
            entry.contrary = 0
            return nil
        }
        entry.contrary += 1
        guard entry.contrary >= (isWell ? entry.check.successes : entry.check.failures) else { return nil }
        entry.isHealthy = isWell
        entry.contrary = 0
        return isWell
    }

    private static func interval(_ check: HealthCheck) -> UInt64 {
        UInt64(max(100, check.interval.wholeMilliseconds))
    }
}
