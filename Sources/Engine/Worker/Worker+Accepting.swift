import Base
import Graph
import Pipeline
import Reactor

extension Worker where P: ~Copyable {
    /// Accepts what waits, within the bound of one turn; the rest is reported again.
    mutating func accept(_ l: Int32, _ m: borrowing Memory) {
        guard tick >= starvedUntil else { return }
        var left = m.limits.acceptsPerTurn
        while left > 0 && acceptOne(l, m) { left &-= 1 }
    }

    /// False when nothing waits, or nothing can be taken.
    mutating func acceptOne(_ l: Int32, _ m: borrowing Memory) -> Bool {
        var accepted = port.accept(m.sockets[l].descriptor)
        if Int(accepted.descriptor) == IO.starved, starve(m) { accepted = port.accept(m.sockets[l].descriptor) }
        guard accepted.descriptor >= 0 else { return false }
        let place = m.sockets[l].listener
        if handOver(accepted, place) { return true }
        spread?.add()
        admit(accepted, place, m)
        return true
    }

    /// A connection comes to this worker, which has counted it.
    ///
    /// - Parameter place: of the listener.
    mutating func admit(_ accepted: Accepted, _ place: Int32, _ m: borrowing Memory) {
        metrics.accepted()
        let speaksPlainly = listeners[Int(place)].door.transport == .http
        guard clients < m.limits.clients, !isFull(m), let s = m.sockets.take() else {
            spread?.remove()
            return turnAway(accepted.descriptor, inWords: speaksPlainly)
        }
        clients &+= 1
        m.sockets[s] = SocketRow()
        m.sockets[s].descriptor = accepted.descriptor
        m.sockets[s].role = .client
        m.sockets[s].peer = accepted.peer
        m.sockets[s].listener = place
        m.sockets[s].isTrusted = isTrusted(accepted.peer.ip)
        guard awaitsIntroductions || isAddressAdmitted(s, m) else { return }
        port.register(accepted.descriptor, token: m.sockets.handle(s).token)
        if awaitsIntroductions { beginIntroducing(s, m) } else { beginSpeaking(s, m) }
        // Handed over while this worker began to drain: it may still ask, but not rest.
        if isDraining, m.sockets[s].role == .client, m.sockets[s].alarm == .keepAlive { alarm(s, .keepAlive, m.limits.linger, m) }
    }

    /// Counts the connection to its client's address. Where that has as many as it may, the connection is closed without a word, as what is
    /// spoken on it may not be known yet. Proxies that are trusted speak for many clients.
    mutating func isAddressAdmitted(_ s: Int32, _ m: borrowing Memory) -> Bool {
        guard let addresses, !isTrusted(m.sockets[s].peer.ip) else { return true }
        switch addresses.take(m.sockets[s].peer.ip, most: m.limits.clientsPerAddress) {
        case .counted: m.sockets[s].isCountedByAddress = true
        case .uncounted: break
        case .refused:
            metrics.add(.addressRefusals)
            close(s, m)
            return false
        }
        return true
    }

    /// The client has the word.
    mutating func beginSpeaking(_ s: Int32, _ m: borrowing Memory) {
        switch listeners[Int(m.sockets[s].listener)].door.transport {
        case .tcp: beginSession(s, .tcp, m)
        case .https: if isNameAwaited(s, m) { beginGreeting(s, m) } else { beginSealing(s, m) }
        default: alarm(s, .keepAlive, m.limits.clientIdle, m)
        }
    }

    func isTrusted(_ address: IPAddress) -> Bool {
        for block in trusted where block.contains(address) { return true }
        return false
    }

    /// Nine tenths of the memory for blocks, of all workers, are in use: what is under way may end, nothing new begins.
    func isFull(_ m: borrowing Memory) -> Bool { m.blocks.bytesInUseByAll > m.blocks.budget / 10 * 9 }

    /// There is no room for one more client: it is told so as well as one send allows.
    private mutating func turnAway(_ descriptor: Int32, inWords: Bool) {
        let text: StaticString =
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 15\r\nconnection: close\r\n\r\n503 Overloaded\n"
        if inWords { say(text, to: descriptor) }
        port.close(descriptor)
        metrics.closed()
    }

    /// Sends a text as well as one send allows, before the connection is closed.
    mutating func say(_ text: StaticString, to descriptor: Int32) {
        let bytes = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        _ = unsafe port.send(descriptor, bytes.span)
    }

    /// The system has no descriptors left. Kept connections to endpoints are the ones that nobody misses; without any, accepting waits.
    /// - Returns: whether some were freed, so that trying again is of use.
    mutating func starve(_ m: borrowing Memory) -> Bool {
        metrics.add(.acceptStarved)
        var freed = 0
        while freed < 32, let (s, _) = pool.first(from: 0) {
            closeKept(s, m)
            freed &+= 1
        }
        if freed == 0 { freed = closeIdleCarriers(m) }
        guard freed == 0 else { return true }
        starvedUntil = tick &+ 50
        mute(true, m)
        return false
    }

    /// A listener that is reported again and again while nothing can be accepted would keep the loop busy.
    mutating func mute(_ isMuted: Bool, _ m: borrowing Memory) {
        for place in listeners where place.socket >= 0 {
            port.mute(
                m.sockets[place.socket].descriptor, token: m.sockets.handle(place.socket).token, isMuted)
        }
    }
}
