import Balancing
import Graph
import Pipeline
import Synchronization

/// What is counted for a request that a cluster bounds.
enum Bounded { case connection, pending, request, retry }

// What protects clusters, as workers ask it.
extension CellView {
    // MARK: Bounds

    /// Counts one more, unless there are `most` (-1: any number).
    func take(_ what: Bounded, _ cluster: Int32, most: Int32) -> Bool {
        switch what {
        case .connection: clusters[cluster].load.connections.take(most: most)
        case .pending: clusters[cluster].load.pending.take(most: most)
        case .request: clusters[cluster].load.requests.take(most: most)
        case .retry: clusters[cluster].load.retries.take(most: most)
        }
    }

    func giveBack(_ what: Bounded, _ cluster: Int32) {
        switch what {
        case .connection: clusters[cluster].load.connections.giveBack()
        case .pending: clusters[cluster].load.pending.giveBack()
        case .request: clusters[cluster].load.requests.giveBack()
        case .retry: clusters[cluster].load.retries.giveBack()
        }
    }

    func pending(_ cluster: Int32) -> Int32 { clusters[cluster].load.pending.load(ordering: .relaxed) }
    func connections(_ cluster: Int32) -> Int32 { clusters[cluster].load.connections.load(ordering: .relaxed) }

    func guards(_ cluster: Int32) -> ClusterGuards {
        unsafe state(of: cluster)?.pointee.settings.guards ?? ClusterGuards()
    }

    /// The cluster of an endpoint that was picked in this turn of the loop, or is in flight.
    func cluster(of endpoint: EndpointHandle) -> Int32 { unsafe endpoints.pointer(endpoint.index).pointee.cluster }

    /// How many endpoints of the cluster are ready.
    func readyCount(_ cluster: Int32) -> Int {
        unsafe state(of: cluster).map { unsafe Int($0.pointee.readyCount) } ?? 0
    }

    /// The i-th of them, and whether it is healthy; nil when there are fewer by now.
    func ready(_ cluster: Int32, _ i: Int, now: UInt64) -> (endpoint: EndpointHandle, isHealthy: Bool)? {
        guard let state = unsafe state(of: cluster), unsafe i < Int(state.pointee.readyCount) else {
            return nil
        }
        let candidates = unsafe EndpointCandidates(state: state, endpoints: endpoints, tried: Tried(), now: now)
        return unsafe (state.rows[i].endpoint, candidates.isHealthy(i))
    }

    // MARK: The breaker

    func admit(_ cluster: Int32, _ guards: ClusterGuards, now: UInt64) -> CircuitBreaker.Admission {
        // Closed is the rule: one load.
        if CircuitBreaker(word: clusters[cluster].load.breaker.load(ordering: .relaxed)).isClosed { return .pass }
        return change(cluster) { $0.admit(base: guards.breakerOpen, at: now) }
    }

    /// A try ended. Returns whether that opened the breaker.
    ///
    /// - Parameter probe: the number with which a half open breaker let it pass.
    func judge(_ cluster: Int32, isFailure: Bool, probe: UInt8?, _ guards: ClusterGuards, now: UInt64) -> Bool {
        if let probe {
            if isFailure { return change(cluster) { $0.fail(probe, base: guards.breakerOpen, at: now) } }
            if change(cluster, { $0.succeed(probe) }) { clusters[cluster].load.failures.store(0, ordering: .relaxed) }
            return false
        }
        // What began before it opened says nothing new.
        guard CircuitBreaker(word: clusters[cluster].load.breaker.load(ordering: .relaxed)).isClosed else { return false }
        let isTooMuch = clusters[cluster].load.failures.change { word in
            var rate = FailureRate(word: word)
            rate.record(isFailure: isFailure, at: now)
            word = rate.word
            return isFailure && rate.isAtLeast(UInt64(guards.breakerShare), of: UInt64(guards.breakerMinimum), at: now)
        }
        return isTooMuch && change(cluster) { $0.trip(base: guards.breakerOpen, at: now) }
    }

    /// A probe ended without saying anything.
    func forgetProbe(_ cluster: Int32, _ probe: UInt8) { change(cluster) { $0.forget(probe) } }

    private func change<R>(_ cluster: Int32, _ change: (inout CircuitBreaker) -> R) -> R {
        clusters[cluster].load.breaker.change { word in
            var breaker = CircuitBreaker(word: word)
            defer { word = breaker.word }
            return change(&breaker)
        }
    }

    // MARK: Panic

    /// Whether so few endpoints are healthy that health does not count.
    func isPanicking(_ cluster: Int32, _ guards: ClusterGuards, now: UInt64) -> Bool {
        var panic = Panic(word: clusters[cluster].load.panic.load(ordering: .relaxed))
        if let known = panic.known(at: now) { return known }
        guard let state = unsafe state(of: cluster) else { return false }
        let candidates = unsafe EndpointCandidates(state: state, endpoints: endpoints, tried: Tried(), now: now)
        var healthy = 0
        for i in 0..<candidates.readyCount where candidates.isHealthy(i) { healthy &+= 1 }
        let isPanic = panic.reckon(healthy: healthy, of: candidates.readyCount, share: Int(guards.panicThreshold), at: now)
        // Whoever reckons at the same time comes to the same.
        clusters[cluster].load.panic.store(panic.word, ordering: .relaxed)
        return isPanic
    }
}
