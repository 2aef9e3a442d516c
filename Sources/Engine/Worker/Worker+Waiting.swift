import Base
import Graph
import Pipeline

// Connections to a Service that has a bounded number of them, and requests that wait for one. How many there are is counted for all workers;
// who waits, waits at the worker to which its client is connected.
extension Worker where P: ~Copyable {
    // MARK: Connections

    /// Counts a connection that is about to be made. False when there are as many as may be, or the next one is left to others.
    ///
    /// - Parameter carries: it carries many requests; a worker without any may have one whatever the bound is, since others' are of no
    ///   use to its clients, and never rest.
    mutating func takeConnection(_ c: Int32, carries: Bool) -> Bool {
        let most = cells.guards(c).connections
        if most >= 0, !rooms.mayTake(c, at: tick), hasOthersWaiting(c) { return false }
        guard cells.take(.connection, c, most: carries && rooms.held(c) == 0 ? -1 : most) else { return false }
        rooms.connected(c)
        return true
    }

    /// A connection is closed.
    mutating func giveBackConnection(_ c: Int32) {
        cells.giveBack(.connection, c)
        rooms.closed(c)
        if !yields(c) { rooms.call(c) }
    }

    private func hasOthersWaiting(_ c: Int32) -> Bool { cells.pending(c) > rooms.count(c) }

    /// Whether the connection that becomes free is one for the clients of other workers: they wait, and this one has more than its share.
    private mutating func yields(_ c: Int32) -> Bool {
        guard hasOthersWaiting(c), rooms.mayYield(c, at: tick), case let most = cells.guards(c).connections, most >= 0,
            rooms.held(c) >= most / workerCount
        else { return false }
        rooms.leaveNext(c, at: tick)
        return true
    }

    /// Whether a connection that did its work stays for the next request. What is kept by one worker is of no use to the others: of the
    /// last ones that there may be each keeps its share.
    mutating func isKept(_ u: Int32, _ m: borrowing Memory) -> Bool {
        let c = m.sockets[u].cluster
        let most = cells.guards(c).connections
        guard most >= 0 else { return true }
        if hasOthersWaiting(c) && rooms.mayYield(c, at: tick) && rooms.held(c) > most / workerCount { return false }
        return rooms.count(c) > 0 || cells.connections(c) < most || rooms.held(c) <= most / workerCount
    }

    /// Others wait for a connection that rests here.
    func isWantedByOthers(_ u: Int32, _ m: borrowing Memory) -> Bool {
        let c = m.sockets[u].cluster
        return c >= 0 && m.sockets[u].isBounded && rooms.count(c) == 0 && cells.pending(c) > 0
    }

    // MARK: Waiting

    /// No connection may be made for the try: it is taken back, and the request goes over one that rests or waits for one.
    mutating func connectionRefused(_ e: Int32, _ m: borrowing Memory) {
        let c = m.exchanges[e].x.cluster
        m.exchanges[e].tried.takeBack()
        m.exchanges[e].x.tries &-= 1
        m.exchanges[e].x.endpoint = .none
        guard let settings = cells.settings(c), m.exchanges[e].x.version != .udp else {
            return fail(e, ProxyError(.noConnection), m)
        }
        if let endpoint = endpointAtRest(e, settings, m) { return go(e, to: endpoint, settings, m) }
        if closeOneAtRest(c, m) { return again(e, m) }
        wait(e, atFront: served == e, settings.guards, m)
    }

    /// The room was left, or is not entered: nobody comes before.
    private mutating func again(_ e: Int32, _ m: borrowing Memory) {
        let before = served
        served = e
        dispatch(e, m)
        served = before
    }

    /// An endpoint that a connection with room leads to, where any endpoint will do.
    private mutating func endpointAtRest(_ e: Int32, _ settings: ClusterSettings, _ m: borrowing Memory) -> EndpointHandle? {
        guard !m.exchanges[e].x.version.isSession, settings.introduction == nil, settings.key == .nothing,
            !m.exchanges[e].isAtTie
        else { return nil }
        let c = m.exchanges[e].x.cluster
        let count = cells.readyCount(c)
        guard count > 0 else { return nil }
        let start = Int(random.below(UInt32(truncatingIfNeeded: count)))
        for step in 0..<count {
            let i = start &+ step < count ? start &+ step : start &+ step &- count
            guard let (endpoint, isHealthy) = cells.ready(c, i, now: now.nanoseconds) else { return nil }
            guard isHealthy, !m.exchanges[e].tried.contains(endpoint) else { continue }
            let isFree =
                isCarried(e, endpoint, settings, m)
                ? roomyCarrier(endpoint, e, m) >= 0 : !m.exchanges[e].wantsFresh && pool.holds(endpoint, m.sockets)
            if isFree { return endpoint }
        }
        return nil
    }

    /// A connection to the cluster that rests, and that the request cannot use, makes room for another one.
    private mutating func closeOneAtRest(_ c: Int32, _ m: borrowing Memory) -> Bool {
        for i in 0..<cells.readyCount(c) {
            guard let (endpoint, _) = cells.ready(c, i, now: now.nanoseconds) else { return false }
            let u = pool.first(of: endpoint)
            if u >= 0 {
                closeKept(u, m)
                return true
            }
            let carrier = restingCarrier(to: endpoint, m)
            if carrier >= 0 {
                endCarrier(carrier, m)
                return true
            }
        }
        return false
    }

    /// Waits for a connection as long as for an endpoint to accept one.
    mutating func wait(_ e: Int32, atFront: Bool, _ guards: ClusterGuards, _ m: borrowing Memory) {
        // A copy takes nobody's place.
        if m.exchanges[e].isCopy { return fail(e, ProxyError(.noConnection), m) }
        let c = m.exchanges[e].x.cluster
        guard let settings = cells.settings(c) else { return fail(e, ProxyError(.noEndpoint), m) }
        if !atFront {
            guard cells.take(.pending, c, most: guards.pending) else { return fail(e, ProxyError(.tooManyWaiting), m) }
            m.exchanges[e].waitsUntil = tick &+ max(1, settings.connectTimeout / 1_000_000)
            metrics.add(.waits)
        } else {
            _ = cells.take(.pending, c, most: -1)
        }
        charge(e, c, m)
        rooms.enter(e, c, atFront: atFront, m.exchanges)
        m.exchanges[e].claims.insert(.place)
        m.exchanges[e].phase = .waiting
        m.exchanges[e].idleDeadline = 0
        m.exchanges[e].tryDeadline = m.exchanges[e].waitsUntil
        m.exchanges[e].wakeAt = rooms.first(c) == e ? tick &+ Self.lookPeriod : 0
        armExchange(e, m)
    }

    /// Milliseconds after which the first one who waits looks whether another worker left a connection.
    private static var lookPeriod: UInt64 { 5 }

    mutating func leaveRoom(_ e: Int32, _ m: borrowing Memory) {
        let c = m.exchanges[e].charged
        let next = rooms.first(c) == e ? m.exchanges[e].roomNext : -1
        rooms.leave(e, c, m.exchanges)
        cells.giveBack(.pending, c)
        m.exchanges[e].claims.remove(.place)
        m.exchanges[e].wakeAt = 0
        m.exchanges[e].tryDeadline = 0
        guard next >= 0 else { return }
        // It is the first one now.
        m.exchanges[next].wakeAt = tick &+ Self.lookPeriod
        armExchange(next, m)
    }

    /// The time of somebody who waits.
    mutating func waitingDue(_ e: Int32, _ m: borrowing Memory) {
        if tick >= m.exchanges[e].waitsUntil { return fail(e, ProxyError(.noConnection), m) }
        m.exchanges[e].wakeAt = rooms.first(m.exchanges[e].charged) == e ? tick &+ Self.lookPeriod : 0
        armExchange(e, m)
        rooms.call(m.exchanges[e].charged)
    }

    /// Whoever waits goes on where something became free, as far as it suffices.
    mutating func serveRooms(_ m: borrowing Memory) {
        while case let c = rooms.takeDue(), c >= 0 {
            var left = rooms.count(c)
            while left > 0, case let e = rooms.first(c), e >= 0 {
                left &-= 1
                let handle = m.exchanges.handle(e)
                leaveRoom(e, m)
                m.exchanges[e].phase = .backoff
                again(e, m)
                keepInput(m)
                // It is first again: nothing was free.
                if m.exchanges.isCurrent(handle), m.exchanges[e].phase == .waiting { break }
            }
        }
    }
}
