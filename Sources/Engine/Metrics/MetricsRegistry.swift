import Pipeline
import Telemetry

/// The counters of all workers. Each worker writes its own; a scrape sums them.
final class MetricsRegistry: Sendable {
    private let workers: [MetricsMemory]
    private let plans: PlanStore

    init(workers: Int, plans: PlanStore) {
        self.workers = (0..<workers).map { _ in MetricsMemory(plans) }
        self.plans = plans
    }

    /// A worker's counters; valid while the registry lives.
    func view(worker: Int) -> MetricsView { workers[worker].view }

    /// A counter over all workers.
    func total(_ counter: MetricsCounter) -> UInt64 { total(word: counter.rawValue) }

    private func total(word: Int) -> UInt64 { workers.reduce(0) { $0 &+ $1.load(word) } }

    /// Connections of clients that are open. Never negative, though the halves are read one after the other.
    var downstreamConnections: UInt64 { difference(.downstreamAccepted, .downstreamClosed) }
    var upstreamConnections: UInt64 { difference(.upstreamConnects, .upstreamClosed) }
    var exchanges: UInt64 { difference(.exchangesStarted, .exchangesFinished) }

    private func difference(_ begun: MetricsCounter, _ ended: MetricsCounter) -> UInt64 {
        // Read in this order, what begins in between makes the result too large and not wrapped.
        let ended = total(ended)
        let begun = total(begun)
        return begun > ended ? begun - ended : 0
    }

    // MARK: Arms

    /// What the arms of a rule that ever had a request counted.
    func arms(of rule: String) -> [ArmFigures] {
        plans.seriesNames.enumerated().filter { $1.rule == rule && !$1.arm.isEmpty }.map { index, name in
            var row = [UInt64](repeating: 0, count: MetricsMemory.Row.count)
            for worker in workers { worker.addRow(index, to: &row) }
            return ArmFigures(
                arm: name.arm, requests: row[MetricsMemory.Row.classes..<MetricsMemory.Row.nanoseconds].reduce(0, &+),
                failures: row[MetricsMemory.Row.failures], buckets: Array(row[MetricsMemory.Row.buckets...]))
        }
    }

    // MARK: Exposition

    /// Writes every family. - Parameter accessLogDropped: lines that the access log lost.
    func write(_ text: inout Exposition, accessLogDropped: UInt64) {
        writeSeries(&text)
        writeReasons(&text)
        gauge(&text, "martlet_downstream_connections", "Open connections of clients.", downstreamConnections)
        gauge(&text, "martlet_downstream_requests", "Requests under way.", exchanges)
        gauge(&text, "martlet_upstream_connections", "Open connections to endpoints, kept ones included.", upstreamConnections)
        for counter in MetricsCounter.allCases {
            guard let family = counter.family else { continue }
            text.family(family.name, .counter, help: family.help)
            text.sample([], total(counter))
        }
        text.family("martlet_access_log_dropped_total", .counter, help: "Lines that the access log lost.")
        text.sample([], accessLogDropped)
        text.family("martlet_graph_generation", .gauge, help: "The generation of the graph that a worker serves.")
        for (i, worker) in workers.enumerated() { text.sample([("worker", "\(i)")], worker.load(MetricsMemory.generation)) }
    }

    private func gauge(_ text: inout Exposition, _ name: String, _ help: String, _ value: UInt64) {
        text.family(name, .gauge, help: help)
        text.sample([], value)
    }

    private struct Series {
        let isOfDetour: Bool
        let labels: [(String, String)]
        let row: [UInt64]

        /// Whether requests came, or sessions.
        var isOfRequests: Bool { row[..<MetricsMemory.Row.nanoseconds].contains { $0 > 0 } }
        var isOfSessions: Bool { row[MetricsMemory.Row.sessions] > 0 }
    }

    /// Series that were ever hit, in the order of their names.
    private var series: [Series] {
        let names = plans.seriesNames
        var rows = names.enumerated().map { ($1, $0) }
        rows.sort { ($0.0.rule, $0.0.arm) < ($1.0.rule, $1.0.arm) }
        rows.append((SeriesName(rule: "unmatched", arm: ""), PlanStore.maximumSeries))
        return rows.compactMap { name, index in
            var sum = [UInt64](repeating: 0, count: MetricsMemory.Row.count)
            var wasHit = false
            for worker in workers where worker.addRow(index, to: &sum) { wasHit = true }
            return wasHit ? Series(isOfDetour: name.isOfDetour, labels: [("rule", name.rule), ("arm", name.arm)], row: sum) : nil
        }
    }

    private func writeSeries(_ text: inout Exposition) {
        let everything = series
        defer { writeDetours(&text, everything.filter { $0.isOfDetour && $0.isOfRequests }) }
        let all = everything.filter { !$0.isOfDetour }
        let series = all.filter(\.isOfRequests)
        defer { writeSessions(&text, all.filter(\.isOfSessions)) }
        text.family("martlet_requests_total", .counter, help: "Requests answered, by rule, arm and class of status.")
        for one in series {
            for i in 0..<5 where one.row[MetricsMemory.Row.classes + i] > 0 {
                text.sample(one.labels + [("code", "\(i + 1)xx")], one.row[MetricsMemory.Row.classes + i])
            }
        }
        text.family("martlet_request_duration_seconds", .histogram, help: "From a request's first byte to its answer's last.")
        let bounds = Latency.bounds.map { Double($0) / 1e9 }
        for one in series {
            let counts = Array(one.row[MetricsMemory.Row.buckets..<MetricsMemory.Row.count])
            let sum = Double(one.row[MetricsMemory.Row.nanoseconds]) / 1e9
            text.histogram(one.labels, bounds: bounds, counts: counts, sum: sum)
        }
        text.family("martlet_request_bytes_total", .counter, help: "Bytes received from clients.")
        for one in series { text.sample(one.labels, one.row[MetricsMemory.Row.received]) }
        text.family("martlet_response_bytes_total", .counter, help: "Bytes sent to clients.")
        for one in series { text.sample(one.labels, one.row[MetricsMemory.Row.sent]) }
    }

    /// Apart, since these requests are those of rules as well.
    private func writeDetours(_ text: inout Exposition, _ series: [Series]) {
        guard !series.isEmpty else { return }
        text.family(
            "martlet_service_requests_total", .counter,
            help: "Requests for a Service that a Rollout divides, by where they went and class of status.")
        for one in series {
            for i in 0..<5 where one.row[MetricsMemory.Row.classes + i] > 0 {
                text.sample(one.labels + [("code", "\(i + 1)xx")], one.row[MetricsMemory.Row.classes + i])
            }
        }
        text.family(
            "martlet_service_request_duration_seconds", .histogram,
            help: "The same, from a request's first byte to its answer's last.")
        let bounds = Latency.bounds.map { Double($0) / 1e9 }
        for one in series {
            let counts = Array(one.row[MetricsMemory.Row.buckets..<MetricsMemory.Row.count])
            text.histogram(one.labels, bounds: bounds, counts: counts, sum: Double(one.row[MetricsMemory.Row.nanoseconds]) / 1e9)
        }
    }

    private func writeSessions(_ text: inout Exposition, _ series: [Series]) {
        text.family(
            "martlet_sessions_total", .counter,
            help: "Connections, and clients that send datagrams, that were passed on and ended, by rule and arm.")
        for one in series { text.sample(one.labels, one.row[MetricsMemory.Row.sessions]) }
        text.family("martlet_session_received_bytes_total", .counter, help: "Bytes received from clients in sessions that ended.")
        for one in series { text.sample(one.labels, one.row[MetricsMemory.Row.received]) }
        text.family("martlet_session_sent_bytes_total", .counter, help: "Bytes sent to clients in sessions that ended.")
        for one in series { text.sample(one.labels, one.row[MetricsMemory.Row.sent]) }
    }

    private func writeReasons(_ text: inout Exposition) {
        text.family("martlet_local_replies_total", .counter, help: "Requests answered or ended by the gateway itself.")
        for reason in Reason.allCases where reason != .ok {
            let count = total(word: MetricsMemory.reasons + Int(reason.rawValue))
            if count > 0 { text.sample([("reason", "\(reason.code)")], count) }
        }
    }
}
