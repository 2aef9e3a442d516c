import Base
public import Graph
import Balancing
import Pipeline
public import Reactor
public import Secure
import Synchronization
public import Telemetry

/// Clusters, endpoints and weights by stable identity: what changes without a new plan, and what a new plan carries forward.
///
/// The control thread and the keeper write under a mutex; workers read through `CellView` without locks. Nothing that a worker could
/// still hold is freed before it announced a later epoch.
@safe public final class CellRegistry: @unchecked Sendable {
    // Unchecked: `writer` guards everything that is not atomic or immutable.
    let epochs = Epochs()
    /// What successive plans share: compiled rules, patterns, metric series.
    let plans = PlanStore()
    let view: CellView
    private let writer: Mutex<Writer>
    private let log: LogSink

    /// - Parameters:
    ///   - systemRoots: brings the certificates (PEM) of those who vouch for endpoints where no Secret says who does; asked once,
    ///     and only if there are such endpoints.
    ///   - clock: nanoseconds, as workers read them.
    public init(
        rules: UpstreamRules = UpstreamRules(), systemRoots: @escaping @Sendable () -> [UInt8] = { [] },
        clock: @escaping @Sendable () -> UInt64 = { Machine.monotonicNanoseconds }, log: @escaping LogSink = { _ in }
    ) {
        let writer = Writer(rules: rules, systemRoots: systemRoots, clock: clock)
        view = writer.view
        self.writer = Mutex(writer)
        self.log = log
    }

    deinit { writer.withLock { $0.freeEverything() } }

    // MARK: Control

    /// An endpoint that may not be used, and why.
    public struct RefusedEndpoint: Equatable, Sendable {
        public let cluster: ClusterID
        public let endpoint: Endpoint
        public let reason: UpstreamRules.Refusal
    }

    /// What came of an update.
    public struct Outcome: Equatable, Sendable {
        /// The update named something that no published graph holds, or weights for another number of arms: nothing changed.
        public var isUnknown = false
        public var refused: [RefusedEndpoint] = []
        /// Switches that wait from now on: their target has no ready endpoint.
        public var waiting: [WaitingSwitch] = []
        /// Why a certificate, or an authority's, was not taken; the one before it counts on.
        public var refusedCertificate: String?
    }

    /// Changes cells. Workers see the new endpoints or weights with their next request.
    @discardableResult
    public func update(_ update: CellUpdate) -> Outcome {
        change { writer in
            defer { writer.collect(epochs) }
            switch update {
            case .endpoints(let id, let endpoints): return writer.setEndpoints(id, endpoints, epochs)
            case .weights(let rule, let weights):
                return Outcome(isUnknown: !writer.setWeights(rule, weights, epochs))
            case .certificate(let secret, let bytes): return writer.setCertificate(secret, bytes, epochs)
            case .authority(let secret, let pem): return writer.setAuthority(secret, pem, epochs)
            }
        }
    }

    /// Replaces the rules about addresses; endpoints already admitted are judged again.
    @discardableResult
    public func setRules(_ rules: UpstreamRules) -> [RefusedEndpoint] {
        change { writer in
            writer.rules = rules
            return writer.clusterSlots.keys.sorted().flatMap { writer.reapply($0, epochs) }
        }
    }

    /// Changes what arms may depend on, and tells what became of them when nobody waits for the lock any longer.
    private func change<Result>(_ body: (inout Writer) -> Result) -> Result {
        let (result, news) = writer.withLock { writer in
            let result = body(&writer)
            defer { writer.armNews = [] }
            return (result, writer.armNews)
        }
        for one in news { log(LogEvent(one)) }
        return result
    }

    /// How often an arm was emptied and refilled.
    struct ArmCount {
        let rule: String
        let arm: String
        let emptied: UInt64
        let refilled: UInt64
    }

    /// Of arms that ever were without a ready endpoint, in the order of their names.
    var armCounts: [ArmCount] {
        let counts = writer.withLock { writer in
            writer.splitSlots.flatMap { rule, slot in
                slot.arms.filter { $0.emptied > 0 }.map {
                    ArmCount(rule: rule, arm: $0.linked.name, emptied: $0.emptied, refilled: $0.refilled)
                }
            }
        }
        return counts.sorted { ($0.rule, $0.arm) < ($1.rule, $1.arm) }
    }

    /// Names that the keeper resolves.
    public struct ResolvedName: Hashable, Sendable {
        public let cluster: ClusterID
        public let name: String
        public let port: UInt16
    }

    public func namesToResolve() -> [ResolvedName] {
        writer.withLock { writer in
            writer.namedClusters.sorted().compactMap { id in
                guard case .dns(let name, let port) = writer.clusterSlots[id]?.cluster.discovery else { return nil }
                return ResolvedName(cluster: id, name: name, port: port)
            }
        }
    }

    // MARK: Health

    /// Whose endpoints are asked whether they are well.
    public func checkedClusters() -> [CheckedCluster] { writer.withLock(\.checked) }

    /// What an endpoint's answers say. One that is not there, or not any more, changes nothing.
    public func setHealth(_ isHealthy: Bool, cluster: ClusterID, address: String, port: UInt16) {
        writer.withLock { $0.setHealth(isHealthy, cluster: cluster, address: address, port: port) }
    }

    /// - Parameter handler: called when other endpoints are to be checked, from any thread; it must not block nor call back.
    public func onChecksChanged(_ handler: @escaping @Sendable () -> Void) { writer.withLock { $0.checksChanged = handler } }

    /// What tickets of TLS are sealed with; nil without memory for TLS.
    public var tickets: TLSTickets? { writer.withLock { $0.tickets } }

    /// What an `https` listener agrees on. Called before a graph has the listener.
    public func setPolicy(_ policy: TLSPolicy, of listener: ListenerKey) { writer.withLock { $0.setPolicy(policy, listener) } }

    /// Frees what no worker can hold any longer. Called by the control thread now and then; updates do it as well.
    public func collect() { writer.withLock { $0.collect(epochs) } }

    /// Rows in use, for leak tests and `/stats`.
    public struct Census: Equatable, Sendable {
        public var clusters = 0
        public var endpoints = 0
        public var splits = 0
        public var retired = 0
    }

    public var census: Census {
        writer.withLock {
            Census(
                clusters: $0.clusters.liveCount, endpoints: $0.endpoints.liveCount, splits: $0.splits.liveCount,
                retired: $0.retired.count)
        }
    }

    /// A cluster's endpoints as they are now, for dumps and `explain`.
    public struct EndpointStatus: Equatable, Sendable {
        public let endpoint: Endpoint
        public let flags: EndpointFlags
        public let inFlight: Int
        public let requests: UInt64
    }

    public func endpoints(of cluster: ClusterID) -> [EndpointStatus] {
        writer.withLock { writer in
            guard let slot = writer.clusterSlots[cluster] else { return [] }
            return slot.admitted.compactMap { told, handle in
                EndpointStatus(
                    endpoint: slot.told[Int(told)], flags: view.flags(handle), inFlight: Int(view.load(handle)),
                    requests: view.endpoints[handle.index].requests.load(ordering: .relaxed))
            }
        }
    }

    // MARK: For link

    /// An entry for the cluster, whose slot is made or found again by id. `initial` endpoints are applied when given.
    func cluster(_ cluster: Cluster, initial: [Endpoint]?) -> (ClusterEntry, [RefusedEndpoint])? {
        change { writer in
            guard let index = writer.configure(cluster, initial, epochs) else { return nil }
            let refused = writer.clusterSlots[cluster.id]?.refused ?? []
            writer.clusterSlots[cluster.id]?.uses += 1
            return (ClusterEntry(index: index, id: cluster.id, registry: self), refused)
        }
    }

    /// - Returns: switches that wait, and did not before.
    func replaceDetours(_ wanted: [ClusterID: PlacedDetour]) -> [WaitingSwitch] {
        change { writer in
            defer { writer.collect(epochs) }
            writer.setDetours(wanted, epochs)
            return writer.newlyWaiting(of: wanted.keys)
        }
    }

    /// Sorted.
    public var detourCounts: [DetourCount] {
        writer.withLock { writer in
            writer.detourCounters.sorted { $0.key < $1.key }.flatMap { cluster, counters in
                counters.sorted { $0.key < $1.key }.map { target, index in
                    DetourCount(
                        cluster: cluster, target: target, requests: view.detours[index].requests.load(ordering: .relaxed))
                }
            }
        }
    }

    /// The weights in force of each rule with a split, in the order of its arms.
    var weights: [String: [Int]] { writer.withLock { $0.splitSlots.mapValues { $0.arms.map(\.linked.weight) } } }

    /// Endpoints as they were told last, also those that may not be upstreams, where they are not those of the graph that was linked last:
    /// whoever asks for the graph, as each probe does, must not copy all of them.
    var updatedEndpoints: [ClusterID: [Endpoint]] {
        writer.withLock { writer in
            writer.updatedClusters.reduce(into: [:]) { $0[$1] = writer.clusterSlots[$1]?.told }
        }
    }

    /// Clusters whose endpoints are not those of the graph that was linked last.
    func takeUpdatedClusters() -> Set<ClusterID> {
        writer.withLock { writer in
            defer { writer.updatedClusters = [] }
            return writer.updatedClusters
        }
    }

    /// An entry for a rule's arms, whose slot is made or found again by rule id; their weights become current.
    func split(rule: String, arms: [LinkedArm], active: String = "") -> SplitEntry? {
        change { writer in
            guard let index = writer.makeSplit(rule, arms, active: active, epochs) else { return nil }
            writer.splitSlots[rule]?.uses += 1
            return SplitEntry(index: index, id: rule, registry: self)
        }
    }

    /// An entry for what a listener presents, whose slot is made or found again by key; the bindings become current.
    func terminator(_ listener: ListenerKey, _ bindings: [CertificateBinding]) -> TerminatorEntry? {
        writer.withLock { writer in
            guard let index = writer.makeTerminator(listener, bindings, epochs) else { return nil }
            writer.terminatorSlots[listener]?.uses += 1
            return TerminatorEntry(index: index, id: listener, registry: self)
        }
    }

    func dropped<Purpose>(_ entry: CellEntry<Purpose>) {
        writer.withLock { Purpose.drop(entry.id, entry.index, from: &$0, epochs) }
    }
}
