import Base
import HTTP
import Pipeline
import Reactor
import Secure

// TLS between the socket and everything else: what is received is opened here, what is sent is sealed here, and nobody else knows.
extension Worker where P: ~Copyable {
    /// A client of a sealed listener: its first bytes begin the handshake.
    mutating func beginSealing(_ s: Int32, _ m: borrowing Memory) {
        guard let terminator = cells.terminator(listeners[Int(m.sockets[s].listener)].door.terminator) else { return close(s, m) }
        let seal = TLSSession.accept(terminator, m.wire)
        guard seal.isPresent else { return close(s, m) }
        m.sockets[s].seal = seal
        m.sockets[s].layer = .sealed
        m.sockets[s].isHandshaking = true
        alarm(s, .handshake, m.limits.handshake, m)
    }

    // MARK: Receiving

    /// What `receive` is on a sealed connection: plaintext behind what is loaded, within the room that there is.
    @inline(never)
    mutating func receiveSealed(_ s: Int32, _ m: borrowing Memory) -> Int {
        if m.sockets[s].isHandshaking && handshakesLeft <= 0 {
            queue(s, m)
            return IO.again
        }
        loadSealed(s, m)
        let result = openSealed(s, m)
        let hasMore = keepSealed(s, m)
        if result == 0 { m.sockets[s].inputEnded = true }
        if result > 0 {
            input.end = input.end &+ result
            // The room is used up: the rest is not announced again.
            if hasMore || input.end == Memory.receiveSize { m.sockets[s].isReadable = true }
        }
        // What the library wanted to say on this occasion: handshakes, tickets, new keys, alerts.
        guard m.wire.pending.count > 0 else { return result }
        let isSent = transmit(s, m.wire.pending, m)
        m.wire.sent()
        return isSent ? result : IO.failed
    }

    /// Opens what came, and receives more as long as nothing could be opened. - Returns: as `Port.receive`.
    private mutating func openSealed(_ s: Int32, _ m: borrowing Memory) -> Int {
        while true {
            let result = openOnce(s, m)
            guard result == TLSSession.nothing else {
                if result == TLSSession.refused { m.sockets[s].sealFailure = .refused }
                guard result >= 0 else { return IO.failed }
                if result == 0 { m.sockets[s].isReadable = false }
                return result
            }
            guard m.sockets[s].isReadable else { return IO.again }
            let n = port.receive(m.sockets[s].descriptor, into: m.wire.input, 0..<Memory.receiveSize)
            if n > 0 {
                m.wire.accept(n)
                if n < Memory.receiveSize && !m.sockets[s].isEnding { m.sockets[s].isReadable = false }
                continue
            }
            if n == IO.again { m.sockets[s].isEnding = false }
            m.sockets[s].isReadable = false
            if n == 0 { m.sockets[s].isCut = true }
            return n
        }
    }

    /// Handshake, then plaintext, from what lies in the wire. - Returns: as `TLSSession.read`.
    private mutating func openOnce(_ s: Int32, _ m: borrowing Memory) -> Int {
        let seal = m.sockets[s].seal
        if m.sockets[s].isHandshaking {
            handshakesLeft &-= 1
            switch seal.handshake() {
            case .waiting: return TLSSession.nothing
            case .failed(let failure):
                explain(failure, s, m)
                return TLSSession.broken
            case .done:
                m.sockets[s].isHandshaking = false
                // What follows is the business of whoever shakes hands.
                guard m.sockets[s].role == .client else { break }
                guard noteCertificate(s, m) else { return TLSSession.broken }
                metrics.add(.handshakes)
                if seal.isResumed { metrics.add(.resumptions) }
                if seal.isFor("h2") { m.sockets[s].codec = .http2 }
                // On the way out nobody waits long for a request that may never come.
                alarm(s, .keepAlive, isDraining ? m.limits.linger : m.limits.clientIdle, m)
            }
        }
        var end = input.end
        while end < Memory.receiveSize {
            let n = seal.read(into: m.receive, end..<Memory.receiveSize)
            guard n > 0 else { return end > input.end ? end &- input.end : n }
            end &+= n
        }
        return end &- input.end
    }

    /// Puts ciphertext that was left before into the wire.
    private func loadSealed(_ s: Int32, _ m: borrowing Memory) {
        let block = m.sockets[s].sealed
        guard block.isPresent else { return }
        let count = Int(m.sockets[s].sealedCount)
        m.wire.input.write(m.blocks.span(block, 0..<count), at: 0)
        m.wire.accept(count)
        m.blocks.give(block)
        m.sockets[s].sealed = .none
    }

    /// Keeps ciphertext that there was no room for. Without a block for it the connection cannot go on, and its end is seen.
    private func keepSealed(_ s: Int32, _ m: borrowing Memory) -> Bool {
        let count = m.wire.unread.count
        guard count > 0 else { return m.sockets[s].seal.hasPending }
        defer { m.wire.forget() }
        guard let block = m.blocks.take(count) else {
            m.sockets[s].isEnding = true
            return false
        }
        m.blocks.write(m.wire.unread, to: block, at: 0)
        m.sockets[s].sealed = block
        m.sockets[s].sealedCount = Int32(truncatingIfNeeded: count)
        return true
    }

    // MARK: Who the client is

    /// Keeps what endpoints are told of the client's certificate as long as the connection. False when there is no room for it: nobody shall be
    /// told that there was none.
    func noteCertificate(_ s: Int32, _ m: borrowing Memory) -> Bool {
        guard let certificate = m.sockets[s].seal.peerCertificate else { return true }
        guard let line = CertificateField.line(certificate), let block = m.blocks.take(line.count) else { return false }
        m.blocks.write(line.span, to: block, at: 0)
        m.sockets[s].shown = block
        m.sockets[s].shownCount = Int32(truncatingIfNeeded: line.count)
        return true
    }

    // MARK: Sending

    /// What `send` is on a sealed connection.
    @inline(never)
    mutating func sendSealed(_ s: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) -> Bool {
        var done = 0
        while done < bytes.count {
            let n = min(bytes.count &- done, TLSWire.longestWrite)
            guard m.sockets[s].seal.write(bytes.extracting(done..<(done &+ n))) else { return false }
            if m.sockets[s].partsWithNext, done &+ n == bytes.count { m.sockets[s].seal.finishWriting() }
            let isSent = transmit(s, m.wire.pending, m)
            m.wire.sent()
            guard isSent else { return false }
            done &+= n
        }
        return true
    }

    // MARK: The end

    /// The client learns that what it has is all there is (RFC 8446 section 6.1). Once: a second time says nothing more.
    mutating func sayGoodbye(_ s: Int32, _ m: borrowing Memory) {
        guard !m.sockets[s].isHandshaking else { return }
        m.sockets[s].seal.finishWriting()
        guard m.wire.pending.count > 0 else { return }
        if !transmit(s, m.wire.pending, m) { m.sockets[s].output.free(m.blocks) }
        m.wire.sent()
    }

    mutating func endSealing(_ s: Int32, _ m: borrowing Memory) {
        m.blocks.give(m.sockets[s].sealed)
        m.sockets[s].sealed = .none
        m.blocks.give(m.sockets[s].shown)
        m.sockets[s].shown = .none
        m.sockets[s].seal.free()
        m.sockets[s].layer = .plain
    }

    /// No handshake came about in time.
    mutating func failHandshake(_ s: Int32, _ m: borrowing Memory) {
        metrics.add(.handshakeFailures)
        close(s, m)
    }

    /// A client that speaks plain HTTP to a sealed listener is told so; the others have had their alert.
    private mutating func explain(_ failure: TLSSession.Failure, _ s: Int32, _ m: borrowing Memory) {
        m.sockets[s].sealFailure = failure
        guard m.sockets[s].role == .client else { return }
        metrics.add(.handshakeFailures)
        guard failure == .plainHTTP else { return }
        m.wire.sent()
        let text: StaticString =
            "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 57\r\nconnection: close\r\n\r\n400 Bad Request: plain HTTP was sent to a port for https\n"
        say(text, to: m.sockets[s].descriptor)
    }

    /// Whether what is said on the connection is sealed, for which a stream has its connection.
    @inline(__always)
    func isSecure(_ s: Int32, _ m: borrowing Memory) -> Bool {
        switch m.sockets[s].layer {
        case .plain, .mirror: false
        case .sealed: true
        case .stream: m.sockets[s].carrier >= 0 && m.sockets[m.sockets[s].carrier].isSealed
        }
    }

    /// Whether the connection was made for the host that this request names.
    func isRightPlace(_ s: Int32, _ e: Int32, _ m: borrowing Memory) -> Bool {
        let line = m.exchanges[e].request.line
        guard line.hostLength > 0 else { return true }
        let c = m.sockets[s].isStream ? m.sockets[s].carrier : s
        return m.sockets[c].seal.serves(
            host: m.blocks.span(m.exchanges[e].head, Int(line.host)..<Int(line.host &+ line.hostLength)))
    }
}
