import Balancing
import Base
import Graph
import Pipeline
import Secure
import Synchronization

/// The writing side of the registry: used under its mutex only.
struct Writer {
    struct ClusterSlot: Keyed {
        let index: Int32
        /// Entries that live: plans hold them.
        var uses: Int32 = 0
        var cluster: Cluster
        /// As last told, refused ones included.
        var told: [Endpoint] = []
        /// The endpoints told that may be used: their places in `told`, and their cells.
        var admitted: [(told: Int32, handle: EndpointHandle)] = []
        var refused: [CellRegistry.RefusedEndpoint] = []
        /// Keeps alive what the cluster's state names; nil without TLS, and while a Secret that it takes is not here.
        var connector: TLSConnector?
        /// Whether it may have a share of another one's requests.
        var presence = ArmPresence()

        var key: ClusterID { cluster.id }
        var isReady: Bool { admitted.contains { told[Int($0.told)].condition == .ready } }
    }

    struct Place: Hashable {
        let address: IPAddress
        let port: UInt16
    }

    enum Retired {
        case block(UInt)
        /// Freed once nothing is in flight.
        case endpoint(Int32)
        case cluster(Int32)
        case split(Int32)
        case terminator(Int32)
        case counter(Int32)
        /// Let go, not freed: connections keep what they began with.
        case certificates(TLSTerminator)
        case connector(TLSConnector)
    }

    let endpoints = StableTable<EndpointCell>(stride: 64) { EndpointCell() }
    let clusters = StableTable<ClusterCell>(stride: 128) { ClusterCell() }
    let splits = StableTable<SplitCell>(stride: 64) { SplitCell() }
    let terminators = StableTable<TerminatorCell>(stride: 8) { TerminatorCell() }
    let detourRows = StableTable<DetourCounter>(stride: 64) { DetourCounter() }
    let names = ConstantPool()
    var rules: UpstreamRules
    var clusterSlots = DenseTable<ClusterSlot>()
    /// Those of them whose endpoints a name stands for.
    var namedClusters: Set<ClusterID> = []
    /// Of those whose requests go elsewhere.
    var detours: [ClusterID: PlacedDetour] = [:]
    /// Switches that were told to wait.
    var waiting: Set<WaitingSwitch> = []
    /// From one cluster to another, as long as the first one is there.
    var detourCounters: [ClusterID: [ClusterID: Int32]] = [:]
    var splitSlots: [String: SplitSlot] = [:]
    /// Rules whose arms lead to a cluster.
    var splitWatchers: [ClusterID: Set<String>] = [:]
    /// Not told yet.
    var armNews: [ArmNews] = []
    /// Nanoseconds of the clock that workers read.
    let clock: @Sendable () -> UInt64
    var terminatorSlots: [ListenerKey: TerminatorSlot] = [:]
    /// By Secret, whether a listener presents it or not.
    var certificates: [String: HeldCertificate] = [:]
    /// What all listeners seal tickets with; nil without memory for it: no certificate is taken then, and that is reported.
    let tickets: TLSTickets?
    /// Of listeners that have one of their own.
    var policies: [ListenerKey: TLSPolicy] = [:]
    var offers: [TLSPolicy: TLSOffer] = [:]
    /// Clusters whose endpoints are asked whether they are well.
    var checkedClusters: Set<ClusterID> = []
    /// Called when there are others, or other endpoints in them. It must not block.
    var checksChanged: @Sendable () -> Void = {}
    /// Clusters whose endpoints speak TLS.
    var sealedClusters: Set<ClusterID> = []
    /// Who vouches for endpoints and clients, by Secret.
    var authorities: [String: TrustStore] = [:]
    /// Who does where no Secret is named: where that is found (PEM), and what was found.
    let systemRoots: @Sendable () -> [UInt8]
    var systemTrust: TrustStore?
    var retired: [(epoch: UInt64, what: Retired)] = []
    /// Clusters whose endpoints came by an update since the last plan was linked: there they are not what its graph says.
    var updatedClusters: Set<ClusterID> = []

    init(
        rules: UpstreamRules, systemRoots: @escaping @Sendable () -> [UInt8], clock: @escaping @Sendable () -> UInt64
    ) {
        self.rules = rules
        self.clock = clock
        self.systemRoots = systemRoots
        tickets = try? TLSTickets()
    }

    /// What workers see of it.
    var view: CellView {
        CellView(
            endpoints: endpoints.view, clusters: clusters.view, splits: splits.view, terminators: terminators.view,
            detours: detourRows.view)
    }

    // MARK: Clusters

    mutating func configure(_ cluster: Cluster, _ initial: [Endpoint]?, _ epochs: Epochs) -> Int32? {
        defer { note(cluster) }
        if var slot = clusterSlots[cluster.id] {
            let isSame = slot.cluster == cluster && (initial == nil || initial == slot.told)
            let isSpokenToAlike =
                slot.cluster.upstream == cluster.upstream && slot.cluster.tls == cluster.tls
                && slot.cluster.introduction == cluster.introduction
            slot.cluster = cluster
            if let initial { slot.told = initial }
            clusterSlots[cluster.id] = slot
            if !isSpokenToAlike { reconnect(cluster.id, epochs) } else if !isSame { reapply(cluster.id, epochs) }
            return slot.index
        }
        guard let index = clusters.allocate() else { return nil }
        unsafe clusters.view.pointer(index).pointee.name = names.add(cluster.id)
        clusters.view[index].retryBudget.store(0, ordering: .relaxed)
        clusters.view[index].hedgeBudget.store(0, ordering: .relaxed)
        clusters.view[index].load.forget()
        clusterSlots[cluster.id] = ClusterSlot(index: index, cluster: cluster, told: initial ?? [])
        reconnect(cluster.id, epochs)
        return index
    }

    private mutating func note(_ cluster: Cluster) {
        if case .dns = cluster.discovery { namedClusters.insert(cluster.id) } else { namedClusters.remove(cluster.id) }
        if cluster.tls != nil { sealedClusters.insert(cluster.id) } else { sealedClusters.remove(cluster.id) }
        noteCheck(cluster)
    }

    mutating func setEndpoints(_ id: ClusterID, _ endpoints: [Endpoint], _ epochs: Epochs) -> CellRegistry.Outcome {
        guard clusterSlots[id] != nil else { return CellRegistry.Outcome(isUnknown: true) }
        clusterSlots[id]?.told = endpoints
        updatedClusters.insert(id)
        let refused = reapply(id, epochs)
        return CellRegistry.Outcome(refused: refused, waiting: newlyWaiting(of: [id]))
    }

    /// Judges the endpoints told, gives each its slot, and publishes the new state.
    ///
    /// - Parameter anew: no endpoint is the one that it was, so that connections to it from before are not used again.
    @discardableResult
    mutating func reapply(_ id: ClusterID, _ epochs: Epochs, anew: Bool = false) -> [CellRegistry.RefusedEndpoint] {
        guard var slot = clusterSlots[id] else { return [] }
        var known: [Place: EndpointHandle] = [:]
        for (_, handle) in slot.admitted {
            let cell = unsafe endpoints.view.pointer(handle.index)
            known[unsafe Place(address: cell.pointee.address, port: cell.pointee.port)] = handle
        }
        slot.refused = []
        slot.admitted = []
        var seen: Set<Place> = []
        for (i, endpoint) in slot.told.enumerated() {
            switch admit(endpoint, slot.cluster) {
            case .failure(let reason):
                slot.refused.append(.init(cluster: id, endpoint: endpoint, reason: reason.refusal))
            case .success(let place):
                guard seen.insert(place).inserted else { continue }
                let old = anew ? nil : known.removeValue(forKey: place)
                guard let handle = old ?? newEndpoint(place, slot.index) else { continue }
                slot.admitted.append((Int32(truncatingIfNeeded: i), handle))
            }
        }
        _ = slot.presence.observe(isReady: slot.isReady, at: clock())
        clusters.view[slot.index].returnsAt.store(slot.presence.returnsAt, ordering: .relaxed)
        publish(slot, epochs)
        for handle in known.values { retire(handle, epochs) }
        clusterSlots[id] = slot
        settleArms(of: id, epochs)
        for (other, placed) in detours where placed.detour.switchover?.cluster == id { settleArms(of: other, epochs) }
        if slot.cluster.healthCheck != nil { checksChanged() }
        return slot.refused
    }

    private struct Refused: Error { let refusal: UpstreamRules.Refusal }

    private func admit(_ endpoint: Endpoint, _ cluster: Cluster) -> Result<Place, Refused> {
        guard let address = IPAddress(endpoint.address), endpoint.port != 0 else {
            return .failure(Refused(refusal: .notAnAddress))
        }
        if let refusal = rules.refusal(address, port: endpoint.port, allowsLoopback: cluster.allowsLoopback) {
            return .failure(Refused(refusal: refusal))
        }
        return .success(Place(address: address, port: endpoint.port))
    }

    private mutating func publish(_ slot: ClusterSlot, _ epochs: Epochs) {
        func rows(_ condition: Endpoint.Condition, isNear: Bool? = nil) -> [ClusterState.Row] {
            slot.admitted.compactMap { item in
                let endpoint = slot.told[Int(item.told)]
                guard endpoint.condition == condition, isNear == nil || isNear == endpoint.isNear else { return nil }
                return ClusterState.Row(endpoint: item.handle, weight: Int32(min(max(1, endpoint.weight), 1_000_000)))
            }
        }
        let near = rows(.ready, isNear: true)
        let ready = near + rows(.ready, isNear: false)
        let balancers = slot.cluster.ruleBalancers.union([slot.cluster.balancer])
        let settings = ClusterSettings(
            upstream: slot.cluster.upstream, connectTimeout: slot.cluster.connectTimeout.wholeNanoseconds,
            connector: slot.connector?.reference ?? .none,
            key: RequestKey(RuleBalancer(slot.cluster.balancer, hashKey: slot.cluster.hashKey)),
            hasRuleBalancers: !slot.cluster.ruleBalancers.isEmpty, observesLatency: balancers.contains(.peakEWMA),
            slowStart: slot.cluster.slowStart.wholeNanoseconds, outliers: slot.cluster.outliers,
            introduction: slot.cluster.introduction, guards: ClusterGuards(slot.cluster.protection),
            ties: ClusterTies(slot.cluster.sessions))
        let draining = rows(.draining)
        let first = near.isEmpty ? ready : near
        let state = unsafe ClusterState.make(
            settings, slot.cluster.balancer, ready: ready, near: near.count, draining: draining,
            turns: balancers.contains(.roundRobin) ? Turns.smooth(first.map { Int($0.weight) }) : [],
            table: balancers.contains(.maglev) ? table(first) : [],
            name: slot.cluster.hashKey.nameBytes,
            tokens: slot.cluster.sessions == nil ? [] : tokens(ready + draining, settings.ties),
            tie: Array((slot.cluster.sessions?.persistence?.name ?? "").utf8))
        let old = clusters.view[slot.index].state.exchange(UInt(bitPattern: state), ordering: .acquiringAndReleasing)
        retireBlock(old, epochs)
    }

    private func tokens(_ rows: [ClusterState.Row], _ ties: ClusterTies) -> [UInt64] {
        rows.map { row in
            let cell = unsafe endpoints.view.pointer(row.endpoint.index)
            return unsafe ties.token(of: cell.pointee.address, cell.pointee.port)
        }
    }

    private func table(_ ready: [ClusterState.Row]) -> [Int32] {
        let keys = ready.map { row -> UInt64 in
            let cell = unsafe endpoints.view.pointer(row.endpoint.index)
            let place = unsafe (cell.pointee.address, cell.pointee.port)
            return place.0.high.spread ^ (place.0.low &+ UInt64(place.1) << 48).spread
        }
        return Maglev.table(keys, weights: ready.map { Int($0.weight) })
    }
}
