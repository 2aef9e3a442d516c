import Base
import HTTP
import Pipeline
import Reactor

// Answers of our own, and the end of exchanges.
extension Worker where P: ~Copyable {
    /// Answers with what the table says about the error, or cuts the answer that is under way.
    mutating func fail(_ e: Int32, _ error: ProxyError, _ m: borrowing Memory) {
        switch m.exchanges[e].phase {
        case .answering, .flushing, .tunnel: return abort(e, error, m)
        default: break
        }
        // Nobody knows in which words its client could be told.
        if m.exchanges[e].x.version.isSession { return abort(e, error, m) }
        let remedy = Rescue.remedy(error.kind)
        var local = LocalReply(remedy.reason)
        local.closes = remedy.closes
        reply(e, local, m)
    }

    /// A head that is no request: answered and closed.
    mutating func refuse(_ s: Int32, _ error: ProxyError, _ m: borrowing Memory) {
        let received = input.socket == s ? input.count : 0
        guard let e = startExchange(s, m) else { return close(s, m) }
        m.exchanges[e].x.bytes.received = UInt64(received)
        m.streams[m.exchanges[e].downstream].keepsAlive = false
        fail(e, error, m)
    }

    /// The client speaks something else than HTTP: an answer would say nothing to it.
    @inline(never)
    mutating func turnAway(_ s: Int32, _ m: borrowing Memory) {
        guard let e = startExchange(s, m) else { return close(s, m) }
        m.exchanges[e].x.bytes.received = UInt64(input.count)
        let reason = Rescue.remedy(.clientMalformed).reason
        m.exchanges[e].x.reason = reason
        m.exchanges[e].x.status = reason.status
        endExchange(e, m)
        closeGently(s, isSending: true, m)
    }

    /// Answers without an endpoint.
    mutating func reply(_ e: Int32, _ local: LocalReply, _ m: borrowing Memory) {
        if m.exchanges[e].isCopy { return breakOff(e, local.reason, m) }
        if m.exchanges[e].hedge >= 0 { endHedge(of: e, m) }
        let d = m.exchanges[e].downstream
        let s = m.streams[d].socket
        releaseUpstream(e, isClean: false, m)
        loseReplay(e, m)
        var local = local
        m.exchanges[e].x.status = local.status
        m.exchanges[e].x.reason = local.reason
        m.exchanges[e].x.isLocal = true
        let head = ResponseHead(bytes: m.blocks.empty, fields: Span(), status: local.status)
        if m.exchanges[e].phase != .answering, let other = filterAnswerHead(e, head, m) {
            local = other
            m.exchanges[e].x.status = local.status
            m.exchanges[e].x.reason = local.reason
        }
        skipBody(d, m)
        if local.closes || isLeaving || !m.streams[d].isInputDone { m.streams[d].keepsAlive = false }
        let context = ResponseWriter.Context(
            framing: .none, length: -1, closes: !m.streams[d].keepsAlive, isOld: m.exchanges[e].x.version == .http10)
        var w =
            local.status >= 400 && isCall(e, m)
            ? GRPCAnswer.write(local, m.exchanges[e].x.edits, m.transmit)
            : LocalAnswer.write(local, m.exchanges[e].x.edits, isHead: m.exchanges[e].isHead, context, m.transmit)
        if w.isTooLong {
            let plain = Edits()
            m.exchanges[e].x.status = 500
            m.exchanges[e].x.reason = .editsTooLarge
            w = LocalAnswer.write(LocalReply(.editsTooLarge), plain, isHead: m.exchanges[e].isHead, context, m.transmit)
        }
        m.exchanges[e].x.bytes.sent &+= UInt64(w.count)
        m.streams[d].isOutputDone = true
        guard send(s, m.transmit[0..<w.count], m) else { return lost(s, m) }
        answered(e, m)
    }

    /// What is here of a body that nobody wants is skipped, so that the connection can go on when that was all of it.
    private mutating func skipBody(_ d: Int32, _ m: borrowing Memory) {
        let s = m.streams[d].socket
        guard !m.streams[d].isInputDone, m.streams[d].hasHead else { return }
        loadInput(s, m)
        while true {
            var i = input.start
            let event = m.streams[d].decoder.next(m.receive[0..<input.end], &i)
            input.start = i
            switch event {
            case .data, .trailer: continue
            case .end:
                m.streams[d].isInputDone = true
                return
            case .more, .malformed: return
            }
        }
    }

    // MARK: Ends

    /// The client has its whole answer.
    mutating func finish(_ e: Int32, _ m: borrowing Memory) {
        let d = m.exchanges[e].downstream
        let s = m.streams[d].socket
        let isBodyOpen = !m.streams[d].isInputDone
        let goesOn = m.streams[d].keepsAlive && !isBodyOpen && !isDraining
        endExchange(e, m)
        guard goesOn else { return closeGently(s, isSending: isBodyOpen, m) }
        m.sockets[s].state = .idle
        m.sockets[s].isReused = true
        m.sockets[s].headStart = .zero
        let hasMore = m.sockets[s].hasInput || m.sockets[s].isReadable || (input.socket == s && input.count > 0)
        if m.sockets[s].inputEnded && !hasMore { return closeGently(s, isSending: false, m) }
        if hasMore { queue(s, m) }
        alarm(s, .keepAlive, m.limits.clientIdle, m)
    }

    /// The answer cannot be brought to its end: the client sees that by the connection breaking off.
    mutating func abort(_ e: Int32, _ error: ProxyError, _ m: borrowing Memory) {
        breakOff(e, Rescue.remedy(error.kind).reason, m)
    }

    /// Ends the exchange and its client's connection.
    mutating func breakOff(_ e: Int32, _ reason: Reason, _ m: borrowing Memory) {
        let s = m.streams[m.exchanges[e].downstream].socket
        m.exchanges[e].x.reason = reason
        if m.exchanges[e].x.status == 0, !m.exchanges[e].x.version.isSession { m.exchanges[e].x.status = reason.status }
        releaseUpstream(e, isClean: false, m)
        endExchange(e, m)
        close(s, m)
    }

    /// The client's connection is broken: what it asked for is given up.
    mutating func lost(_ s: Int32, _ m: borrowing Memory) {
        let d = m.sockets[s].stream
        guard d >= 0 else { return close(s, m) }
        abort(m.streams[d].exchange, ProxyError(.clientGone), m)
    }

    /// There is no block for what a connection needs to keep.
    mutating func overloaded(_ s: Int32, _ m: borrowing Memory) {
        let t = m.sockets[s].stream
        guard t >= 0 else { return close(s, m) }
        abort(m.streams[t].exchange, ProxyError(.noBlocks), m)
    }

    /// Counts, logs and forgets an exchange; its upstream end was released.
    private mutating func endExchange(_ e: Int32, _ m: borrowing Memory) {
        let d = m.exchanges[e].downstream
        m.exchanges[e].x.times.end = port.now()
        if m.exchanges[e].comparison >= 0 { endComparing(e, m) }
        if m.exchanges[e].isCopy {
            if m.exchanges[e].isHedge { recordHedge(e, m) } else { recordCopy(e, m) }
        } else {
            if m.exchanges[e].hedge >= 0 { endHedge(of: e, m) }
            finishFilters(e, m)
            giveBackRetry(e, m)
            record(e, m)
        }
        unpin(e, m)
        m.sockets[m.streams[d].socket].stream = -1
        m.blocks.give(m.streams[d].trailers)
        m.streams[d].trailers = .none
        m.streams.give(d)
        m.blocks.give(m.exchanges[e].head)
        m.exchanges[e].head = .none
        m.exchanges[e].replay.free(m.blocks)
        m.exchanges[e].phase = .free
        timers.disarm(Self.timer(exchange: e))
        m.exchanges.give(e)
        exchanges &-= 1
    }

    /// The first request of a rule or arm gives its series an index; requests without a rule have none.
    @inline(never)
    mutating func nameSeries(_ e: Int32, _ m: borrowing Memory) {
        guard m.exchanges[e].ruleName.isPresent else { return }
        let series = metrics.series(
            SeriesName(rule: text(m.exchanges[e].ruleName, e, m), arm: text(m.exchanges[e].armName, e, m)))
        m.exchanges[e].x.series = series
        let p = m.exchanges[e].plan
        if p >= 0, let view = m.plans[p].view { view.remember(series: series, of: m.exchanges[e].x) }
    }

    private func text(_ name: ByteRef, _ e: Int32, _ m: borrowing Memory) -> String {
        let bytes = m.exchanges[e].x.edits.bytes(name)
        return unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private mutating func record(_ e: Int32, _ m: borrowing Memory) {
        metrics.add(.exchangesFinished)
        if m.exchanges[e].x.series < 0 { nameSeries(e, m) }
        metrics.finished(m.exchanges[e].x)
        let cluster = m.exchanges[e].x.cluster
        let hasEndpoint = m.exchanges[e].x.endpoint.isPresent
        let address = m.exchanges[e].address
        log.append(
            m.exchanges[e].x, m.head(e), rule: m.exchanges[e].ruleName, arm: m.exchanges[e].armName,
            cluster: cluster >= 0 ? cells.name(cluster) : .nothing, endpoint: hasEndpoint ? (address.ip, address.port) : nil)
    }
}
