import Base
import Graph
import HTTP
import Pipeline
import Reactor

// Which protocol an endpoint speaks over TLS is known when its handshake ends. Where it may choose, requests wait in rows of streams, as
// they do for any connection that is to carry many; if it chooses HTTP/1.1 the first of them takes the connection, and the others go to the
// same endpoint over connections of their own. From then on that is what is expected of the endpoint, and a connection is made for one
// request; if such a one turns out to speak HTTP/2, its request becomes its first stream, and the expectation changes again.
extension Worker where P: ~Copyable {
    /// Whether the request goes over a stream: HTTP/2 is spoken there, or may be as far as is known.
    func isCarried(_ e: Int32, _ endpoint: EndpointHandle, _ settings: ClusterSettings, _ m: borrowing Memory) -> Bool {
        if settings.isFramed { return true }
        guard settings.upstream == .https, settings.introduction == nil else { return false }
        return !m.exchanges[e].wantsTunnel && !cells.flags(endpoint).contains(.choseHTTP1)
    }

    /// TLS is agreed on, and with it the protocol.
    mutating func settle(_ u: Int32, isFramed: Bool, _ m: borrowing Memory) {
        let t = m.sockets[u].stream
        let endpoint = m.sockets[u].endpoint
        if m.sockets[u].isNegotiable, cells.flags(endpoint).contains(.choseHTTP1) == isFramed {
            cells.mark(endpoint, .choseHTTP1, !isFramed)
        }
        switch (t >= 0, isFramed) {
        case (true, false): ask(over: u, m)
        case (true, true): becomeCarrier(u, m)
        case (false, true): beginCarrying(toEndpoint: u, m)
        case (false, false): if m.sockets[u].isNegotiable { fallBack(u, m) } else { loseCarrier(u, .notFramed, m) }
        }
    }

    /// The connection's own request goes out.
    private mutating func ask(over u: Int32, _ m: borrowing Memory) {
        let e = m.streams[m.sockets[u].stream].exchange
        m.sockets[u].state = .busy
        m.exchanges[e].x.times.connected = now
        sendRequest(e, m)
    }

    /// What was made for one request carries many: that one is the first stream.
    private mutating func becomeCarrier(_ u: Int32, _ m: borrowing Memory) {
        let t = m.sockets[u].stream
        let e = m.streams[t].exchange
        // It was not offered to whoever asks for an upgrade.
        guard !m.exchanges[e].wantsTunnel else { return shakingFailed(u, ProxyError(.handshakeFailed), m) }
        guard let v = streamRow(m.sockets[u].endpoint, m.sockets[u].peer, m) else {
            return tryFailed(e, ProxyError(.noDescriptors), m)
        }
        m.sockets[u].stream = -1
        m.streams[t].socket = v
        m.sockets[v].stream = t
        m.sockets[v].state = .connecting
        // As long as for a connection: the handshake was within that time, and what follows needs no round trip.
        alarm(v, .connect, m.limits.signOfLife, m)
        m.sockets[u].codec = .http2
        _ = carriers.add(u, limit: .max, m.sockets)
        join(v, u, m)
        beginCarrying(toEndpoint: u, m)
    }

    /// The endpoint chose HTTP/1.1. Whoever waits longest takes the connection.
    private mutating func fallBack(_ c: Int32, _ m: borrowing Memory) {
        var v = m.sockets[c].firstCarried
        guard v >= 0 else {
            cutStreams(of: c, .plain, m)
            return keep(c, m)
        }
        while m.sockets[v].poolNext >= 0 { v = m.sockets[v].poolNext }
        unlink(v, from: c, m)
        m.sockets[v].carrier = -1
        cutStreams(of: c, .plain, m)
        let t = m.sockets[v].stream
        m.sockets[v].stream = -1
        close(v, m)
        m.streams[t].socket = c
        m.sockets[c].stream = t
        ask(over: c, m)
    }

    /// Nobody waited for it any longer.
    private mutating func keep(_ c: Int32, _ m: borrowing Memory) {
        guard !isDraining, cells.isListed(m.sockets[c].endpoint), pool.add(c, limit: m.limits.keptPerEndpoint, m.sockets) else {
            return close(c, m)
        }
        m.sockets[c].state = .idle
        alarm(c, .keepAlive, m.limits.upstreamIdle, m)
    }

    /// The endpoint speaks HTTP/1.1: the request that waits in the row goes there over a connection of its own.
    mutating func goPlain(_ v: Int32, _ e: Int32, _ m: borrowing Memory) {
        guard let settings = cells.settings(m.exchanges[e].x.cluster), settings.upstream == .https else {
            return tryFailed(e, ProxyError(.streamRefused), m)
        }
        let t = m.sockets[v].stream
        m.exchanges[e].upstream = -1
        m.streams.give(t)
        m.sockets[v].stream = -1
        let endpoint = m.sockets[v].endpoint
        close(v, m)
        reach(e, endpoint, settings, m)
    }

    /// Whether a row waits for a connection that is made but not agreed on.
    func waitsForTLS(_ v: Int32, _ m: borrowing Memory) -> Bool {
        let c = m.sockets[v].carrier
        return c >= 0 && m.sockets[c].state == .shaking
    }

    /// Nothing more comes on a connection that carries streams. In TLS 1.3 an endpoint that does not take our certificate says so when our handshake
    /// is over (RFC 8446 section 4.4.2.4), or ends the connection without a word: before its settings, with which HTTP/2 begins.
    mutating func hangUp(_ c: Int32, _ m: borrowing Memory) {
        guard m.sockets[c].role == .upstream, m.sockets[c].isSealed, !m.sockets[c].isReused,
            m.sockets[c].sealFailure != nil || !m.sockets[c].session.knowsPeer
        else { return close(c, m) }
        loseCarrier(c, .unsealed, m)
    }
}
