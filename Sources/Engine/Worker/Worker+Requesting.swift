import Base
import HTTP
import Pipeline
import Reactor

// The request on its way to the endpoint.
extension Worker where P: ~Copyable {
    /// Sends the head, and with it what is here of the body.
    mutating func sendRequest(_ e: Int32, _ m: borrowing Memory) {
        let t = m.exchanges[e].upstream
        let d = m.exchanges[e].downstream
        let u = m.streams[t].socket
        let s = m.streams[d].socket
        m.exchanges[e].phase = .asking
        let isReframed = m.exchanges[e].interests.contains(.requestBody)
        let request = m.exchanges[e].request
        let context = RequestContext(
            authority: Int(request.authority)..<Int(request.authority &+ request.authorityLength), port: listenerPort(e, m),
            isTrusted: m.sockets[s].isTrusted, isReframed: isReframed, endpoint: m.sockets[u].peer)
        let head = RequestWriter.write(m.head(e), m.exchanges[e], context, shown: m.shown(by: s), m.transmit)
        guard !head.isTooLong else { return fail(e, ProxyError(.headTooLong), m) }
        m.streams[t].framing = isReframed && request.framing != .none ? .chunked : request.framing
        // A stream needs no chunks: it says where it ends.
        if m.streams[t].framing == .chunked && m.sockets[u].isStream { m.streams[t].framing = .untilClose }
        m.streams[t].owed = UInt64(max(0, request.facts.contentLength))
        setTryDeadline(e, m)
        touch(e, m)
        if m.limits.bodyRate > 0 { watchBody(e, m) }
        armExchange(e, m)
        var count = head.count
        if !m.exchanges[e].replay.isEmpty {
            guard sendReplay(e, t, &count, m) else { return tookNothing(e, m) }
        }
        if m.streams[d].isInputDone {
            // A stream that becomes a tunnel goes on.
            if !(m.exchanges[e].wantsTunnel && m.sockets[u].isStream) { putEnd(to: t, from: d, &count, m) }
            guard flushTransmit(u, &count, m) else { return tookNothing(e, m) }
            return requestSent(e, m)
        }
        loadInput(s, m)
        if input.count > 0 { guard decodeRequest(e, &count, m) else { return } }
        guard m.exchanges[e].upstream == t else { return }
        guard flushTransmit(u, &count, m) else { return tookNothing(e, m) }
        if m.streams[d].isInputDone { requestSent(e, m) } else if m.sockets[s].isReadable { queue(s, m) }
    }

    /// The very first send failed: the endpoint took nothing of the request.
    private mutating func tookNothing(_ e: Int32, _ m: borrowing Memory) {
        let u = m.streams[m.exchanges[e].upstream].socket
        let c = m.sockets[u].carrier
        if c >= 0, m.sockets[u].cut == .none, m.sockets[c].session.limit > 0 {
            // The connection is sound: what was written is no head that it takes.
            return fail(e, ProxyError(.headTooLong), m)
        }
        tryFailed(e, ProxyError(.reusedClosed, retry: .safe), m)
    }

    /// Sends what an earlier try, or a filter that held the body, left of it.
    private mutating func sendReplay(_ e: Int32, _ t: Int32, _ count: inout Int, _ m: borrowing Memory) -> Bool {
        var rest = m.exchanges[e].replay.reader()
        while !rest.isEmpty {
            let (block, range) = rest.piece(m.blocks)
            guard put(m.blocks.span(block, range), to: t, &count, m) else { return false }
            rest.skipPiece(m.blocks)
        }
        return true
    }

    @inline(__always)
    private func listenerPort(_ e: Int32, _ m: borrowing Memory) -> UInt16 {
        let s = m.streams[m.exchanges[e].downstream].socket
        return listeners[Int(m.sockets[s].listener)].door.address.port
    }

    /// All of the request was handed to the socket: from now on the endpoint has the turn.
    private mutating func requestSent(_ e: Int32, _ m: borrowing Memory) {
        m.exchanges[e].x.times.requestEnd = now
        let u = m.streams[m.exchanges[e].upstream].socket
        if m.sockets[u].isStream { endStreamOutput(u, m) }
        if m.exchanges[e].tryDeadline == 0 {
            setTryDeadline(e, m)
            armExchange(e, m)
        }
        if m.exchanges[e].owesMirrors { mirror(e, m) }
    }

    // MARK: The body

    /// The client has more of its body, or the endpoint can take more.
    mutating func pumpRequest(_ s: Int32, _ m: borrowing Memory) {
        let d = m.sockets[s].stream
        guard d >= 0, !m.streams[d].isInputDone else { return }
        let e = m.streams[d].exchange
        switch m.exchanges[e].phase {
        case .asking, .answering, .holding: break
        default: return
        }
        var count = 0
        var turns = 0
        while !m.streams[d].isInputDone {
            let t = m.exchanges[e].upstream
            if t >= 0 && (!m.sockets[m.streams[t].socket].output.isEmpty || m.streams[t].isBroken) { return }
            loadInput(s, m)
            var isOver = false
            if input.count == 0 {
                guard turns < m.limits.receivesPerTurn else { return queue(s, m) }
                turns &+= 1
                let n = receive(s, m)
                if n == IO.again { return }
                isOver = n == 0 && m.streams[d].decoder.framing == .untilClose
                // The client left in the middle of its request.
                if n <= 0 && !isOver { return lost(s, m) }
            }
            let isFiltered = m.exchanges[e].interests.contains(.requestBody)
            guard isOver ? endRequest(e, d, isFiltered, &count, m) : decodeRequest(e, &count, m) else { return }
            guard m.exchanges[e].phase != .holding else { continue }
            let u = m.streams[m.exchanges[e].upstream].socket
            guard flushTransmit(u, &count, m) else { return requestBroken(e, m) }
            touch(e, m)
        }
        if m.exchanges[e].phase == .holding { heldAll(e, m) } else { requestSent(e, m) }
    }

    /// The endpoint takes no more of the body. It may have answered before it closed: what it says is read, and decides.
    private mutating func requestBroken(_ e: Int32, _ m: borrowing Memory) {
        let t = m.exchanges[e].upstream
        let u = m.streams[t].socket
        m.streams[t].isBroken = true
        m.sockets[u].isReadable = true
        // On a stream that would say that the answer is whole.
        if !m.sockets[u].isStream { m.sockets[u].isEnding = true }
        queue(u, m)
    }

    /// Reads on in the body with what is loaded. False when the exchange went another way.
    mutating func decodeRequest(_ e: Int32, _ count: inout Int, _ m: borrowing Memory) -> Bool {
        let d = m.exchanges[e].downstream
        let isFiltered = m.exchanges[e].interests.contains(.requestBody)
        while true {
            var i = input.start
            let event = m.streams[d].decoder.next(m.receive[0..<input.end], &i)
            m.exchanges[e].x.bytes.received &+= UInt64(i &- input.start)
            input.start = i
            switch event {
            case .data(let range):
                let goesOn =
                    isFiltered
                    ? filterRequest(e, m.receive[range], isLast: false, &count, m) : passRequest(e, m.receive[range], &count, m)
                guard goesOn else { return false }
            case .trailer(let range):
                guard keepTrailer(d, m.receive[range], m) else {
                    fail(e, ProxyError(.clientHeadTooLarge), m)
                    return false
                }
            case .end: return endRequest(e, d, isFiltered, &count, m)
            case .more: return true
            case .malformed:
                fail(e, ProxyError(.clientMalformed, detail: "malformed chunk"), m)
                return false
            }
        }
    }

    private mutating func endRequest(
        _ e: Int32, _ d: Int32, _ isFiltered: Bool, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        guard m.streams[d].trailerLength == 0 || areTrailersSound(d, m) else {
            fail(e, ProxyError(.clientMalformed, detail: "malformed trailer"), m)
            return false
        }
        m.streams[d].isInputDone = true
        if isFiltered {
            guard filterRequest(e, m.blocks.empty, isLast: true, &count, m) else { return false }
        }
        if m.exchanges[e].phase != .holding { putEnd(to: m.exchanges[e].upstream, from: d, &count, m) }
        return true
    }

    /// Bytes of the body as they shall go on: kept while they may be needed again, and sent.
    mutating func passRequest(
        _ e: Int32, _ bytes: borrowing Span<UInt8>, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        if m.exchanges[e].phase == .holding { return collect(e, bytes, m) }
        if !m.exchanges[e].isReplayLost {
            let fits = m.exchanges[e].replay.count &+ bytes.count <= m.limits.replayBytes
            if !fits || !m.exchanges[e].replay.append(bytes, m.blocks) { loseReplay(e, m) }
        }
        let t = m.exchanges[e].upstream
        if !put(bytes, to: t, &count, m) { requestBroken(e, m) }
        return true
    }

    /// The body will not be sent again: it grew too long, or an answer has begun.
    mutating func loseReplay(_ e: Int32, _ m: borrowing Memory) {
        m.exchanges[e].isReplayLost = true
        m.exchanges[e].replay.free(m.blocks)
    }

    // MARK: Holding

    /// A filter wants the whole body to be here before anything goes on.
    mutating func hold(_ e: Int32, _ limit: Int, _ m: borrowing Memory) {
        let d = m.exchanges[e].downstream
        let s = m.streams[d].socket
        if m.streams[d].isInputDone { return runFilters(e, m) }
        m.exchanges[e].holdLimit = max(limit, m.exchanges[e].holdLimit)
        guard m.exchanges[e].request.facts.contentLength <= Int64(clamping: m.exchanges[e].holdLimit) else {
            return fail(e, ProxyError(.clientBodyTooLarge), m)
        }
        m.exchanges[e].phase = .holding
        touch(e, m)
        watchBody(e, m)
        armExchange(e, m)
        if !m.exchanges[e].wasContinued {
            m.exchanges[e].wasContinued = true
            var w = HeadWriter(limit: 64)
            w.put("HTTP/1.1 100 Continue\r\n\r\n", m.transmit)
            guard send(s, m.transmit[0..<w.count], m) else { return lost(s, m) }
        }
        queue(s, m)
        m.sockets[s].isReadable = true
    }

    private mutating func collect(_ e: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) -> Bool {
        if m.exchanges[e].replay.count &+ bytes.count > m.exchanges[e].holdLimit {
            fail(e, ProxyError(.clientBodyTooLarge), m)
            return false
        }
        if !m.exchanges[e].replay.append(bytes, m.blocks) {
            fail(e, ProxyError(.noBlocks), m)
            return false
        }
        return true
    }

    private mutating func heldAll(_ e: Int32, _ m: borrowing Memory) {
        m.exchanges[e].x.times.requestEnd = now
        runFilters(e, m)
    }
}
