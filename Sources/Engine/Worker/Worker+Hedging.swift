import Base
import HTTP
import Pipeline

// A request whose endpoint is slow is asked of a second one before the first has failed. The hedge is a copy of the request, with an end
// upstream of its own; whichever of the two answers first without a failure counts. When that is the hedge, its original takes over the
// hedge's stream in the middle of its life, and the hedge ends with nothing. So everybody else sees one exchange with one try.
extension Worker where P: ~Copyable {
    // MARK: When

    /// A request of a rule that hedges is about to be tried: it earns its part of a hedge, and may have one if its repetition does no harm
    /// (RFC 9110 section 9.2.2).
    @inline(never)
    mutating func expectHedge(_ e: Int32, _ hedge: HedgeRow, _ m: borrowing Memory) {
        cells.earnHedge(m.exchanges[e].x.cluster, percent: UInt32(hedge.percent), second: second)
        guard m.exchanges[e].isIdempotent, !m.exchanges[e].wantsTunnel else { return }
        m.exchanges[e].hedgeAt = tick &+ UInt64(hedge.after)
    }

    /// The time of a hedge has come, unless a later try began in the meantime: that one has the whole time.
    @inline(never)
    mutating func hedgeDue(_ e: Int32, _ m: borrowing Memory) {
        m.exchanges[e].hedgeAt = 0
        guard m.exchanges[e].plan >= 0, let view = m.plans[m.exchanges[e].plan].view else { return }
        let after = UInt64(view.rules[m.exchanges[e].x.rule].hedge.after)
        switch m.exchanges[e].phase {
        case .connecting, .asking: break
        case .filtering, .holding, .backoff, .waiting: return m.exchanges[e].hedgeAt = tick &+ after
        case .free, .answering, .flushing, .tunnel: return
        }
        let due = m.exchanges[e].x.times.tryStart.nanoseconds / 1_000_000 &+ after
        guard due <= tick else { return m.exchanges[e].hedgeAt = due }
        guard isHedgeable(e, m) else { return }
        if !hedge(e, m) { metrics.add(.hedgesDenied) }
    }

    /// Whether the request can be asked of a second endpoint: all of it is here, its client belongs to no endpoint, nobody waits for the
    /// connection that it would take, and there is a healthy endpoint that was not tried.
    private func isHedgeable(_ e: Int32, _ m: borrowing Memory) -> Bool {
        let cluster = m.exchanges[e].x.cluster
        guard !m.exchanges[e].isReplayLost, m.streams[m.exchanges[e].downstream].isInputDone, !m.exchanges[e].isTied,
            !m.exchanges[e].isAtTie, cells.guards(cluster).connections < 0 || cells.pending(cluster) == 0
        else { return false }
        for i in 0..<cells.readyCount(cluster) {
            guard let (endpoint, isHealthy) = cells.ready(cluster, i, now: now.nanoseconds) else { return false }
            if isHealthy, !m.exchanges[e].tried.contains(endpoint) { return true }
        }
        return false
    }

    // MARK: The beginning

    /// Makes the hedge, which begins in a later turn. False when a bound forbids it: that of copies, `max-retries` of the Service, or the
    /// rule's share of requests.
    private mutating func hedge(_ e: Int32, _ m: borrowing Memory) -> Bool {
        guard copies < m.limits.mirrors else { return false }
        let cluster = m.exchanges[e].x.cluster
        let most = cells.guards(cluster).retries
        guard most < 0 || cells.take(.retry, cluster, most: most) else { return false }
        var refusal = MirrorOutcome.noMemory
        let c = cells.takeHedge(cluster, second: second) ? makeCopy(of: e, &refusal, m) : -1
        guard c >= 0 else {
            if most >= 0 { cells.giveBack(.retry, cluster) }
            return false
        }
        m.exchanges[c].isHedge = true
        m.exchanges[c].x.cluster = cluster
        m.exchanges[c].tried = m.exchanges[e].tried
        keepElsewhere(c, m)
        if most >= 0 {
            m.exchanges[c].claims = .retry
            m.exchanges[c].charged = cluster
        }
        m.exchanges[c].hedge = e
        m.exchanges[e].hedge = c
        m.exchanges[e].x.hedge = .lost
        metrics.add(.hedges)
        return true
    }

    /// A hedge that would go where its request was tried already is none: it fails there (see `dispatch`).
    mutating func keepElsewhere(_ c: Int32, _ m: borrowing Memory) { m.exchanges[c].connectError = ProxyError(.noEndpoint) }

    // MARK: The end

    /// The head of a final answer came to an exchange that has a hedge, or is one.
    ///
    /// - Returns: the exchange whose answer it is from now on; -1 when the stream on which it came was given up.
    @inline(never)
    mutating func settleHedge(_ e: Int32, _ status: UInt16, _ m: borrowing Memory) -> Int32 {
        let other = m.exchanges[e].hedge
        let isRetried = isRetriedStatus(e, status, m)
        if m.exchanges[e].isHedge {
            if isRetried || status >= 500 {
                // The first endpoint may still do better.
                note(.answered(status), e, m)
                breakOff(e, .ok, m)
                return -1
            }
            noteOvertaken(other, m)
            releaseUpstream(other, isClean: false, m)
            takeOverHedge(of: other, m)
            return other
        }
        if isRetried, m.exchanges[other].upstream >= 0 {
            note(.answered(status), e, m)
            releaseUpstream(e, isClean: false, m)
            takeOverHedge(of: e, m)
            return -1
        }
        noteOvertaken(other, m)
        endHedge(of: e, m)
        return e
    }

    /// The exchange's try failed. - Returns: whether its hedge has taken that one's place; a hedge that has no try yet just ends.
    mutating func hedgeTakesOver(_ e: Int32, _ m: borrowing Memory) -> Bool {
        guard !m.exchanges[e].isHedge else { return false }
        guard m.exchanges[m.exchanges[e].hedge].upstream >= 0 else {
            endHedge(of: e, m)
            return false
        }
        takeOverHedge(of: e, m)
        return true
    }

    /// The hedge's try becomes that of its original, which has none, wherever it stands. The hedge is over.
    private mutating func takeOverHedge(of e: Int32, _ m: borrowing Memory) {
        let c = m.exchanges[e].hedge
        let t = m.exchanges[c].upstream
        m.streams[t].exchange = e
        m.exchanges[e].upstream = t
        m.exchanges[c].upstream = -1
        m.exchanges[e].phase = m.exchanges[c].phase
        m.exchanges[e].tried = m.exchanges[c].tried
        m.exchanges[e].x.endpoint = m.exchanges[c].x.endpoint
        m.exchanges[e].address = m.exchanges[c].address
        m.exchanges[e].wantsFresh = m.exchanges[c].wantsFresh
        m.exchanges[e].connectError = nil
        m.exchanges[e].tryDeadline = m.exchanges[c].tryDeadline
        m.exchanges[e].isCounted = m.exchanges[c].isCounted
        m.exchanges[c].isCounted = false
        // One retry is counted for a request, however many it has.
        giveBackRetry(e, m)
        m.exchanges[e].claims = m.exchanges[c].claims
        m.exchanges[e].charged = m.exchanges[c].charged
        m.exchanges[e].probe = m.exchanges[c].probe
        m.exchanges[c].claims = []
        let times = m.exchanges[c].x.times
        m.exchanges[e].x.times.tryStart = times.tryStart
        m.exchanges[e].x.times.connected = times.connected
        m.exchanges[e].x.times.responseStart = times.responseStart
        if times.requestEnd > .zero { m.exchanges[e].x.times.requestEnd = times.requestEnd }
        m.exchanges[e].x.hedge = .won
        metrics.add(.hedgesWon)
        endHedge(of: e, m)
        touch(e, m)
        armExchange(e, m)
        // All of the request went out, if not to whom it was meant for first.
        if m.exchanges[e].phase == .asking, m.exchanges[e].owesMirrors { mirror(e, m) }
    }

    /// The hedge is not needed any longer: its connection is closed, or its stream reset.
    mutating func endHedge(of e: Int32, _ m: borrowing Memory) {
        let c = m.exchanges[e].hedge
        m.exchanges[e].hedge = -1
        m.exchanges[c].hedge = -1
        m.exchanges[e].x.tries &+= m.exchanges[c].x.tries
        breakOff(c, .ok, m)
    }

    /// Takes leave of a hedge that ends: by itself, if there still is somebody whose hedge it is.
    mutating func recordHedge(_ c: Int32, _ m: borrowing Memory) {
        copies &-= 1
        giveBackRetry(c, m)
        let e = m.exchanges[c].hedge
        guard e >= 0 else { return }
        m.exchanges[e].hedge = -1
        m.exchanges[e].x.tries &+= m.exchanges[c].x.tries
        metrics.add(.hedgesFailed)
    }

    /// What is known of an endpoint that was too slow: nothing that could count as a failure.
    private func noteOvertaken(_ e: Int32, _ m: borrowing Memory) {
        guard m.exchanges[e].isCounted else { return }
        let took = now.nanoseconds &- m.exchanges[e].x.times.tryStart.nanoseconds
        cells.noteOvertaken(m.exchanges[e].x.cluster, m.exchanges[e].x.endpoint, after: took, now: now.nanoseconds)
    }
}
