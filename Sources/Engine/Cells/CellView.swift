import Balancing
import Base
import Graph
import HTTP
import Pipeline
import Secure
import Synchronization

/// The registry as a worker uses it: plain data, no reference counting, no locks.
///
/// Between `Epochs.Reader.enter()` and the next one the states that it reads stay valid.
@safe struct CellView: Sendable {
    let endpoints: TableView<EndpointCell>
    let clusters: TableView<ClusterCell>
    let splits: TableView<SplitCell>
    let terminators: TableView<TerminatorCell>
    let detours: TableView<DetourCounter>

    // MARK: Choosing

    /// What the cluster is at the moment; nil while it has nothing.
    @unsafe @inline(__always) func state(of cluster: Int32) -> UnsafePointer<ClusterState>? {
        unsafe UnsafePointer(bitPattern: clusters[cluster].state.load(ordering: .acquiring))
    }

    /// An endpoint of the cluster, by its balancer; `.none` when it has none. Endpoints in `tried` are avoided.
    ///
    /// - Parameters:
    ///   - balancer: a rule's own; nil for the cluster's.
    ///   - hash: of the request, where the balancer hashes.
    ///   - ignoresHealth: in panic.
    ///   - now: nanoseconds of the monotonic clock.
    func pick(
        _ cluster: Int32, by balancer: Cluster.Balancer? = nil, tried: Tried = Tried(), hash: UInt32 = 0,
        ignoresHealth: Bool = false, now: UInt64 = 0,
        _ random: inout SeededRandom
    ) -> EndpointHandle {
        guard let state = unsafe state(of: cluster) else { return .none }
        let candidates = unsafe EndpointCandidates(
            state: state, endpoints: endpoints, tried: tried, now: now, ignoresHealth: ignoresHealth)
        let index =
            switch unsafe balancer ?? state.pointee.balancer {
            case .leastRequest: Picker.leastRequest(candidates, &random)
            case .random: Picker.random(candidates, &random)
            case .peakEWMA: Picker.peakEWMA(candidates, &random)
            case .maglev:
                unsafe Picker.maglev(
                    candidates, table: Span(_unsafeStart: state.table, count: Int(state.pointee.tableCount)), hash: hash)
            case .roundRobin:
                unsafe Picker.roundRobin(
                    candidates, turns: Span(_unsafeStart: state.turns, count: Int(state.pointee.turnsCount)),
                    cursor: clusters[cluster].cursor.wrappingAdd(1, ordering: .relaxed).oldValue)
            }
        return index < 0 ? .none : unsafe state.rows[index].endpoint
    }

    func settings(_ cluster: Int32) -> ClusterSettings? {
        unsafe state(of: cluster)?.pointee.settings
    }

    /// What the cluster's balancer knows a request by; nil when the request has nothing of the kind.
    func hash(_ cluster: Int32, _ head: borrowing RequestHead, client: IPAddress) -> UInt32? {
        guard let state = unsafe state(of: cluster) else { return nil }
        let name = unsafe Span(_unsafeStart: state.name, count: Int(state.pointee.nameCount))
        return unsafe state.pointee.settings.key.hash(name, head, client: client).map { UInt32(truncatingIfNeeded: $0 >> 32) }
    }

    /// The cluster's id, for logs; valid for the life of the registry.
    func name(_ cluster: Int32) -> ByteRef { clusters[cluster].name }

    /// What a listener presents now; nil while it has nothing to present.
    func terminator(_ index: Int32) -> TLSTerminator.Reference? {
        guard index >= 0 else { return nil }
        let word = terminators[index].reference.load(ordering: .acquiring)
        return word == 0 ? nil : TLSTerminator.Reference(word: word)
    }

    // MARK: An endpoint's life

    /// Counts a request towards the endpoint. Every call is followed by one `end`.
    func begin(_ endpoint: EndpointHandle) {
        endpoints[endpoint.index].inFlight.wrappingAdd(1, ordering: .relaxed)
        endpoints[endpoint.index].requests.wrappingAdd(1, ordering: .relaxed)
    }

    /// The request that `begin` counted is over. The slot cannot have a new occupant before.
    func end(_ endpoint: EndpointHandle) { endpoints[endpoint.index].inFlight.wrappingSubtract(1, ordering: .releasing) }

    /// Whether the handle still names what it named, and the endpoint is still listed: else its idle connections are closed.
    func isListed(_ endpoint: EndpointHandle) -> Bool {
        endpoints[endpoint.index].generation.load(ordering: .acquiring) == endpoint.generation
            && !flags(endpoint).contains(.removed)
    }

    func flags(_ endpoint: EndpointHandle) -> EndpointFlags {
        EndpointFlags(rawValue: endpoints[endpoint.index].flags.load(ordering: .relaxed))
    }

    /// Where to connect. Readable while in flight, or in the turn of the loop in which it was picked.
    func address(_ endpoint: EndpointHandle) -> (address: IPAddress, port: UInt16) {
        let row = unsafe endpoints.pointer(endpoint.index)
        return unsafe (row.pointee.address, row.pointee.port)
    }

    func load(_ endpoint: EndpointHandle) -> Int32 { endpoints[endpoint.index].inFlight.load(ordering: .relaxed) }

    /// Sets or clears a flag; a stale handle changes nothing.
    func mark(_ endpoint: EndpointHandle, _ flag: EndpointFlags, _ isSet: Bool) {
        guard endpoints[endpoint.index].generation.load(ordering: .acquiring) == endpoint.generation else { return }
        if isSet {
            endpoints[endpoint.index].flags.bitwiseOr(flag.rawValue, ordering: .relaxed)
        } else {
            endpoints[endpoint.index].flags.bitwiseAnd(~flag.rawValue, ordering: .relaxed)
        }
    }

    // MARK: Retries and hedges

    /// A request was made to the cluster: it earns its share of a retry.
    func earnRetry(_ cluster: Int32, percent: UInt32, second: UInt32) {
        change(clusters[cluster].retryBudget) { $0.deposit(percent: percent, second: second) }
    }

    /// Whether the cluster's budget has a retry left, which is then taken.
    func takeRetry(_ cluster: Int32, second: UInt32) -> Bool {
        change(clusters[cluster].retryBudget) { $0.withdraw(second: second) }
    }

    /// The same for tries that begin before the one before has failed.
    func earnHedge(_ cluster: Int32, percent: UInt32, second: UInt32) {
        change(clusters[cluster].hedgeBudget) { $0.deposit(percent: percent, second: second) }
    }

    func takeHedge(_ cluster: Int32, second: UInt32) -> Bool {
        change(clusters[cluster].hedgeBudget) { $0.withdraw(second: second) }
    }

    private func change<R>(_ budget: borrowing Atomic<UInt64>, _ change: (inout RetryBudget) -> R) -> R {
        budget.change { word in
            var budget = RetryBudget(word: word)
            defer { word = budget.word }
            return change(&budget)
        }
    }
}

/// Endpoints that this exchange has tried already: the last four.
struct Tried: Sendable {
    private var slots = SIMD4<Int32>(repeating: -1)
    private var next = 0

    mutating func insert(_ endpoint: EndpointHandle) {
        slots[next & 3] = endpoint.index
        next &+= 1
    }

    /// The last one was not tried after all.
    mutating func takeBack() {
        next &-= 1
        slots[next & 3] = -1
    }

    @inline(__always) func contains(_ endpoint: EndpointHandle) -> Bool {
        slots[0] == endpoint.index || slots[1] == endpoint.index || slots[2] == endpoint.index || slots[3] == endpoint.index
    }
}

/// One state as the pickers see it.
@safe struct EndpointCandidates: Candidates {
    let state: UnsafePointer<ClusterState>
    let endpoints: TableView<EndpointCell>
    let tried: Tried
    /// Nanoseconds of the monotonic clock.
    let now: UInt64
    var ignoresHealth = false

    var count: Int { unsafe Int(state.pointee.count) }
    var readyCount: Int { unsafe Int(state.pointee.readyCount) }
    /// In panic nobody is nearer than others.
    var nearCount: Int { unsafe ignoresHealth ? 0 : Int(state.pointee.nearCount) }
    private var slowStart: UInt64 { unsafe state.pointee.settings.slowStart }
    var maximumWeight: Int32 {
        unsafe slowStart == 0 ? state.pointee.maximumWeight : state.pointee.maximumWeight &* SlowStart.whole
    }

    private func handle(_ i: Int) -> EndpointHandle { unsafe state.rows[i].endpoint }
    func isHealthy(_ i: Int) -> Bool {
        if ignoresHealth { return true }
        let index = handle(i).index
        guard endpoints[index].flags.load(ordering: .relaxed) & EndpointFlags.unhealthy.rawValue == 0 else { return false }
        let word = endpoints[index].ejection.load(ordering: .relaxed)
        return word == 0 || !Ejection(word: word).isOut(at: now)
    }
    func isExcluded(_ i: Int) -> Bool { tried.contains(handle(i)) }
    func load(_ i: Int) -> Int32 { endpoints[handle(i).index].inFlight.load(ordering: .relaxed) }
    func weight(_ i: Int) -> Int32 { unsafe slowStart == 0 ? state.rows[i].weight : state.rows[i].weight &* share(i) }
    func latency(_ i: Int) -> UInt64 {
        PeakLatency(word: endpoints[handle(i).index].latency.load(ordering: .relaxed)).value(at: now)
    }
    func takesTurn(_ i: Int, _ cursor: UInt32) -> Bool {
        slowStart == 0 || Int32(truncatingIfNeeded: UInt64(cursor).spread % UInt64(SlowStart.whole)) < share(i)
    }

    /// How much of its weight it has by now, of `SlowStart.whole`. Its time begins when it is considered first.
    private func share(_ i: Int) -> Int32 {
        let index = handle(i).index
        let stamp = endpoints[index].firstSeen.load(ordering: .relaxed)
        if stamp == 0 { endpoints[index].firstSeen.store(SlowStart.stamp(now), ordering: .relaxed) }
        return SlowStart.share(since: stamp, window: slowStart, now: now)
    }
}
