import Base
import HTTP
import Pipeline
import Reactor

// Datagrams: an exchange for each client and listener, between a row that is no socket (its datagrams come and go through the listener's) and
// a socket of its own that is connected to the endpoint. It ends when nothing came for a while.
extension Worker where P: ~Copyable {
    /// Passes on what waits at a listener, within the bound of one turn; the rest is reported again.
    mutating func takeDatagrams(_ l: Int32, _ m: borrowing Memory) {
        keepInput(m)
        var left = m.limits.datagramsPerTurn
        while left > 0 {
            left &-= 1
            let received = port.receiveDatagram(m.sockets[l].descriptor, into: m.receive, 0..<Memory.receiveSize)
            guard received.count >= 0 else { return }
            passOn(received, l, m)
        }
    }

    private mutating func passOn(_ received: Received, _ l: Int32, _ m: borrowing Memory) {
        let place = m.sockets[l].listener
        var s = sessions.find(place, received.peer, m.sockets)
        if s < 0 { s = beginDatagrams(place, received.peer, m) }
        guard s >= 0 else { return metrics.add(.datagramsDropped) }
        let e = m.streams[m.sockets[s].stream].exchange
        // It may wait before it looks for another endpoint.
        guard m.exchanges[e].phase == .tunnel else { return metrics.add(.datagramsDropped) }
        m.sockets[s].local = received.local
        m.exchanges[e].x.bytes.received &+= UInt64(received.count)
        touch(e, m)
        let u = m.streams[m.exchanges[e].upstream].socket
        let n = port.send(m.sockets[u].descriptor, m.receive[0..<received.count])
        if n == IO.failed { return breakOff(e, .connectFailed, m) }
        if n < 0 { metrics.add(.datagramsDropped) }
    }

    /// A client that is not known: one that an endpoint is found for is from now on. - Returns: its row, or -1.
    private mutating func beginDatagrams(_ place: Int32, _ peer: SocketAddress, _ m: borrowing Memory) -> Int32 {
        guard !isDraining, !isFull(m), clients < m.limits.clients, sessions.count < m.limits.datagramSessions, plan >= 0,
            m.plans[plan].view?.hasJoined(listeners[Int(place)].door.index) == true, let s = m.sockets.take()
        else { return -1 }
        clients &+= 1
        metrics.accepted()
        m.sockets[s] = SocketRow()
        m.sockets[s].role = .client
        m.sockets[s].codec = .datagrams
        m.sockets[s].peer = peer
        m.sockets[s].listener = place
        sessions.insert(s, m.sockets)
        let handle = m.sockets.handle(s)
        beginSession(s, .udp, m)
        return m.sockets.isCurrent(handle) ? s : -1
    }

    /// The session's own socket: what the endpoint sends to it is this client's.
    mutating func connectForDatagrams(_ e: Int32, _ endpoint: EndpointHandle, _ m: borrowing Memory) {
        var problem = ProxyError.Kind.noDescriptors
        let u = dial(endpoint, m.exchanges[e].address, isForDatagrams: true, &problem, m)
        guard u >= 0 else { return tryFailed(e, ProxyError(problem), m) }
        m.sockets[u].codec = .datagrams
        attach(e, u, m)
        port.register(m.sockets[u].descriptor, token: m.sockets.handle(u).token)
        m.exchanges[e].x.times.connected = now
        join(e, m)
    }

    /// Passes on what an endpoint sent to one client, within the bound of one turn.
    mutating func answerDatagrams(_ u: Int32, _ m: borrowing Memory) {
        guard m.sockets[u].role == .upstream, m.sockets[u].stream >= 0 else { return }
        keepInput(m)
        let e = m.streams[m.sockets[u].stream].exchange
        let s = m.streams[m.exchanges[e].downstream].socket
        var left = m.limits.datagramsPerTurn
        while m.sockets[u].isReadable {
            guard left > 0 else { return queue(u, m) }
            left &-= 1
            let n = port.receive(m.sockets[u].descriptor, into: m.receive, 0..<Memory.receiveSize)
            if n == IO.again {
                m.sockets[u].isReadable = false
                return
            }
            // Nobody is there (ICMP): the client's next datagram may go elsewhere.
            guard n >= 0 else { return breakOff(e, .connectFailed, m) }
            touch(e, m)
            let place = listeners[Int(m.sockets[s].listener)]
            guard place.socket >= 0 else {
                metrics.add(.datagramsDropped)
                continue
            }
            let sent = port.sendDatagram(
                m.sockets[place.socket].descriptor, m.receive[0..<n], to: m.sockets[s].peer, from: m.sockets[s].local,
                isV6: !place.door.address.ip.isV4)
            if sent >= 0 { m.exchanges[e].x.bytes.sent &+= UInt64(n) } else { metrics.add(.datagramsDropped) }
        }
    }
}
