import Base
import HTTP
import Pipeline
import Reactor

// The answer on its way to the client.
extension Worker where P: ~Copyable {
    private enum HeadResult { case ready, more, gone }

    /// The endpoint has something for us. It is read while the client takes it.
    mutating func readAnswer(_ u: Int32, _ m: borrowing Memory) {
        let t = m.sockets[u].stream
        guard t >= 0 else { return close(u, m) }
        var turns = 0
        // A hedge's answer becomes its original's.
        while m.sockets[u].isReadable, case let e = m.streams[t].exchange,
            m.sockets[m.streams[m.exchanges[e].downstream].socket].output.isEmpty
        {
            guard turns < m.limits.receivesPerTurn else { return queue(u, m) }
            turns &+= 1
            loadInput(u, m)
            let n = receive(u, m)
            if n == IO.again { return }
            if n <= 0 { return answerEnded(e, t, isClean: n == 0, m) }
            guard takeAnswer(e, t, m) else { return }
        }
    }

    /// Bytes of the answer are loaded. False when the exchange has left this connection.
    private mutating func takeAnswer(_ e: Int32, _ t: Int32, _ m: borrowing Memory) -> Bool {
        var count = 0
        if !m.streams[t].hasHead {
            switch readAnswerHead(e, t, &count, m) {
            case .more: return true
            case .gone: return false
            case .ready: break
            }
        }
        return passAnswer(m.streams[t].exchange, t, &count, m)
    }

    private mutating func readAnswerHead(_ e: Int32, _ t: Int32, _ count: inout Int, _ m: borrowing Memory) -> HeadResult {
        while input.count > 0 {
            var response = ParsedResponse()
            switch ResponseParser.parse(m.receive[input.range], limits: m.limits.head, m.fields, &response) {
            case .incomplete: return .more
            case .refused(let defect):
                tryFailed(e, ProxyError(.answerMalformed, detail: defect.text), m)
                return .gone
            case .complete: break
            }
            if m.exchanges[e].x.times.responseStart == .zero { m.exchanges[e].x.times.responseStart = now }
            if response.status == 101 {
                note(.answered(101), e, m)
                becomeTunnel(e, t, response, m)
                return .gone
            }
            if response.status < 200 {
                guard passInterim(e, response, m) else { return .gone }
                continue
            }
            if m.exchanges[e].isMirror {
                beginCopyAnswer(e, t, response, m)
                return .ready
            }
            var owner = e
            if m.exchanges[e].hedge >= 0 {
                owner = settleHedge(e, response.status, m)
                guard owner >= 0 else { return .gone }
            }
            if isRetriedStatus(owner, response.status, m), mayRetryByRule(owner, m) {
                note(.answered(response.status), owner, m)
                releaseUpstream(owner, isClean: false, m)
                backOff(owner, m)
                return .gone
            }
            return beginAnswer(owner, t, response, &count, m) ? .ready : .gone
        }
        return .more
    }

    /// 100, 103 and their like go to clients that know of them (RFC 9110 section 15.2).
    private mutating func passInterim(_ e: Int32, _ response: ParsedResponse, _ m: borrowing Memory) -> Bool {
        let d = m.exchanges[e].downstream
        let isAwaited = response.status != 100 || !m.exchanges[e].wasContinued
        if response.status == 100 { m.exchanges[e].wasContinued = true }
        let bytes = m.receive[input.range]
        input.start &+= response.length
        guard m.exchanges[e].x.version != .http10, isAwaited else { return true }
        let none = Edits()
        let head = ResponseHead(bytes: bytes, fields: m.fields.first(Int(response.facts.count)), status: response.status)
        let context = ResponseWriter.Context(framing: .none, length: -1, closes: false, isOld: false)
        let w = ResponseWriter.write(head, response, none, context, m.transmit, m.frames)
        let s = m.streams[d].socket
        guard !w.isTooLong, send(s, m.transmit[0..<w.count], m) else {
            lost(s, m)
            return false
        }
        m.exchanges[e].x.bytes.sent &+= UInt64(w.count)
        return true
    }

    /// The answer's head is here: filters see it, and it is put together for the client. False when another answer took its place.
    private mutating func beginAnswer(
        _ e: Int32, _ t: Int32, _ response: ParsedResponse, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        let d = m.exchanges[e].downstream
        let framing = isWholeWithHead(e, t, response, m) ? .none : response.framing(toHead: m.exchanges[e].isHead)
        m.exchanges[e].x.status = response.status
        note(.answered(response.status), e, m)
        m.streams[t].hasHead = true
        m.streams[t].decoder = BodyDecoder(framing, length: response.facts.contentLength)
        m.streams[t].keepsAlive = response.keepsAlive && framing != .untilClose
        let head = ResponseHead(
            bytes: m.receive[input.range], fields: m.fields.first(Int(response.facts.count)), status: response.status)
        if m.exchanges[e].comparison >= 0 { compareHead(e, head, m) }
        if m.exchanges[e].isTied { tellTie(e, m) }
        if let local = filterAnswerHead(e, head, m) {
            reply(e, local, m)
            return false
        }
        let isFiltered = framing != .none && m.exchanges[e].interests.contains(.responseBody)
        let isOld = m.exchanges[e].x.version == .http10
        let isCounted = framing == .none || (framing == .length && !isFiltered)
        // A stream needs no chunks: it says where it ends.
        let hasEnd = isOld || m.sockets[m.streams[d].socket].isStream
        let outgoing: Framing = isCounted ? framing : hasEnd ? .untilClose : .chunked
        // An error that comes before the request has: the client will hardly finish what nobody wants.
        let isEarlyError = !m.streams[d].isInputDone && response.status >= 400
        if outgoing == .untilClose || isEarlyError || isLeaving { m.streams[d].keepsAlive = false }
        m.streams[d].framing = outgoing
        m.streams[d].owed = UInt64(max(0, response.facts.contentLength))
        let saysLength = isCounted && !response.facts.isChunked && response.status != 204
        let context = ResponseWriter.Context(
            framing: outgoing, length: saysLength ? response.facts.contentLength : -1, closes: !m.streams[d].keepsAlive,
            isOld: isOld, isOutlined: m.sockets[m.streams[d].socket].isStream)
        let w = ResponseWriter.write(head, response, m.exchanges[e].x.edits, context, m.transmit, m.frames)
        guard !w.isTooLong else {
            fail(e, ProxyError(.headTooLong), m)
            return false
        }
        if context.isOutlined { m.frames.outlineBelongs(to: m.sockets[m.streams[d].socket].carried) }
        input.start &+= response.length
        count = w.count
        m.exchanges[e].x.bytes.sent &+= UInt64(w.count)
        m.exchanges[e].phase = .answering
        m.exchanges[e].tryDeadline = 0
        if m.limits.writeRate > 0 { watchTaking(e, m) }
        loseReplay(e, m)
        return true
    }

    /// Runs the filters on the answer's head, last one first. - Returns: an answer that takes its place.
    mutating func filterAnswerHead(_ e: Int32, _ head: borrowing ResponseHead, _ m: borrowing Memory) -> LocalReply? {
        let p = m.exchanges[e].plan
        guard m.exchanges[e].interests.contains(.responseHead), p >= 0, m.exchanges[e].x.rule >= 0, let view = m.plans[p].view
        else { return nil }
        if m.exchanges[e].web != .none { beginWebAnswer(e, head, m) }
        let chain = view.rules[m.exchanges[e].x.rule].chain
        if m.exchanges[e].stage == .backend {
            let backend = view.backendChain(m.exchanges[e].x)
            var next = m.exchanges[e].backendNext
            let verdict = backend.responseHead(from: &next, base: chain.count, head, request: m.head(e), &m.exchanges[e].x)
            if let local = Self.replacement(verdict) { return local }
        }
        var next = m.exchanges[e].ruleNext
        return Self.replacement(chain.responseHead(from: &next, head, request: m.head(e), &m.exchanges[e].x))
    }

    /// Filters cannot wait or hold while an answer is on its way: that is an error of theirs.
    private static func replacement(_ verdict: consuming Verdict) -> LocalReply? {
        switch verdict {
        case .proceed: nil
        case .respond(let local): local
        case .wait, .hold: LocalReply(.effectFailed)
        }
    }

    // MARK: The body

    private mutating func passAnswer(_ e: Int32, _ t: Int32, _ count: inout Int, _ m: borrowing Memory) -> Bool {
        let d = m.exchanges[e].downstream
        let s = m.streams[d].socket
        let isFiltered = m.streams[t].decoder.framing != .none && m.exchanges[e].interests.contains(.responseBody)
        while true {
            var i = input.start
            let event = m.streams[t].decoder.next(m.receive[0..<input.end], &i)
            input.start = i
            switch event {
            case .data(let range):
                m.exchanges[e].x.bytes.sent &+= UInt64(range.count)
                if m.exchanges[e].comparison >= 0 { compareBody(e, m.receive[range], m) }
                let isSent =
                    isFiltered
                    ? filterAnswer(e, m.receive[range], isLast: false, &count, m) : put(m.receive[range], to: d, &count, m)
                guard isSent else {
                    lost(s, m)
                    return false
                }
            case .trailer(let range):
                guard keepTrailer(t, m.receive[range], m) else {
                    abort(e, ProxyError(.answerMalformed), m)
                    return false
                }
            case .end where !awaitsEnd(t, m):
                completeAnswer(e, t, &count, m)
                return false
            case .more, .end:
                guard flushTransmit(s, &count, m) else {
                    lost(s, m)
                    return false
                }
                touch(e, m)
                return true
            case .malformed:
                // What was put together before the defect is not sent: the client must not take it for a whole answer.
                abort(e, ProxyError(.answerMalformed), m)
                return false
            }
        }
    }

    /// The answer is whole.
    private mutating func completeAnswer(_ e: Int32, _ t: Int32, _ count: inout Int, _ m: borrowing Memory) {
        let d = m.exchanges[e].downstream
        let s = m.streams[d].socket
        let u = m.streams[t].socket
        guard m.streams[t].trailerLength == 0 || areTrailersSound(t, m) else {
            return abort(e, ProxyError(.answerMalformed, detail: "malformed trailer"), m)
        }
        if m.streams[t].decoder.framing != .none, m.exchanges[e].interests.contains(.responseBody) {
            guard filterAnswer(e, m.blocks.empty, isLast: true, &count, m) else { return lost(s, m) }
        }
        putEnd(to: d, from: t, &count, m)
        // The connection ends with this answer: TLS says so in the same send.
        if m.sockets[s].isSealed, !m.streams[d].keepsAlive { m.sockets[s].partsWithNext = true }
        guard flushTransmit(s, &count, m) else { return lost(s, m) }
        if m.exchanges[e].comparison >= 0 { compareEnd(e, m) }
        let isClean = m.streams[t].keepsAlive && m.streams[t].isOutputDone && !m.streams[t].isBroken && input.count == 0
        dropInput(u, m)
        releaseUpstream(e, isClean: isClean, m)
        answered(e, m)
    }

    /// All of an answer was handed over: the exchange ends when the client has taken it.
    mutating func answered(_ e: Int32, _ m: borrowing Memory) {
        let s = m.streams[m.exchanges[e].downstream].socket
        m.exchanges[e].phase = .flushing
        m.exchanges[e].requestDeadline = 0
        m.exchanges[e].tryDeadline = 0
        if m.sockets[s].isStream { endStreamOutput(s, m) }
        if m.sockets[s].output.isEmpty {
            finish(e, m)
        } else {
            touch(e, m)
            if m.limits.writeRate > 0 { watchTaking(e, m) }
            armExchange(e, m)
        }
    }

    /// The endpoint closed or broke its connection.
    private mutating func answerEnded(_ e: Int32, _ t: Int32, isClean: Bool, _ m: borrowing Memory) {
        let u = m.streams[t].socket
        guard !m.streams[t].hasHead else {
            let isWhole =
                m.streams[t].decoder.framing == .untilClose || (m.sockets[u].isStream && m.streams[t].decoder.isDone)
            guard isClean, isWhole, !m.sockets[u].isCut else {
                return abort(e, streamError(u, m) ?? ProxyError(.answerCut), m)
            }
            var count = 0
            return completeAnswer(e, t, &count, m)
        }
        let hasBegun = input.socket == u && input.count > 0
        dropInput(u, m)
        if let error = streamError(u, m) { return tryFailed(e, error, m) }
        if m.sockets[u].sealFailure != nil && !hasBegun && !m.sockets[u].isReused {
            return shakingFailed(u, ProxyError(.handshakeFailed), m)
        }
        if !hasBegun && m.sockets[u].isReused { return tryFailed(e, ProxyError(.reusedClosed), m) }
        tryFailed(e, ProxyError(isClean ? .closedEarly : .reset), m)
    }
}
