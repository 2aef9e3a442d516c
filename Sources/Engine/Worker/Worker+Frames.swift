import Base
import HTTP
import Pipeline
import Reactor

// What goes to and comes from one stream of an HTTP/2 connection, where others have a socket: a client's request and its answer, or an
// endpoint's answer and its request.
extension Worker where P: ~Copyable {
    /// Before a stream's row is read: what became of the stream meanwhile. False when there is nothing to read.
    mutating func beginReading(_ v: Int32, _ m: borrowing Memory) -> Bool {
        if m.sockets[v].role == .upstream { return beginReadingAnswer(v, m) }
        if m.sockets[v].isBroken {
            lost(v, m)
            return false
        }
        if let defect = m.sockets[v].defect, m.sockets[v].state == .idle {
            refuse(v, ProxyError(Rescue.kind(defect), detail: defect.text), m)
            return false
        }
        guard !m.sockets[v].output.isEmpty else { return true }
        let handle = m.sockets.handle(v)
        flushStream(v, m)
        return m.sockets.isCurrent(handle)
    }

    /// What a request on a stream has of its own: no other request follows, and a body without a length goes on in chunks.
    func adapt(_ request: inout ParsedRequest, to v: Int32, _ m: borrowing Memory) {
        request.facts.close = true
        if m.sockets[v].hasBody && request.facts.contentLength < 0 && !request.facts.upgradeWebSocket {
            request.facts.isChunked = true
        }
    }

    // MARK: Receiving

    /// What `receive` is on a stream: what was laid down, within the room that there is. The client may send as much more.
    mutating func receiveStream(_ v: Int32, _ m: borrowing Memory) -> Int {
        let start = input.end
        while input.end < Memory.receiveSize, !m.sockets[v].incoming.isEmpty {
            let (block, range) = m.sockets[v].incoming.piece(m.blocks)
            let n = min(range.count, Memory.receiveSize &- input.end)
            input.end = m.receive.write(
                m.blocks.span(block, range.lowerBound..<(range.lowerBound &+ n)), at: input.end)
            m.sockets[v].incoming.drop(n, m.blocks)
        }
        let count = input.end &- start
        guard count == 0 else {
            m.sockets[v].isReadable = !m.sockets[v].incoming.isEmpty || m.sockets[v].isEnding || m.sockets[v].cut != .none
            consume(v, count, m)
            return count
        }
        m.sockets[v].isReadable = false
        guard m.sockets[v].isEnding else { return m.sockets[v].cut == .none ? IO.again : IO.failed }
        m.sockets[v].inputEnded = true
        return 0
    }

    /// Heads are not counted by windows; what is taken too much is left out by the session.
    private mutating func consume(_ v: Int32, _ count: Int, _ m: borrowing Memory) {
        let c = m.sockets[v].carrier
        guard c >= 0, m.sockets[v].state == .busy else { return }
        writer(of: c, m).consumed(m.sockets[v].carried, count)
    }

    // MARK: Sending

    /// What `send` is on a stream: heads become HEADERS, all else DATA. What windows do not let through now is kept.
    mutating func sendStream(_ v: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) -> Bool {
        let c = m.sockets[v].carrier
        guard c >= 0 else { return false }
        var taken = 0
        if m.sockets[v].output.isEmpty && m.sockets[c].output.isEmpty {
            taken = offer(v, c, bytes, isAll: true, m)
            guard taken >= 0 else { return false }
            if taken == bytes.count { return true }
        }
        if m.sockets[v].output.append(bytes.extracting(taken..<bytes.count), m.blocks) { return true }
        m.sockets[v].output.free(m.blocks)
        m.sockets[v].cut = .unkept
        return false
    }

    /// - Parameter isAll: nothing that is kept follows them.
    /// - Returns: how many bytes the session took; -1 when they are no answer.
    private mutating func offer(
        _ v: Int32, _ c: Int32, _ bytes: borrowing Span<UInt8>, isAll: Bool, _ m: borrowing Memory
    ) -> Int {
        let session = writer(of: c, m)
        let d = m.sockets[v].stream
        let isLast = isAll && d >= 0 && m.streams[d].isOutputDone && !m.sockets[v].owesTrailers
        var done = 0
        while !m.sockets[v].isHeadSent && done < bytes.count {
            let taken = offerHead(v, c, session, bytes.extracting(done..<bytes.count), endsHere: isLast, m)
            guard taken > 0 else { return -1 }
            done &+= taken
        }
        let stream = m.sockets[v].carried
        while done < bytes.count {
            let n = session.data(stream, bytes.extracting(done..<bytes.count), isLast: isLast)
            done &+= n
            if done == bytes.count || session.isBlocked(stream) { break }
            // The wire is full: make room, unless the connection takes no more.
            sendFrames(of: c, m)
            framed = c
            guard m.sockets[c].output.isEmpty else { break }
        }
        if isLast && done == bytes.count {
            m.sockets[v].isAnswered = true
            pulse.beat(at: tick)
        }
        return done
    }

    /// - Returns: how many bytes the session took, all of the head and perhaps some behind it; 0 when it is none, or the endpoint takes no more
    ///   requests.
    private func offerHead(
        _ v: Int32, _ c: Int32, _ session: HTTP2Session, _ bytes: borrowing Span<UInt8>, endsHere: Bool, _ m: borrowing Memory
    ) -> Int {
        guard m.sockets[v].role == .upstream else {
            let (length, isFinal, taken) = session.respond(m.sockets[v].carried, bytes, endsHere: endsHere, takesBody: true)
            m.sockets[v].isHeadSent = length > 0 && isFinal
            return taken
        }
        let (stream, length) = session.request(bytes, isHTTPS: m.sockets[c].isSealed, tag: v, endsHere: endsHere)
        m.sockets[v].carried = stream
        m.sockets[v].isHeadSent = length > 0
        return length
    }

    /// Windows or the connection take bytes again.
    mutating func flushStream(_ v: Int32, _ m: borrowing Memory) {
        let c = m.sockets[v].carrier
        guard c >= 0 else { return lostEnd(v, m) }
        while !m.sockets[v].output.isEmpty {
            guard m.sockets[c].output.isEmpty else { return }
            // In one piece, for a head must not be cut.
            var pieces = m.sockets[v].output.reader()
            var count = 0
            while !pieces.isEmpty {
                let (block, range) = pieces.piece(m.blocks)
                guard count &+ range.count <= m.transmit.capacity else { break }
                count = m.transmit.write(m.blocks.span(block, range), at: count)
                pieces.skipPiece(m.blocks)
            }
            let taken = offer(v, c, m.transmit[0..<count], isAll: count == m.sockets[v].output.count, m)
            guard taken >= 0 else { return lostEnd(v, m) }
            var left = taken
            while left > 0 {
                let n = min(left, m.sockets[v].output.piece(m.blocks).range.count)
                m.sockets[v].output.drop(n, m.blocks)
                left &-= n
            }
            let t = m.sockets[v].stream
            if t >= 0, taken > 0 { touch(m.streams[t].exchange, m) }
            if taken < count { return }
        }
        endStreamOutput(v, m)
        drained(v, m)
    }

    // MARK: The end of a message

    /// The message that goes to `d` is over; trailers, if any, lie in the row of `source`, and go as soon as what is before them went.
    mutating func endMessage(to d: Int32, from source: Int32, _ m: borrowing Memory) {
        let v = m.streams[d].socket
        // The client's stay where they are: another try may need them.
        if m.sockets[v].role == .upstream { return m.sockets[v].owesTrailers = m.streams[source].trailerLength > 0 }
        if m.streams[source].trailerLength > 0 {
            m.blocks.give(m.streams[d].trailers)
            m.streams[d].trailers = m.streams[source].trailers
            m.streams[d].trailerLength = m.streams[source].trailerLength
            m.streams[source].trailers = .none
            m.streams[source].trailerLength = 0
            m.sockets[v].owesTrailers = true
        }
    }

    /// Says the end, when all bytes went and it was not said with the last of them.
    mutating func endStreamOutput(_ v: Int32, _ m: borrowing Memory) {
        let (c, d) = (m.sockets[v].carrier, m.sockets[v].stream)
        guard c >= 0, d >= 0, m.streams[d].isOutputDone, m.sockets[v].output.isEmpty, m.sockets[v].isHeadSent,
            !m.sockets[v].isAnswered
        else { return }
        let (session, stream) = (writer(of: c, m), m.sockets[v].carried)
        m.sockets[v].isAnswered = true
        guard m.sockets[v].owesTrailers else { return session.end(stream) }
        let source = m.sockets[v].role == .upstream ? m.exchanges[m.streams[d].exchange].downstream : d
        let end = Int(m.streams[source].trailerLength)
        m.blocks.set(13, in: m.streams[source].trailers, at: end)
        m.blocks.set(10, in: m.streams[source].trailers, at: end &+ 1)
        if !session.trailers(stream, m.blocks.span(m.streams[source].trailers, 0..<(end &+ 2))) { session.end(stream) }
    }

    /// A tunnel's end in this direction.
    mutating func endStream(_ v: Int32, _ m: borrowing Memory) {
        let c = m.sockets[v].carrier
        guard c >= 0 else { return }
        m.sockets[v].isAnswered = true
        writer(of: c, m).end(m.sockets[v].carried)
    }
}
