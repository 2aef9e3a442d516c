import Base
import HTTP
import Pipeline
import Reactor

// After 101: bytes both ways, until both ends are done.
extension Worker where P: ~Copyable {
    /// The endpoint agreed to speak WebSocket.
    mutating func becomeTunnel(_ e: Int32, _ t: Int32, _ response: ParsedResponse, _ m: borrowing Memory) {
        guard m.exchanges[e].wantsTunnel else {
            return tryFailed(e, ProxyError(.answerMalformed, detail: "switching protocols without being asked"), m)
        }
        let d = m.exchanges[e].downstream
        let s = m.streams[d].socket
        let u = m.streams[t].socket
        m.exchanges[e].x.status = 101
        let head = ResponseHead(bytes: m.receive[input.range], fields: m.fields.first(Int(response.facts.count)), status: 101)
        if m.exchanges[e].isTied { tellTie(e, m) }
        if let local = filterAnswerHead(e, head, m) { return reply(e, local, m) }
        var context = ResponseWriter.Context(framing: .none, length: -1, closes: false, isOld: false, isTunnel: true)
        // On streams nobody proves anything: that part is ours.
        context.owesAccept = m.sockets[u].isStream && !m.sockets[s].isStream
        let w = ResponseWriter.write(
            head, response, m.exchanges[e].x.edits, context, key: webSocketKey(e, m), m.transmit, m.frames)
        guard !w.isTooLong else { return fail(e, ProxyError(.headTooLong), m) }
        input.start &+= response.length
        m.exchanges[e].x.bytes.sent &+= UInt64(w.count)
        m.exchanges[e].phase = .tunnel
        metrics.add(.upgrades)
        setTunnelLimits(e, m)
        leavePlan(e, m)
        m.sockets[s].codec = .tunnel
        m.sockets[u].codec = .tunnel
        guard send(s, m.transmit[0..<w.count], m) else { return lost(s, m) }
        // The client's first bytes may have come with its head, the endpoint's with this one.
        m.sockets[s].isReadable = true
        m.sockets[u].isReadable = true
        queue(s, m)
        queue(u, m)
    }

    /// The key of a client's WebSocket (RFC 6455 section 4.1); empty when it has none that can be one. Clients of HTTP/2 need none: they got one from us.
    @_lifetime(borrow m)
    func webSocketKey(_ e: Int32, _ m: borrowing Memory) -> Span<UInt8> {
        let head = m.head(e)
        for i in head.fields.indices where head.fields[i].kind == .other {
            let field = head.fields[i]
            guard field.valueLength == WebSocketKey.length, ASCII.equalsIgnoringCase(head.name(i), "sec-websocket-key") else {
                continue
            }
            let start = Int(field.value)
            return m.blocks.span(m.exchanges[e].head, start..<(start &+ WebSocketKey.length))
        }
        return m.blocks.empty
    }

    func hasWebSocketKey(_ e: Int32, _ m: borrowing Memory) -> Bool { webSocketKey(e, m).count > 0 }

    /// No filter is left to run: the plan may go, while the tunnel lasts for hours. Names for the log are kept.
    mutating func leavePlan(_ e: Int32, _ m: borrowing Memory) {
        finishFilters(e, m)
        giveBackRetry(e, m)
        if m.exchanges[e].x.series < 0 { nameSeries(e, m) }
        m.exchanges[e].ruleName = own(m.exchanges[e].ruleName, e, m)
        m.exchanges[e].armName = own(m.exchanges[e].armName, e, m)
        unpin(e, m)
    }

    /// The bytes of a name of the plan, copied into the exchange's own text.
    private func own(_ name: ByteRef, _ e: Int32, _ m: borrowing Memory) -> ByteRef {
        guard name.origin == .constant else { return name }
        let start = m.exchanges[e].x.edits.textPosition
        guard m.exchanges[e].x.edits.append(text: name) else { return .nothing }
        return m.exchanges[e].x.edits.text(from: start)
    }

    /// The other end of the tunnel.
    private func partner(_ s: Int32, _ m: borrowing Memory) -> Int32 {
        let t = m.sockets[s].stream
        guard t >= 0 else { return -1 }
        let e = m.streams[t].exchange
        let other = t == m.exchanges[e].downstream ? m.exchanges[e].upstream : m.exchanges[e].downstream
        return other >= 0 ? m.streams[other].socket : -1
    }

    /// Passes on what the socket sends, as fast as the other end takes it.
    mutating func pumpTunnel(_ s: Int32, _ m: borrowing Memory) {
        let t = m.sockets[s].stream
        // What the client of a session says early waits until there is somebody to hear it.
        if t >= 0, m.exchanges[m.streams[t].exchange].phase != .tunnel { return }
        let other = partner(s, m)
        guard other >= 0 else { return close(s, m) }
        let e = m.streams[m.sockets[s].stream].exchange
        var turns = 0
        while m.sockets[other].output.isEmpty {
            loadInput(s, m)
            if input.count == 0 {
                guard m.sockets[s].isReadable else { break }
                guard turns < m.limits.receivesPerTurn else { return queue(s, m) }
                turns &+= 1
                let n = receive(s, m)
                if n == IO.failed { return lostEnd(s, m) }
                guard n > 0 else { break }
            }
            if m.streams[m.sockets[s].stream].socket == m.streams[m.exchanges[e].downstream].socket {
                m.exchanges[e].x.bytes.received &+= UInt64(input.count)
            } else {
                m.exchanges[e].x.bytes.sent &+= UInt64(input.count)
            }
            guard send(other, m.receive[input.range], m) else { return lostEnd(other, m) }
            input.start = input.end
            touch(e, m)
        }
        guard m.sockets[s].inputEnded, m.sockets[other].output.isEmpty, input.count == 0 else { return }
        endOutput(other, m)
        // Both have said all they had to say.
        if m.sockets[other].inputEnded && m.sockets[s].outputEnded { endTunnel(e, m) }
    }

    private mutating func endTunnel(_ e: Int32, _ m: borrowing Memory) {
        let d = m.exchanges[e].downstream
        m.streams[d].isInputDone = true
        m.streams[d].keepsAlive = false
        releaseUpstream(e, isClean: false, m)
        m.exchanges[e].phase = .flushing
        finish(e, m)
    }

    /// One end of a tunnel broke, or a client: the other one sees its connection end.
    mutating func lostEnd(_ s: Int32, _ m: borrowing Memory) {
        let t = m.sockets[s].stream
        guard t >= 0 else { return close(s, m) }
        let e = m.streams[t].exchange
        if m.sockets[s].role == .client { return lost(s, m) }
        abort(e, ProxyError(.answerCut), m)
    }
}
