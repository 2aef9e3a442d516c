import Base
import Pipeline
import Reactor

// One timer for each socket and one for each exchange, named by even and odd numbers.
extension Worker where P: ~Copyable {
    @inline(__always) static func timer(socket s: Int32) -> Int32 { s &* 2 }
    @inline(__always) static func timer(exchange e: Int32) -> Int32 { e &* 2 &+ 1 }

    /// Sets what shall happen to a socket after so many milliseconds; 0 is never.
    mutating func alarm(_ s: Int32, _ alarm: SocketRow.Alarm, _ milliseconds: UInt64, _ m: borrowing Memory) {
        m.sockets[s].alarm = alarm
        if milliseconds == 0 {
            timers.disarm(Self.timer(socket: s))
        } else {
            timers.arm(Self.timer(socket: s), at: tick &+ milliseconds)
        }
    }

    mutating func disarm(_ s: Int32, _ m: borrowing Memory) {
        m.sockets[s].alarm = .none
        timers.disarm(Self.timer(socket: s))
    }

    mutating func fireTimers(_ m: borrowing Memory) {
        while let id = timers.next(now: tick) {
            if id & 1 == 0 { socketDue(id / 2, m) } else { exchangeDue(id / 2, m) }
            keepInput(m)
        }
    }

    private mutating func socketDue(_ s: Int32, _ m: borrowing Memory) {
        let alarm = m.sockets[s].alarm
        m.sockets[s].alarm = .none
        switch (m.sockets[s].role, alarm) {
        case (.client, .keepAlive):
            if m.sockets[s].state == .idle { closeGently(s, isSending: false, m) }
            if m.sockets[s].state == .carrying && m.sockets[s].firstCarried < 0 { endCarrying(s, m) }
        case (.client, .head): if m.sockets[s].state == .idle { refuse(s, ProxyError(.clientHeadLate), m) }
        case (.upstream, .keepAlive):
            if m.sockets[s].state == .idle { closeKept(s, m) }
            if m.sockets[s].state == .carrying && m.sockets[s].firstCarried < 0 { endCarrier(s, m) }
        case (.upstream, .life): loseCarrier(s, .lost, m)
        case (.upstream, .connect), (.upstream, .handshake):
            let t = m.sockets[s].stream
            let isShaking = m.sockets[s].state == .shaking
            guard t >= 0 else { return loseCarrier(s, isShaking ? .sealLate : .connectLate, m) }
            if isShaking { return shakingFailed(s, ProxyError(.handshakeLate), m) }
            if m.sockets[s].isStream {
                // Its connection is gone already: its own turn, which is due, knows why.
                if m.sockets[s].cut != .none { return queue(s, m) }
                if waitsForTLS(s, m) { return tryFailed(m.streams[t].exchange, ProxyError(.handshakeLate), m) }
            }
            metrics.add(.upstreamConnectFailures)
            tryFailed(m.streams[t].exchange, ProxyError(.connectLate), m)
        case (.client, .linger): close(s, m)
        case (.client, .handshake): failHandshake(s, m)
        case (.client, .introduction): failIntroduction(s, m)
        case (.client, .write), (.upstream, .write):
            if m.sockets[s].isHandshaking { self.alarm(s, .handshake, m.limits.handshake, m) }
            if m.sockets[s].isDoubted { self.alarm(s, .life, m.limits.signOfLife, m) }
            flush(s, m)
        default: break
        }
    }

    // MARK: Exchanges

    /// Takes over the rule's limits.
    @inline(__always)
    mutating func setLimits(_ e: Int32, _ rule: borrowing RuleRow, _ m: borrowing Memory) {
        let whole = rule.request.nanoseconds(default: m.limits.request &* 1_000_000) ?? 0
        m.exchanges[e].requestDeadline = whole == 0 ? 0 : tick &+ max(1, whole / 1_000_000)
        m.exchanges[e].idleLimit = (rule.streamIdle.nanoseconds(default: m.limits.streamIdle &* 1_000_000) ?? 0) / 1_000_000
        if whole != 0 { armExchange(e, m) }
    }

    /// The limit of one try. A rule's own runs from the try's beginning; without one the endpoint has the default from the moment when
    /// it has all of the request, because an upload may take long.
    mutating func setTryDeadline(_ e: Int32, _ m: borrowing Memory) {
        // A copy for a mirror has one limit, that one's.
        guard m.exchanges[e].plan >= 0, !m.exchanges[e].isMirror, let view = m.plans[m.exchanges[e].plan].view else { return }
        let limit = view.rules[m.exchanges[e].x.rule].backendRequest
        if limit == .unset {
            let isWhole = m.streams[m.exchanges[e].downstream].isInputDone
            m.exchanges[e].tryDeadline = isWhole && m.limits.answer > 0 ? tick &+ m.limits.answer : 0
        } else if m.exchanges[e].tryDeadline == 0, let nanoseconds = limit.nanoseconds(default: 0) {
            m.exchanges[e].tryDeadline = tick &+ max(1, nanoseconds / 1_000_000)
        }
    }

    /// While the exchange still has its plan.
    mutating func setTunnelLimits(_ e: Int32, _ m: borrowing Memory) {
        m.exchanges[e].requestDeadline = 0
        m.exchanges[e].tryDeadline = 0
        m.exchanges[e].takeDeadline = 0
        // A rule's streamIdle is already there; the default for tunnels is another one than for bodies.
        if m.exchanges[e].plan >= 0, let view = m.plans[m.exchanges[e].plan].view,
            view.rules[m.exchanges[e].x.rule].streamIdle == .unset
        {
            m.exchanges[e].idleLimit = m.limits.tunnelIdle
        }
        touch(e, m)
        armExchange(e, m)
    }

    /// Something moved. The timer is not set anew: it finds out when it fires.
    @inline(__always)
    mutating func touch(_ e: Int32, _ m: borrowing Memory) {
        let limit = m.exchanges[e].idleLimit
        m.exchanges[e].idleDeadline = limit == 0 ? 0 : tick &+ limit
    }

    /// Sets the exchange's timer to the earliest of its limits.
    mutating func armExchange(_ e: Int32, _ m: borrowing Memory) {
        var earliest = UInt64.max
        if m.exchanges[e].requestDeadline != 0 { earliest = min(earliest, m.exchanges[e].requestDeadline) }
        if m.exchanges[e].tryDeadline != 0 { earliest = min(earliest, m.exchanges[e].tryDeadline) }
        if m.exchanges[e].idleDeadline != 0 { earliest = min(earliest, m.exchanges[e].idleDeadline) }
        if m.exchanges[e].hedgeAt != 0 { earliest = min(earliest, m.exchanges[e].hedgeAt) }
        if m.exchanges[e].wakeAt != 0 { earliest = min(earliest, m.exchanges[e].wakeAt) }
        if m.exchanges[e].rateDeadline != 0 { earliest = min(earliest, m.exchanges[e].rateDeadline) }
        if m.exchanges[e].takeDeadline != 0 { earliest = min(earliest, m.exchanges[e].takeDeadline) }
        if earliest == .max {
            timers.disarm(Self.timer(exchange: e))
        } else {
            timers.arm(Self.timer(exchange: e), at: max(earliest, tick &+ 1))
        }
    }

    private func isDue(_ deadline: UInt64) -> Bool { deadline != 0 && tick >= deadline }

    private mutating func exchangeDue(_ e: Int32, _ m: borrowing Memory) {
        let phase = m.exchanges[e].phase
        guard phase != .free else { return }
        if isDue(m.exchanges[e].requestDeadline) {
            metrics.add(.upstreamTimeouts)
            doubt(e, m)
            return fail(e, ProxyError(.requestLate), m)
        }
        if isDue(m.exchanges[e].hedgeAt) { hedgeDue(e, m) }
        if phase == .waiting { return waitingDue(e, m) }
        if isDue(m.exchanges[e].wakeAt) {
            m.exchanges[e].wakeAt = 0
            armExchange(e, m)
            if phase == .backoff { dispatch(e, m) } else if phase == .filtering { resume(e, .slept, m) }
            return
        }
        if isDue(m.exchanges[e].tryDeadline) {
            m.exchanges[e].tryDeadline = 0
            if phase == .connecting || phase == .asking {
                metrics.add(.upstreamTimeouts)
                doubt(e, m)
                return tryFailed(e, ProxyError(.answerLate), m)
            }
        }
        if isDue(m.exchanges[e].rateDeadline), isTooSlow(e, m) { return bodyLate(e, m) }
        if isDue(m.exchanges[e].takeDeadline), isTakenTooSlowly(e, m) {
            metrics.add(.slowReaders)
            return lost(m.streams[m.exchanges[e].downstream].socket, m)
        }
        if isDue(m.exchanges[e].idleDeadline) { return idle(e, m) }
        armExchange(e, m)
    }

    /// Milliseconds over which the rate of a body is reckoned.
    private static var ratePeriod: UInt64 { 5_000 }

    /// The body of a request begins: from now on some of it has to come, if that is demanded. Calls of gRPC may rest as long as they like.
    mutating func watchBody(_ e: Int32, _ m: borrowing Memory) {
        guard m.limits.bodyRate > 0, !m.streams[m.exchanges[e].downstream].isInputDone, !isCall(e, m) else { return }
        m.exchanges[e].rateMark = m.exchanges[e].x.bytes.received
        m.exchanges[e].rateDeadline = tick &+ Self.ratePeriod
    }

    /// Whether less came of the body than has to, and that is the client's doing. Looks again later otherwise.
    private mutating func isTooSlow(_ e: Int32, _ m: borrowing Memory) -> Bool {
        let (d, t) = (m.exchanges[e].downstream, m.exchanges[e].upstream)
        m.exchanges[e].rateDeadline = 0
        guard !m.streams[d].isInputDone else { return false }
        let came = m.exchanges[e].x.bytes.received &- m.exchanges[e].rateMark
        let isEnough = came >= UInt64(m.limits.bodyRate) &* Self.ratePeriod / 1000
        let isEndpointSlow = t >= 0 && !m.sockets[m.streams[t].socket].output.isEmpty
        let phase = m.exchanges[e].phase
        let isAwaited = (phase == .asking || phase == .answering || phase == .holding) && m.exchanges[e].wasContinued
        if isAwaited && !isEnough && !isEndpointSlow { return true }
        m.exchanges[e].rateMark = m.exchanges[e].x.bytes.received
        m.exchanges[e].rateDeadline = tick &+ Self.ratePeriod
        return false
    }

    /// An answer begins: as long as some of it waits for the client, the client has to take some, if that is demanded.
    @inline(never)
    mutating func watchTaking(_ e: Int32, _ m: borrowing Memory) {
        guard m.exchanges[e].takeDeadline == 0 else { return }
        m.exchanges[e].takeMark = taken(e, m)
        m.exchanges[e].takeDeadline = tick &+ Self.ratePeriod
        armExchange(e, m)
    }

    /// Bytes that the client has taken, or that are in the system's hands.
    private func taken(_ e: Int32, _ m: borrowing Memory) -> UInt64 {
        let queued = UInt64(m.sockets[m.streams[m.exchanges[e].downstream].socket].output.count)
        let sent = m.exchanges[e].x.bytes.sent
        return sent > queued ? sent &- queued : 0
    }

    /// Whether something waited all the time, and too little of it was taken. Looks again later otherwise.
    private mutating func isTakenTooSlowly(_ e: Int32, _ m: borrowing Memory) -> Bool {
        let phase = m.exchanges[e].phase
        m.exchanges[e].takeDeadline = 0
        guard phase == .answering || phase == .flushing else { return false }
        let isWaitedFor = !m.sockets[m.streams[m.exchanges[e].downstream].socket].output.isEmpty
        let now = taken(e, m)
        let came = now > m.exchanges[e].takeMark ? now &- m.exchanges[e].takeMark : 0
        let isEnough = came >= UInt64(m.limits.writeRate) &* Self.ratePeriod / 1000
        if m.exchanges[e].wasWaitedFor && isWaitedFor && !isEnough { return true }
        m.exchanges[e].wasWaitedFor = isWaitedFor
        m.exchanges[e].takeMark = now
        m.exchanges[e].takeDeadline = tick &+ Self.ratePeriod
        return false
    }

    private mutating func bodyLate(_ e: Int32, _ m: borrowing Memory) {
        if m.exchanges[e].phase == .answering { return lost(m.streams[m.exchanges[e].downstream].socket, m) }
        fail(e, ProxyError(.clientBodyLate), m)
    }

    /// Nothing moved for as long as it may.
    private mutating func idle(_ e: Int32, _ m: borrowing Memory) {
        let d = m.exchanges[e].downstream
        let s = m.streams[d].socket
        m.exchanges[e].idleDeadline = 0
        switch m.exchanges[e].phase {
        case .holding: fail(e, ProxyError(.clientBodyLate), m)
        case .asking where !m.streams[d].isInputDone: fail(e, ProxyError(.clientBodyLate), m)
        case .answering, .flushing:
            // Whose turn was it?
            guard m.sockets[s].output.isEmpty else { return lost(s, m) }
            doubt(e, m)
            abort(e, ProxyError(.streamIdle), m)
        // Datagrams have no end, so that silence is one.
        case .tunnel where m.exchanges[e].x.version == .udp: breakOff(e, .ok, m)
        case .tunnel: abort(e, ProxyError(.streamIdle), m)
        case .asking, .free, .filtering, .backoff, .waiting, .connecting: armExchange(e, m)
        }
    }
}
