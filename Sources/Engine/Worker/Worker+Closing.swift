import Base
import HTTP
import Pipeline
import Reactor
import Secure
import Synchronization

// Connections' ends, draining, and what is looked after once a second.
extension Worker where P: ~Copyable {
    /// Closes at once: what was sent last may not have been all, and a client of TLS can tell (no close_notify). The socket belongs to no
    /// exchange any longer.
    mutating func close(_ s: Int32, _ m: borrowing Memory) {
        switch m.sockets[s].role {
        case .free, .listener: return
        case .client where m.sockets[s].isStream: closeStream(s, m)
        case .client where m.sockets[s].isMirror: m.blocks.give(m.sockets[s].shown)
        case .upstream where m.sockets[s].isStream: leaveCarrier(s, m)
        case .client where m.sockets[s].codec == .datagrams:
            sessions.remove(s, m.sockets)
            clients &-= 1
            metrics.closed()
        case .client:
            if m.sockets[s].session.isPresent { endSession(s, m) }
            if m.sockets[s].isCountedByAddress { addresses?.giveBack(m.sockets[s].peer.ip) }
            spread?.remove()
            clients &-= 1
            metrics.closed()
        case .upstream:
            if m.sockets[s].state == .idle { pool.remove(s, m.sockets) }
            if m.sockets[s].codec == .http2 { cutStreams(of: s, m.sockets[s].state == .shaking ? .unsealed : .lost, m) }
            metrics.add(.upstreamClosed)
        }
        dropInput(s, m)
        if m.sockets[s].isSealed { endSealing(s, m) }
        m.sockets[s].output.free(m.blocks)
        if m.sockets[s].descriptor >= 0 { port.close(m.sockets[s].descriptor) }
        // Only now may another one be made in its place: by another worker that happens at once.
        if m.sockets[s].role == .upstream, !m.sockets[s].isStream, m.sockets[s].cluster >= 0 {
            giveBackConnection(m.sockets[s].cluster)
        }
        disarm(s, m)
        m.sockets[s].role = .free
        m.sockets.give(s)
    }

    /// Closes a client's connection after all it was owed was said, so that the answer reaches it: a socket that is closed with unread bytes resets the connection, and
    /// the answer with it (RFC 9112 section 9.6).
    mutating func closeGently(_ s: Int32, isSending: Bool, _ m: borrowing Memory) {
        if m.sockets[s].isStream || m.sockets[s].isMirror { return close(s, m) }
        if m.sockets[s].isSealed { sayGoodbye(s, m) }
        guard m.sockets[s].output.isEmpty else {
            m.sockets[s].closesWhenSent = true
            return alarm(s, .linger, m.limits.linger, m)
        }
        let hasMore = isSending || m.sockets[s].isReadable || m.sockets[s].hasInput || (input.socket == s && input.count > 0)
        dropInput(s, m)
        guard hasMore, !m.sockets[s].inputEnded else { return close(s, m) }
        m.sockets[s].state = .lingering
        m.sockets[s].codec = .http1
        m.sockets[s].closesWhenSent = false
        endOutput(s, m)
        alarm(s, .linger, m.limits.linger, m)
        queue(s, m)
    }

    /// Says that nothing more will be sent. All that was to be sent is gone.
    mutating func endOutput(_ s: Int32, _ m: borrowing Memory) {
        guard !m.sockets[s].outputEnded else { return }
        m.sockets[s].outputEnded = true
        if m.sockets[s].isStream { return endStream(s, m) }
        if m.sockets[s].isSealed { sayGoodbye(s, m) }
        guard m.sockets[s].output.isEmpty else { return m.sockets[s].finishesWhenSent = true }
        port.finishWriting(m.sockets[s].descriptor)
    }

    /// Throws away what a client that was answered still sends.
    mutating func linger(_ s: Int32, _ m: borrowing Memory) {
        var turns = 0
        while m.sockets[s].isReadable {
            guard turns < m.limits.receivesPerTurn else { return queue(s, m) }
            turns &+= 1
            loadInput(s, m)
            input.start = 0
            input.end = 0
            let n = receive(s, m)
            input.start = input.end
            if n == IO.again { return }
            if n <= 0 { return close(s, m) }
        }
    }

    // MARK: Draining

    mutating func enter(_ phase: DrainPhase, _ m: borrowing Memory) {
        drainPhase = phase
        if phase == .draining { beginDraining(m) }
        drainCarriers(m)
    }

    /// Listens no more; connections that are between requests end now, the others after their request.
    private mutating func beginDraining(_ m: borrowing Memory) {
        // Clients that send datagrams do so to the listener's socket: it stays for those who are known.
        for i in listeners.indices where !listeners[i].door.place.isDatagrams { closeListener(i, m) }
        if let spread {
            spread.serves(0)
            takeHandedOver(spread, m)
        }
        for i in 0..<m.sockets.made {
            let s = Int32(truncatingIfNeeded: i)
            guard m.sockets[s].role == .client, m.sockets[s].state == .idle, !m.sockets[s].hasInput,
                !m.sockets[s].isHandshaking
            else { continue }
            // What has arrived by now is still served.
            m.sockets[s].isReadable = true
            let handle = m.sockets.handle(s)
            readHead(s, m)
            keepInput(m)
            guard m.sockets.isCurrent(handle), m.sockets[s].state == .idle, !m.sockets[s].hasInput else { continue }
            closeGently(s, isSending: false, m)
        }
    }

    mutating func endWhenIdle(_ m: borrowing Memory) {
        guard clients == 0, !hasEnded else { return }
        end(m)
    }

    /// Closes everything that is left.
    mutating func end(_ m: borrowing Memory) {
        guard !hasEnded else { return }
        hasEnded = true
        for i in listeners.indices { closeListener(i, m) }
        closeHandedOver()
        countWhatIsCut(m)
        for i in 0..<m.sockets.made {
            let s = Int32(truncatingIfNeeded: i)
            guard m.sockets[s].role == .client || m.sockets[s].role == .upstream else { continue }
            let t = m.sockets[s].stream
            if t >= 0 { abort(m.streams[t].exchange, ProxyError(.drained), m) } else { close(s, m) }
        }
        epochs.idle()
        post.hasEnded.store(true, ordering: .releasing)
        post.tell()
    }

    /// A request is cut when its head, its body or its answer is not through. A tunnel has no such end: it is counted apart.
    private func countWhatIsCut(_ m: borrowing Memory) {
        var (requests, tunnels) = (0, 0)
        for i in 0..<m.sockets.made {
            let s = Int32(truncatingIfNeeded: i)
            guard m.sockets[s].role == .client, !m.sockets[s].isMirror, m.sockets[s].state != .lingering,
                m.sockets[s].state != .carrying
            else { continue }
            if m.sockets[s].codec == .tunnel || m.sockets[s].codec == .datagrams {
                tunnels &+= 1
            } else if m.sockets[s].stream >= 0 || m.sockets[s].hasInput || !m.sockets[s].output.isEmpty {
                requests &+= 1
            }
        }
        post.cutRequests.store(requests, ordering: .relaxed)
        post.cutTunnels.store(tunnels, ordering: .relaxed)
    }

    // MARK: Once a second

    mutating func sweep(_ m: borrowing Memory) {
        nextSweep = tick &+ 1000
        var from = 0
        while let (first, endpoint) = pool.first(from: from) {
            var u = first
            while u >= 0 {
                let next = m.sockets[u].poolNext
                if !cells.isListed(m.sockets[u].endpoint) || isWantedByOthers(u, m) { closeKept(u, m) }
                u = next
            }
            from = endpoint + 1
        }
        sweepCarriers(m)
        m.blocks.trim(keep: 256)
        guard tick >= nextTrim else { return }
        nextTrim = tick &+ Self.trimPeriod
        trimsOwed &-= trimsOwed > 0 ? 1 : 0
        m.frames.trim()
        m.wire.trim()
    }
}
