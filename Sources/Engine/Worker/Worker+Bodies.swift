import Base
import HTTP
import Pipeline

// Bodies in either direction: framing on the way out, trailers, filters.
extension Worker where P: ~Copyable {
    /// Sends body bytes to the end `t`, framed as its message is. `count` bytes of the transmit buffer go before them; what is small
    /// stays there, so that it leaves in one send. False when the connection is broken.
    mutating func put(_ bytes: borrowing Span<UInt8>, to t: Int32, _ count: inout Int, _ m: borrowing Memory) -> Bool {
        var done = 0
        while done < bytes.count {
            let n = min(bytes.count &- done, Memory.receiveSize)
            guard putPiece(bytes.extracting(done..<(done &+ n)), to: t, &count, m) else { return false }
            done &+= n
        }
        return true
    }

    private mutating func putPiece(
        _ bytes: borrowing Span<UInt8>, to t: Int32, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        let s = m.streams[t].socket
        let framing = m.streams[t].framing
        if framing == .none { return true }
        if framing == .length {
            precondition(UInt64(bytes.count) <= m.streams[t].owed, "a counted body is as long as its decoder says")
            m.streams[t].owed &-= UInt64(bytes.count)
        }
        if count == 0 && framing != .chunked { return send(s, bytes, m) }
        if count &+ bytes.count &+ 32 > m.transmit.capacity {
            guard flushTransmit(s, &count, m) else { return false }
        }
        var w = HeadWriter(limit: m.transmit.capacity, count: count)
        if framing == .chunked { w.put(chunkSize: bytes.count, m.transmit) }
        w.put(bytes, m.transmit)
        if framing == .chunked { w.put("\r\n", m.transmit) }
        count = w.count
        return true
    }

    /// Ends the message that goes to `t`, with the trailers of the one that came from `source`.
    mutating func putEnd(to t: Int32, from source: Int32, _ count: inout Int, _ m: borrowing Memory) {
        m.streams[t].isOutputDone = true
        guard m.streams[t].framing == .chunked else {
            if m.sockets[m.streams[t].socket].isStream { endMessage(to: t, from: source, m) }
            return
        }
        // What was put before leaves room for this: see `putPiece`; trailers are bounded.
        if count &+ m.limits.trailerBytes &+ 64 > m.transmit.capacity {
            guard flushTransmit(m.streams[t].socket, &count, m) else { return }
        }
        var w = HeadWriter(limit: m.transmit.capacity, count: count)
        w.put("0\r\n", m.transmit)
        if m.streams[source].trailerLength > 0 { putTrailers(source, &w, m) }
        w.put("\r\n", m.transmit)
        count = w.count
    }

    /// Sends what was put together in the transmit buffer.
    mutating func flushTransmit(_ s: Int32, _ count: inout Int, _ m: borrowing Memory) -> Bool {
        guard count > 0 else { return true }
        let n = count
        count = 0
        return send(s, m.transmit[0..<n], m)
    }

    // MARK: Trailers

    /// Keeps a piece of a trailer section; false when it is too long.
    mutating func keepTrailer(_ t: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) -> Bool {
        let start = Int(m.streams[t].trailerLength)
        guard start &+ bytes.count &+ 2 <= m.limits.trailerBytes else { return false }
        if !m.streams[t].trailers.isPresent {
            guard let block = m.blocks.take(m.limits.trailerBytes) else { return false }
            m.streams[t].trailers = block
        }
        let end = m.blocks.write(bytes, to: m.streams[t].trailers, at: start)
        m.streams[t].trailerLength = Int32(truncatingIfNeeded: end)
        return true
    }

    /// Parses the section into the table of fields; the decoder kept its empty line to itself.
    private func parseTrailers(_ t: Int32, _ facts: inout FieldFacts, _ m: borrowing Memory) -> Bool {
        let end = Int(m.streams[t].trailerLength)
        m.blocks.set(13, in: m.streams[t].trailers, at: end)
        m.blocks.set(10, in: m.streams[t].trailers, at: end &+ 1)
        let bytes = m.blocks.span(m.streams[t].trailers, 0..<(end &+ 2))
        return TrailerParser.parse(bytes, limits: m.limits.head, m.fields, &facts) == .complete
    }

    func areTrailersSound(_ t: Int32, _ m: borrowing Memory) -> Bool {
        var facts = FieldFacts()
        return parseTrailers(t, &facts, m)
    }

    private func putTrailers(_ t: Int32, _ w: inout HeadWriter, _ m: borrowing Memory) {
        var facts = FieldFacts()
        guard parseTrailers(t, &facts, m) else { return }
        let bytes = m.blocks.span(m.streams[t].trailers, 0..<Int(m.streams[t].trailerLength))
        for i in 0..<Int(facts.count) where TrailerParser.mayPass(m.fields[i].kind) {
            w.put(bytes.extracting(Int(m.fields[i].name)..<Int(m.fields[i].end)), m.transmit)
        }
    }

    // MARK: Filters

    /// Sends a piece of the request's body through the filters. False when one of them answered.
    mutating func filterRequest(
        _ e: Int32, _ bytes: borrowing Span<UInt8>, isLast: Bool, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        guard let view = m.plans[m.exchanges[e].plan].view else { return false }
        let chain = view.rules[m.exchanges[e].x.rule].chain
        let backend = view.backendChain(m.exchanges[e].x)
        return filterRequest(e, chain, backend, at: 0, sink: 0, bytes, isLast, &count, m)
    }

    private mutating func filterRequest(
        _ e: Int32, _ chain: FilterChain, _ backend: FilterChain, at first: Int32, sink place: Int32,
        _ bytes: borrowing Span<UInt8>, _ isLast: Bool, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        var i = first
        let total = chain.count &+ backend.count
        while i < total, !interests(of: i, chain, backend).contains(.requestBody) { i &+= 1 }
        guard i < total else {
            if m.exchanges[e].web == .text { return passWebRequest(e, bytes, isLast: isLast, &count, m) }
            return bytes.count == 0 || passRequest(e, bytes, &count, m)
        }
        m.sinks[place].sink.drain()
        let verdict =
            i < chain.count
            ? chain.requestBody(i, bytes, isLast: isLast, &m.sinks[place].sink, &m.exchanges[e].x)
            : backend.requestBody(
                i &- chain.count, base: chain.count, bytes, isLast: isLast, &m.sinks[place].sink, &m.exchanges[e].x)
        if case .respond(let local) = verdict {
            if m.exchanges[e].phase == .answering {
                abort(e, ProxyError(.effectMissing), m)
            } else {
                m.exchanges[e].x.reason = local.reason
                reply(e, local, m)
            }
            return false
        }
        return filterRequest(e, chain, backend, at: i &+ 1, sink: place ^ 1, m.sinks[place].sink.bytes, isLast, &count, m)
    }

    private func interests(of i: Int32, _ chain: FilterChain, _ backend: FilterChain) -> Filter.Interests {
        i < chain.count ? chain.interests(of: i) : backend.interests(of: i &- chain.count)
    }

    /// Sends a piece of the answer's body through the filters, in reverse order. False when the client's connection is broken.
    mutating func filterAnswer(
        _ e: Int32, _ bytes: borrowing Span<UInt8>, isLast: Bool, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        guard let view = m.plans[m.exchanges[e].plan].view else { return false }
        let chain = view.rules[m.exchanges[e].x.rule].chain
        let backend = view.backendChain(m.exchanges[e].x)
        return filterAnswer(e, chain, backend, at: chain.count &+ backend.count &- 1, sink: 0, bytes, isLast, &count, m)
    }

    private mutating func filterAnswer(
        _ e: Int32, _ chain: FilterChain, _ backend: FilterChain, at last: Int32, sink place: Int32,
        _ bytes: borrowing Span<UInt8>, _ isLast: Bool, _ count: inout Int, _ m: borrowing Memory
    ) -> Bool {
        var i = last
        while i >= 0, !interests(of: i, chain, backend).contains(.responseBody) { i &-= 1 }
        guard i >= 0 else {
            if m.exchanges[e].web != .none { return putWebAnswer(e, bytes, isLast: isLast, &count, m) }
            return put(bytes, to: m.exchanges[e].downstream, &count, m)
        }
        m.sinks[place].sink.drain()
        // The head is on its way: whatever else a filter says about the body, its bytes go on.
        _ =
            i < chain.count
            ? chain.responseBody(i, bytes, isLast: isLast, &m.sinks[place].sink, &m.exchanges[e].x)
            : backend.responseBody(
                i &- chain.count, base: chain.count, bytes, isLast: isLast, &m.sinks[place].sink, &m.exchanges[e].x)
        return filterAnswer(e, chain, backend, at: i &- 1, sink: place ^ 1, m.sinks[place].sink.bytes, isLast, &count, m)
    }
}
