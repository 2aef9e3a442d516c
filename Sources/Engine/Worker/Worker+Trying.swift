import Base
import Graph
import HTTP
import Pipeline
import Reactor
import Secure

// A try: an endpoint, a connection to it, and what happens when that does not work out.
extension Worker where P: ~Copyable {
    /// Chooses an endpoint and sends the request there, over a kept connection or a new one.
    mutating func dispatch(_ e: Int32, _ m: borrowing Memory) {
        let cluster = m.exchanges[e].x.cluster
        guard var settings = cells.settings(cluster) else { return fail(e, ProxyError(.noEndpoint), m) }
        let version = m.exchanges[e].x.version
        // Whatever is spoken within a session is between its two ends.
        if version.isSession { (settings.upstream, settings.connector) = (.http, .none) }
        let isPlain = settings.upstream == .http
        // A connection that carries many clients' requests cannot say whose it is.
        if settings.introduction != nil && !isPlain && settings.isFramed { return fail(e, ProxyError(.unsupported), m) }
        guard isPlain || (settings.isSealed ? settings.connector.isPresent : settings.isFramed) else {
            return fail(e, ProxyError(settings.isSealed ? .connectorMissing : .unsupported), m)
        }
        let own = settings.hasRuleBalancers ? ruleBalancer(e, m) : nil
        let key = own?.key ?? settings.key
        let hash = key == .nothing ? 0 : requestHash(e, key, own?.name, m)
        if settings.guards.isAsked, !isAdmitted(e, settings.guards, m) { return }
        let isPanic = settings.guards.panicThreshold > 0 && cells.isPanicking(cluster, settings.guards, now: now.nanoseconds)
        if isPanic && !m.exchanges[e].isMirror { metrics.add(.panics) }
        var endpoint = EndpointHandle.none
        if settings.ties.hasTokens && !version.isSession && !m.exchanges[e].isCopy {
            endpoint = tiedEndpoint(e, ignoresHealth: isPanic, m)
        }
        if !endpoint.isPresent {
            endpoint = cells.pick(
                cluster, by: own?.balancer, tried: m.exchanges[e].tried, hash: hash, ignoresHealth: isPanic, now: now.nanoseconds,
                &random)
        }
        guard endpoint.isPresent else { return fail(e, ProxyError(.noEndpoint), m) }
        if let error = m.exchanges[e].connectError, m.exchanges[e].tried.contains(endpoint) {
            // Every endpoint was tried, and this one did not let itself be connected to.
            return fail(e, error, m)
        }
        go(e, to: endpoint, settings, m)
    }

    /// Begins a try at an endpoint.
    @inline(__always)
    mutating func go(_ e: Int32, to endpoint: EndpointHandle, _ settings: ClusterSettings, _ m: borrowing Memory) {
        let isPlain = settings.upstream == .http
        m.exchanges[e].tried.insert(endpoint)
        m.exchanges[e].x.endpoint = endpoint
        m.exchanges[e].x.tries &+= 1
        m.exchanges[e].x.times.tryStart = now
        let (ip, number) = cells.address(endpoint)
        m.exchanges[e].address = SocketAddress(ip, number)
        cells.begin(endpoint)
        m.exchanges[e].isCounted = true
        if m.exchanges[e].x.version == .udp { return connectForDatagrams(e, endpoint, m) }
        if !isPlain && isCarried(e, endpoint, settings, m) { return carry(e, endpoint, settings, m) }
        reach(e, endpoint, settings, m)
    }

    /// Sends the request over a connection that carries no other meanwhile: a kept one or a new one.
    @inline(__always)
    mutating func reach(_ e: Int32, _ endpoint: EndpointHandle, _ settings: ClusterSettings, _ m: borrowing Memory) {
        let u = m.exchanges[e].x.version.isSession || settings.introduction != nil ? -1 : takeKept(e, endpoint, m)
        if u >= 0 {
            metrics.add(.upstreamReuses)
            m.sockets[u].isReused = true
            attach(e, u, m)
            disarm(u, m)
            m.exchanges[e].x.times.connected = now
            sendRequest(e, m)
        } else {
            connect(e, endpoint, settings, m)
        }
    }

    /// What the balancer knows the request by. Who has nothing of the kind, as a connection that is not read has no fields, goes anywhere.
    ///
    /// - Parameter name: of what is hashed, by a rule's own word; nil by the cluster's.
    private mutating func requestHash(_ e: Int32, _ key: RequestKey, _ name: Rows<UInt8>?, _ m: borrowing Memory) -> UInt32 {
        let anywhere = UInt32(truncatingIfNeeded: random.next() >> 32)
        guard key == .address || !m.exchanges[e].x.version.isSession else { return anywhere }
        let client = m.exchanges[e].x.client
        guard let name else { return cells.hash(m.exchanges[e].x.cluster, m.head(e), client: client) ?? anywhere }
        return key.hash(name.span, m.head(e), client: client).map { UInt32(truncatingIfNeeded: $0 >> 32) } ?? anywhere
    }

    /// How the exchange's rule chooses endpoints; nil as the cluster does. A mirror's copy goes to another cluster than the rule's.
    private func ruleBalancer(_ e: Int32, _ m: borrowing Memory) -> BalancerRow? {
        guard !m.exchanges[e].isMirror, m.exchanges[e].plan >= 0, let view = m.plans[m.exchanges[e].plan].view else { return nil }
        return view.rules[m.exchanges[e].x.rule].balancer
    }

    /// A kept connection to the endpoint; -1 when a new one is needed.
    private mutating func takeKept(_ e: Int32, _ endpoint: EndpointHandle, _ m: borrowing Memory) -> Int32 {
        if m.exchanges[e].wantsFresh { return -1 }
        while true {
            let u = pool.take(endpoint, m.sockets)
            guard u >= 0 else { return -1 }
            m.sockets[u].state = .busy
            // What cannot be repeated goes over a connection only when nothing says that its peer has left.
            if m.sockets[u].isReadable || (!m.exchanges[e].isIdempotent && !port.isQuiet(m.sockets[u].descriptor)) {
                metrics.add(.upstreamStale)
                close(u, m)
                continue
            }
            return u
        }
    }

    private mutating func connect(_ e: Int32, _ endpoint: EndpointHandle, _ settings: ClusterSettings, _ m: borrowing Memory) {
        var problem = ProxyError.Kind.noDescriptors
        let u = open(endpoint, m.exchanges[e].address, settings, isForTunnel: m.exchanges[e].wantsTunnel, &problem, m)
        guard u >= 0 else { return tryFailed(e, ProxyError(problem), m) }
        attach(e, u, m)
        m.sockets[u].state = .connecting
        m.exchanges[e].phase = .connecting
        setTryDeadline(e, m)
        armExchange(e, m)
    }

    /// Begins to connect. - Returns: the socket, or -1 with what is in the way.
    mutating func open(
        _ endpoint: EndpointHandle, _ address: SocketAddress, _ settings: ClusterSettings, isForTunnel: Bool = false,
        carries: Bool = false, _ problem: inout ProxyError.Kind, _ m: borrowing Memory
    ) -> Int32 {
        guard settings.connector.isPresent || !settings.isSealed else {
            problem = .connectorMissing
            return -1
        }
        let u = dial(endpoint, address, isForDatagrams: false, carries: carries, &problem, m)
        guard u >= 0 else { return -1 }
        m.sockets[u].state = .connecting
        m.sockets[u].introduction = settings.introduction
        // HTTP/2 is not offered for an upgrade, nor where a connection says whose it is.
        let isAlone = isForTunnel || settings.introduction != nil
        m.sockets[u].isNegotiable = settings.upstream == .https && !isAlone
        if settings.connector.isPresent && !seal(u, settings.connector, isAlone: isAlone, m) {
            problem = .noBlocks
            close(u, m)
            return -1
        }
        port.register(m.sockets[u].descriptor, token: m.sockets.handle(u).token)
        alarm(u, .connect, max(1, settings.connectTimeout / 1_000_000), m)
        return u
    }

    /// A row with a descriptor that is on its way to an endpoint, or -1 with what is in the way.
    mutating func dial(
        _ endpoint: EndpointHandle, _ address: SocketAddress, isForDatagrams: Bool, carries: Bool = false,
        _ problem: inout ProxyError.Kind, _ m: borrowing Memory
    ) -> Int32 {
        guard let u = m.sockets.take() else { return -1 }
        let cluster = cells.cluster(of: endpoint)
        guard takeConnection(cluster, carries: carries) else {
            m.sockets.give(u)
            problem = .noConnection
            return -1
        }
        var descriptor = isForDatagrams ? port.connectForDatagrams(address) : port.connect(address)
        if Int(descriptor) == IO.starved, starve(m) {
            descriptor = isForDatagrams ? port.connectForDatagrams(address) : port.connect(address)
        }
        guard descriptor >= 0 else {
            m.sockets.give(u)
            giveBackConnection(cluster)
            metrics.add(.upstreamConnectFailures)
            problem = Int(descriptor) == IO.starved ? .noDescriptors : .connectRefused
            return -1
        }
        metrics.add(.upstreamConnects)
        m.sockets[u] = SocketRow()
        m.sockets[u].descriptor = descriptor
        m.sockets[u].role = .upstream
        m.sockets[u].endpoint = endpoint
        m.sockets[u].cluster = cluster
        m.sockets[u].isBounded = cells.guards(cluster).connections >= 0
        m.sockets[u].peer = address
        return u
    }

    /// Makes the socket the exchange's upstream end.
    mutating func attach(_ e: Int32, _ u: Int32, _ m: borrowing Memory) {
        // There are as many streams as sockets, and each socket has at most one.
        guard let t = m.streams.take() else { preconditionFailure("a socket has at most one stream") }
        m.streams[t] = StreamRow()
        m.streams[t].socket = u
        m.streams[t].exchange = e
        m.sockets[u].stream = t
        m.sockets[u].state = .busy
        m.exchanges[e].upstream = t
    }

    /// An attempt to connect ended.
    mutating func finishConnecting(_ u: Int32, _ m: borrowing Memory) {
        let t = m.sockets[u].stream
        guard t >= 0 else { return finishCarrier(u, m) }
        let e = m.streams[t].exchange
        guard port.connectResult(m.sockets[u].descriptor) == 0 else {
            metrics.add(.upstreamConnectFailures)
            return tryFailed(e, ProxyError(.connectRefused), m)
        }
        if m.sockets[u].introduction != nil, !introduce(e, to: u, m) { return tryFailed(e, ProxyError(.connectRefused), m) }
        if m.sockets[u].isHandshaking { return beginShaking(u, m) }
        if m.sockets[u].alarm != .write { disarm(u, m) }
        m.sockets[u].state = .busy
        m.exchanges[e].x.times.connected = now
        if m.exchanges[e].x.version.isSession { join(e, m) } else { sendRequest(e, m) }
    }

    // MARK: When a try fails

    /// A try ended without an answer: another one follows, or the error becomes the answer.
    mutating func tryFailed(_ e: Int32, _ error: ProxyError, _ m: borrowing Memory) {
        if error.kind == .noConnection {
            releaseUpstream(e, isClean: false, m)
            return connectionRefused(e, m)
        }
        m.exchanges[e].connectError = error.kind.isOfConnecting ? error : nil
        if error.kind == .reusedClosed {
            metrics.add(.upstreamStale)
            m.exchanges[e].wantsFresh = true
        }
        if error.kind.isEndpointsFault { note(.failed, e, m) }
        releaseUpstream(e, isClean: false, m)
        if m.exchanges[e].hedge >= 0, hedgeTakesOver(e, m) { return }
        if mayTryAgain(e, error, m) {
            metrics.add(.retries)
            return dispatch(e, m)
        }
        // What an endpoint may have begun and is not to be done twice ends here, whatever the rule says (RFC 9110 section 9.2.2).
        let isHarmless = error.retry == .safe || m.exchanges[e].isIdempotent
        if error.origin == .upstream && isHarmless && mayRetryByRule(e, m) { return backOff(e, m) }
        fail(e, error, m)
    }

    /// Tells what is known of the endpoint how its try ended. Copies for mirrors say nothing: what they do to an endpoint shall not
    /// be felt by those who wait for it.
    @inline(__always) mutating func note(_ outcome: TryOutcome, _ e: Int32, _ m: borrowing Memory) {
        guard m.exchanges[e].isCounted, !m.exchanges[e].isMirror else { return }
        let took = now.nanoseconds &- m.exchanges[e].x.times.tryStart.nanoseconds
        let noted = cells.note(outcome, m.exchanges[e].x.cluster, m.exchanges[e].x.endpoint, took: took, now: now.nanoseconds)
        if noted.isEmpty { return }
        if noted.contains(.ejection) { metrics.add(.ejections) }
        if noted.contains(.isJudged) { judge(e, isFailure: noted.contains(.failure), m) }
    }

    /// Without a word in the rule: the endpoint took nothing of the request, or its repetition does no harm.
    private mutating func mayTryAgain(_ e: Int32, _ error: ProxyError, _ m: borrowing Memory) -> Bool {
        guard canRepeat(e, m), m.exchanges[e].safeRetries < m.limits.safeRetries else { return false }
        if m.exchanges[e].isCopy, error.kind != .reusedClosed { return false }
        guard error.retry == .safe || (error.retry == .ifIdempotent && m.exchanges[e].isIdempotent) else { return false }
        // A kept connection that was dead asked nothing of anybody.
        guard error.kind == .reusedClosed || takeRetry(e, m) else { return false }
        m.exchanges[e].safeRetries &+= 1
        if m.exchanges[e].isHedge { keepElsewhere(e, m) }
        return true
    }

    /// Nothing of an answer was passed on, and all of the body that was sent is still here.
    private func canRepeat(_ e: Int32, _ m: borrowing Memory) -> Bool {
        guard m.exchanges[e].plan >= 0 else { return false }
        switch m.exchanges[e].phase {
        case .filtering, .connecting, .asking, .holding, .backoff, .waiting: return !m.exchanges[e].isReplayLost
        case .free, .answering, .flushing, .tunnel: return false
        }
    }

    /// By the rule's retry clause, as long as the cluster's budget lasts. The retry is then taken.
    mutating func mayRetryByRule(_ e: Int32, _ m: borrowing Memory) -> Bool {
        guard canRepeat(e, m), !m.exchanges[e].isCopy, let view = m.plans[m.exchanges[e].plan].view else { return false }
        let retry = view.rules[m.exchanges[e].x.rule].retry
        guard m.exchanges[e].ruleRetries < retry.attempts else { return false }
        guard takeRetry(e, m) else { return false }
        guard retry.budgetPercent == 0 || cells.takeRetry(m.exchanges[e].x.cluster, second: second) else {
            metrics.add(.retriesDenied)
            giveBackRetry(e, m)
            return false
        }
        m.exchanges[e].ruleRetries &+= 1
        metrics.add(.retries)
        return true
    }

    /// Whether the answer's status asks for another try.
    func isRetriedStatus(_ e: Int32, _ status: UInt16, _ m: borrowing Memory) -> Bool {
        guard status >= 400, m.exchanges[e].plan >= 0, let view = m.plans[m.exchanges[e].plan].view else { return false }
        return view.rules[m.exchanges[e].x.rule].retry.retries(status)
    }

    /// Waits a little longer before each retry, by a random part so that retries do not come together.
    mutating func backOff(_ e: Int32, _ m: borrowing Memory) {
        guard let view = m.plans[m.exchanges[e].plan].view else { return fail(e, ProxyError(.noEndpoint), m) }
        let base = view.rules[m.exchanges[e].x.rule].retry.backoff / 1_000_000
        let doublings = UInt64(min(6, max(1, m.exchanges[e].ruleRetries)) - 1)
        let whole = min(10_000, base << doublings)
        guard whole > 0 else { return dispatch(e, m) }
        m.exchanges[e].phase = .backoff
        m.exchanges[e].tryDeadline = 0
        m.exchanges[e].wakeAt = tick &+ whole / 2 &+ UInt64(random.below(UInt32(truncatingIfNeeded: whole / 2 &+ 1))) &+ 1
        armExchange(e, m)
    }

    // MARK: Giving the connection back

    /// The try is over. A clean connection is kept for the next request, any other is closed.
    mutating func releaseUpstream(_ e: Int32, isClean: Bool, _ m: borrowing Memory) {
        let endpoint = m.exchanges[e].x.endpoint
        let isListed = isClean && cells.isListed(endpoint)
        if m.exchanges[e].isCounted {
            cells.end(endpoint)
            m.exchanges[e].isCounted = false
        }
        if !m.exchanges[e].claims.isSubset(of: .retry) { giveBackClaims(e, m) }
        let t = m.exchanges[e].upstream
        guard t >= 0 else { return }
        m.exchanges[e].upstream = -1
        let u = m.streams[t].socket
        // A stream without a connection frees nothing.
        if rooms.waiting > 0, !m.sockets[u].isStream || m.sockets[u].carrier >= 0 { rooms.call(m.exchanges[e].x.cluster) }
        m.blocks.give(m.streams[t].trailers)
        m.streams[t].trailers = .none
        m.streams.give(t)
        m.sockets[u].stream = -1
        let isReusable =
            isListed && !isDraining && !m.sockets[u].isReadable && !m.sockets[u].inputEnded && m.sockets[u].output.isEmpty
            && !m.sockets[u].hasInput && m.sockets[u].codec == .http1 && m.sockets[u].introduction == nil
            && (!m.sockets[u].isBounded || isKept(u, m))
        guard isReusable, pool.add(u, limit: m.limits.keptPerEndpoint, m.sockets) else { return close(u, m) }
        m.sockets[u].state = .idle
        alarm(u, .keepAlive, m.limits.upstreamIdle, m)
    }

    /// A kept connection ended, spoke without being asked, grew old, or leads to an endpoint that left.
    mutating func closeKept(_ u: Int32, _ m: borrowing Memory) {
        if m.sockets[u].isSealed { sayGoodbye(u, m) }
        close(u, m)
    }
}
