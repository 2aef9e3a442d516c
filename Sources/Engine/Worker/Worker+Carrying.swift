import Base
import HTTP
import Pipeline
import Reactor

// HTTP/2 connections of clients; `Worker+Carriers` has what is different towards endpoints. Each of their streams has a row of its own that looks like a client's connection with one request: what comes on the
// stream is laid down there, as text that HTTP/1 could have sent, and what is sent to the row becomes frames. So everything between a
// request's head and its answer's end is the same for both protocols.
extension Worker where P: ~Copyable {
    /// The connection speaks HTTP/2 from its first byte on: agreed by ALPN, or known before (RFC 9113 sections 3.2 and 3.3).
    mutating func beginCarrying(_ c: Int32, _ m: borrowing Memory) {
        clearWire(m)
        let session = HTTP2Session.accept(m.limits.http2, m.frames)
        guard session.isPresent else { return close(c, m) }
        m.sockets[c].session = session
        m.sockets[c].codec = .http2
        m.sockets[c].state = .carrying
        metrics.add(.http2Connections)
        alarm(c, .keepAlive, m.limits.clientIdle, m)
        framed = c
        if isLeaving { session.drain() }
        readFrames(c, m)
    }

    // MARK: Reading

    /// The connection has something for us. While its peer does not read, we do not either: answers to its frames would pile up.
    mutating func readFrames(_ c: Int32, _ m: borrowing Memory) {
        var turns = 0
        while mayRead(c, m) {
            loadInput(c, m)
            if input.count == 0 {
                guard m.sockets[c].isReadable else { break }
                guard turns < m.limits.receivesPerTurn else { return queue(c, m) }
                turns &+= 1
                let n = receive(c, m)
                if n == IO.again { break }
                if n <= 0 { return hangUp(c, m) }
                if m.sockets[c].isDoubted { believe(c, m) }
            }
            // What came of sending since the last time comes first.
            guard takeEvents(c, at: 0, m) else { return endCarrying(c, hasFailed: true, m) }
            let before = input.start
            input.start &+= writer(of: c, m).receive(m.receive[input.range], now: now)
            guard takeEvents(c, at: before, m) else { return endCarrying(c, hasFailed: true, m) }
        }
        rest(c, m)
    }

    /// An endpoint that answers one request may read no other before its answer is taken; what its frames ask of us is bounded by the session.
    private func mayRead(_ c: Int32, _ m: borrowing Memory) -> Bool {
        m.sockets[c].output.isEmpty || (m.sockets[c].role == .upstream && m.sockets[c].output.count < Memory.receiveSize)
    }

    /// Lays down what happened on the session. False when the session is dead.
    private mutating func takeEvents(_ c: Int32, at start: Int, _ m: borrowing Memory) -> Bool {
        // Reading an event may give windows back.
        let session = writer(of: c, m)
        let isAnswer = m.sockets[c].role == .upstream
        while let event = session.next() {
            switch event {
            case .head(let stream, let head):
                if isAnswer { takeAnswerHead(c, stream.tag, head, m) } else { openStream(c, stream, head, m) }
            case .data(let stream, let range):
                let bytes = m.receive[(start &+ range.lowerBound)..<(start &+ range.upperBound)]
                if stream.tag >= 0, !m.sockets[stream.tag].incoming.append(bytes, m.blocks) { breakStream(stream.tag, m) }
                wakeStream(stream.tag, m)
            case .trailers(let stream, let range): takeTrailers(stream.tag, m.frames.text(range), m)
            case .end(let stream): endStreamInput(stream.tag, m)
            case .windowOpened(let stream): wakeStream(stream.tag, m)
            case .reset(let stream, let code): if isAnswer { cut(stream.tag, code, m) } else { breakStream(stream.tag, m) }
            case .closed(let stream, let code):
                if isAnswer { cut(stream.tag, code, m) } else if code != .noError { breakStream(stream.tag, m) }
            case .goaway, .pong: break
            case .failed: return false
            }
        }
        return true
    }

    /// A request begins.
    private mutating func openStream(_ c: Int32, _ stream: HTTP2Stream, _ head: HTTP2Head, _ m: borrowing Memory) {
        let session = m.sockets[c].session
        guard !isFull(m), let v = m.sockets.take() else { return session.reset(stream, .refusedStream) }
        m.sockets[v] = SocketRow()
        m.sockets[v].role = .client
        m.sockets[v].layer = .stream
        m.sockets[v].peer = m.sockets[c].peer
        m.sockets[v].listener = m.sockets[c].listener
        m.sockets[v].isTrusted = m.sockets[c].isTrusted
        m.sockets[v].carrier = c
        m.sockets[v].carried = stream
        m.sockets[v].headStart = now
        m.sockets[v].hasBody = !head.endsStream
        link(v, to: c, m)
        disarm(c, m)
        session.tag(stream, v)
        metrics.add(.http2Streams)
        if let defect = head.defect {
            m.sockets[v].defect = defect
        } else if !layDown(head, v, m) {
            breakStream(v, m)
        }
        if head.endsStream { endStreamInput(v, m) } else { wakeStream(v, m) }
    }

    /// The head as text, and before it where its fields lie, if that is known. What asks for a WebSocket lacks the key that HTTP/1.1 needs (RFC 8441 section 5).
    private mutating func layDown(_ head: HTTP2Head, _ v: Int32, _ m: borrowing Memory) -> Bool {
        let records = Int(head.outline) &* MemoryLayout<FieldLine>.stride
        let text = m.frames.text((head.text.lowerBound &- records)..<head.text.upperBound)
        m.sockets[v].outlined = UInt8(truncatingIfNeeded: head.outline)
        guard head.isWebSocket else { return m.sockets[v].incoming.append(text, m.blocks) }
        var w = HeadWriter(limit: 64)
        w.put("sec-websocket-key: ", m.transmit)
        w.put(webSocketKey: random.next(), random.next(), m.transmit)
        w.put("\r\n\r\n", m.transmit)
        return m.sockets[v].incoming.append(text.extracting(0..<(text.count &- 2)), m.blocks)
            && m.sockets[v].incoming.append(m.transmit[0..<w.count], m.blocks)
    }

    private mutating func takeTrailers(_ v: Int32, _ text: borrowing Span<UInt8>, _ m: borrowing Memory) {
        guard v >= 0 else { return }
        let d = m.sockets[v].stream
        // Its own empty line is written anew; see `parseTrailers`.
        if d >= 0, text.count > 2, !keepTrailer(d, text.extracting(0..<(text.count &- 2)), m) {
            return m.sockets[v].role == .upstream ? cut(v, .malformed, m) : breakStream(v, m)
        }
        endStreamInput(v, m)
    }

    // MARK: Streams

    mutating func wakeStream(_ v: Int32, _ m: borrowing Memory) {
        guard v >= 0 else { return }
        m.sockets[v].isReadable = true
        queue(v, m)
    }

    mutating func endStreamInput(_ v: Int32, _ m: borrowing Memory) {
        guard v >= 0, m.sockets[v].cut == .none else { return }
        m.sockets[v].isEnding = true
        wakeStream(v, m)
    }

    /// The client gave it up, or it cannot go on.
    private mutating func breakStream(_ v: Int32, _ m: borrowing Memory) {
        guard v >= 0 else { return }
        m.sockets[v].isBroken = true
        m.sockets[v].cut = .unkept
        wakeStream(v, m)
    }

    func link(_ v: Int32, to c: Int32, _ m: borrowing Memory) {
        let first = m.sockets[c].firstCarried
        m.sockets[v].poolNext = first
        if first >= 0 { m.sockets[first].poolPrevious = v }
        m.sockets[c].firstCarried = v
    }

    func unlink(_ v: Int32, from c: Int32, _ m: borrowing Memory) {
        let (previous, next) = (m.sockets[v].poolPrevious, m.sockets[v].poolNext)
        if previous >= 0 { m.sockets[previous].poolNext = next } else { m.sockets[c].firstCarried = next }
        if next >= 0 { m.sockets[next].poolPrevious = previous }
        m.sockets[v].poolNext = -1
        m.sockets[v].poolPrevious = -1
    }

    /// A stream's row goes: the connection may be at rest then. A stream that was not answered to its end is reset.
    mutating func closeStream(_ v: Int32, _ m: borrowing Memory) {
        let c = m.sockets[v].carrier
        m.sockets[v].incoming.free(m.blocks)
        guard c >= 0 else { return }
        unlink(v, from: c, m)
        let (session, stream) = (writer(of: c, m), m.sockets[v].carried)
        session.tag(stream, -1)
        if !m.sockets[v].isAnswered {
            session.reset(stream, .internalError)
        } else if !m.sockets[v].isEnding {
            // The answer is whole and the rest of the request is not wanted (RFC 9113 section 8.1).
            session.reset(stream, .noError)
        }
        if m.sockets[c].firstCarried < 0 { queue(c, m) }
    }

    // MARK: The connection's end

    /// Between streams: an idle connection has its time, one that is to go goes.
    private mutating func rest(_ c: Int32, _ m: borrowing Memory) {
        if m.sockets[c].role == .upstream { return restCarrier(c, m) }
        guard m.sockets[c].firstCarried < 0 else { return }
        if m.sockets[c].session.isOver { return endCarrying(c, m) }
        if m.sockets[c].alarm != .keepAlive {
            alarm(c, .keepAlive, isDraining ? m.limits.linger : m.limits.clientIdle, m)
        }
    }

    /// Says what the session has to say last, and closes.
    ///
    /// - Parameter hasFailed: the client may not have stopped to send, and shall see what it is told.
    mutating func endCarrying(_ c: Int32, hasFailed: Bool = false, _ m: borrowing Memory) {
        if m.sockets[c].role == .upstream { return endCarrier(c, telling: hasFailed ? .malformed : .lost, m) }
        if !m.sockets[c].session.isOver { writer(of: c, m).finish(.noError) }
        while m.sockets[c].firstCarried >= 0 { lost(m.sockets[c].firstCarried, m) }
        sendFrames(of: c, m)
        closeGently(c, isSending: hasFailed, m)
    }

    /// The connection is gone, and its streams with it.
    mutating func endSession(_ c: Int32, _ m: borrowing Memory) {
        forgetFrames(of: c, m)
        while case let v = m.sockets[c].firstCarried, v >= 0 {
            unlink(v, from: c, m)
            m.sockets[v].carrier = -1
            breakStream(v, m)
        }
        m.sockets[c].session.free()
        m.sockets[c].session = .none
    }

    /// Clients are told to come back on another connection; what they have begun goes on.
    mutating func drainCarriers(_ m: borrowing Memory) {
        for i in 0..<m.sockets.made {
            let c = Int32(truncatingIfNeeded: i)
            guard m.sockets[c].role == .client, m.sockets[c].codec == .http2 else { continue }
            writer(of: c, m).drain()
            guard isDraining else { continue }
            // Whoever is at rest and does not hear it (asleep, or gone without a word) is not waited for.
            if m.sockets[c].firstCarried < 0 { alarm(c, .keepAlive, m.limits.linger, m) }
            rest(c, m)
        }
    }
}
