import Documents
import Foundation
import Synchronization

@testable import DevCluster

/// A cluster with its workload controllers, a clock that the test moves, and backends that are only remembered.
final class WorkloadWorld: Sendable {
    let clock = TestClock()
    let cluster: ClusterStore
    let workloads: Workloads
    let backends: Backends

    /// Which backends run, and which were stopped.
    final class Backends: Sendable {
        private struct State {
            var running: [UInt16: String] = [:]
            var stopped: [String] = []
            var next: UInt16
            var failure: String?
        }
        private let state: Mutex<State>

        init(firstPort: UInt16) { state = Mutex(State(next: firstPort)) }

        struct Failure: Error, CustomStringConvertible { let description: String }

        var running: [String] { state.withLock { $0.running.values.sorted() } }
        var stopped: [String] { state.withLock { $0.stopped } }
        func fail(_ why: String?) { state.withLock { $0.failure = why } }

        func start(_ version: String, _ name: String) throws -> RunningBackend {
            let port = try state.withLock { state in
                if let failure = state.failure { throw Failure(description: failure) }
                state.next += 1
                state.running[state.next] = version
                return state.next
            }
            return RunningBackend(port: port) { [self] in
                state.withLock { state in
                    if let version = state.running.removeValue(forKey: port) { state.stopped.append(version) }
                }
            }
        }
    }

    /// - Parameter disk: where an earlier world was kept, if there was one.
    init(disk: SimulatedDisk? = nil, firstPort: UInt16 = 20_000) throws {
        cluster = try store(clock, gracefully: true, disk: disk)
        let backends = Backends(firstPort: firstPort)
        self.backends = backends
        workloads = try Workloads(cluster, pause: 1) { try backends.start($0, $1) }
    }

    /// Lets the controllers look; backends that are being stopped get to their end.
    func settle() { workloads.settle() }

    /// Lets a second pass.
    func tick() {
        clock.advance(1)
        settle()
    }

    /// Until a stopped backend's thread has said so.
    func settleUntil(_ isDone: () -> Bool) -> Bool {
        for _ in 0..<1_000 {
            settle()
            if isDone() { return true }
            _ = workloads.waitForNews(milliseconds: 20)
        }
        return false
    }

    func deploy(_ name: String, _ image: String, replicas: Int64 = 1, strategy: Value? = nil) throws {
        var spec: Value = [
            "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
            "template": [
                "metadata": ["labels": ["app": .string(name)]],
                "spec": [
                    "containers": [
                        ["name": "sample", "image": .string(image), "ports": [["name": "http", "containerPort": 8080]]]
                    ]
                ],
            ],
        ]
        if let strategy { spec["strategy"] = strategy }
        try cluster.create(.deployments, namespace: "shop", ["metadata": ["name": .string(name)], "spec": spec])
    }

    func expose(_ name: String, targetPort: Value = "http") throws {
        try cluster.create(
            .services, namespace: "shop",
            [
                "metadata": ["name": .string(name)],
                "spec": ["selector": ["app": .string(name)], "ports": [["name": "http", "port": 80, "targetPort": targetPort]]],
            ])
    }

    func edit(_ name: String, _ change: (inout Value) -> Void) throws {
        try cluster.edit(.deployments, namespace: "shop", name: name) { change(&$0) }
    }

    func object(_ resource: ResourceKey, _ name: String) -> Value {
        cluster.object(resource, namespace: "shop", name: name) ?? .null
    }
    var pods: [Value] { cluster.list(.pods, namespace: "shop") }
    var sets: [Value] { cluster.list(.replicaSets, namespace: "shop") }

    /// Each endpoint of a Service as `port ready terminating`.
    func endpoints(of service: String) -> [String] {
        cluster.list(
            .endpointSlices, namespace: "shop",
            labels: LabelSelector(matchLabels: Value.Fields([("kubernetes.io/service-name", .string(service))]))
        )
        .flatMap { slice in
            (slice["endpoints"]?.array ?? []).map { endpoint in
                let conditions = endpoint["conditions"] ?? [:]
                let words = ["ready", "terminating"].filter { conditions[$0]?.bool ?? false }
                let port = slice["ports"]?.array?.first?["port"]?.integer ?? 0
                return (["\(port)"] + words).joined(separator: " ")
            }
        }.sorted()
    }

    func events(_ reason: String) -> [String] {
        cluster.list(.events, namespace: "shop").filter { $0["reason"]?.string == reason }.compactMap { $0["message"]?.string }
            .sorted()
    }
}
