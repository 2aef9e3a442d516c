import Base
import Graph
import HTTP
import Pipeline
import Reactor

// HTTP/2 connections to endpoints. The rows of their streams look like connections to endpoints with one request, as those of clients'
// streams do (see `Worker+Carrying`). A stream's row is there before its connection is: requests wait in it.
//
// The rule for their number: a request takes a connection with room, one that is being made included; when there is none it makes one.
extension Worker where P: ~Copyable {
    /// Sends the request to the endpoint over a stream.
    ///
    /// Its time to connect is what the request waits for a stream, too.
    mutating func carry(_ e: Int32, _ endpoint: EndpointHandle, _ settings: ClusterSettings, _ m: borrowing Memory) {
        guard !settings.upstream.isGRPC || m.exchanges[e].web != .none || beginWeb(e, m) else {
            return reply(e, LocalReply(.notImplemented), m)
        }
        guard !m.exchanges[e].wantsTunnel || hasWebSocketKey(e, m) else {
            return fail(e, ProxyError(.clientMalformed, detail: "a WebSocket without a key"), m)
        }
        guard let v = streamRow(endpoint, m.exchanges[e].address, m) else { return tryFailed(e, ProxyError(.noDescriptors), m) }
        attach(e, v, m)
        m.sockets[v].state = .connecting
        m.exchanges[e].phase = .connecting
        alarm(v, .connect, max(1, settings.connectTimeout / 1_000_000), m)
        setTryDeadline(e, m)
        armExchange(e, m)
        board(v, e, settings, m)
    }

    /// A row for a stream that has no connection yet; nil when there are none left.
    func streamRow(_ endpoint: EndpointHandle, _ address: SocketAddress, _ m: borrowing Memory) -> Int32? {
        guard let v = m.sockets.take() else { return nil }
        m.sockets[v] = SocketRow()
        m.sockets[v].role = .upstream
        m.sockets[v].codec = .http2
        m.sockets[v].layer = .stream
        m.sockets[v].endpoint = endpoint
        m.sockets[v].peer = address
        return v
    }

    func join(_ v: Int32, _ c: Int32, _ m: borrowing Memory) {
        m.sockets[v].carrier = c
        link(v, to: c, m)
        m.sockets[c].carriedCount &+= 1
        m.sockets[c].waitingCount &+= 1
    }

    /// Finds or makes a connection for a row that has none, and begins its request if that can be.
    private mutating func board(_ v: Int32, _ e: Int32, _ settings: ClusterSettings, _ m: borrowing Memory) {
        let endpoint = m.sockets[v].endpoint
        var c = roomyCarrier(endpoint, e, m)
        if c < 0 {
            var problem = ProxyError.Kind.noDescriptors
            c = open(endpoint, m.sockets[v].peer, settings, carries: true, &problem, m)
            guard c >= 0 else { return tryFailed(e, ProxyError(problem), m) }
            m.sockets[c].codec = .http2
            _ = carriers.add(c, limit: .max, m.sockets)
        }
        join(v, c, m)
        let isTunnel = m.exchanges[e].wantsTunnel
        if isTunnel, isDeclined(on: c, m) { return reply(e, LocalReply(.notImplemented), m) }
        if canBegin(on: c, isTunnel: isTunnel, m) { begin(v, m) }
    }

    // MARK: Room

    mutating func roomyCarrier(_ endpoint: EndpointHandle, _ e: Int32, _ m: borrowing Memory) -> Int32 {
        // What the endpoint allowed on another connection it will allow on those that are being made.
        var usual = Int32(truncatingIfNeeded: m.limits.streamsPerCarrier)
        var c = carriers.first(of: endpoint)
        while c >= 0 {
            let room = room(on: c, m)
            if m.sockets[c].endpoint == endpoint, m.sockets[c].session.isPresent, room > 0 { usual = min(usual, room) }
            c = m.sockets[c].poolNext
        }
        c = carriers.first(of: endpoint)
        while c >= 0 {
            let room = m.sockets[c].session.isPresent ? room(on: c, m) : usual
            if m.sockets[c].endpoint == endpoint, m.sockets[c].carriedCount < room, isFit(c, for: e, m) { return c }
            c = m.sockets[c].poolNext
        }
        return -1
    }

    /// A connection to the endpoint that carries nothing, or -1.
    func restingCarrier(to endpoint: EndpointHandle, _ m: borrowing Memory) -> Int32 {
        var c = carriers.first(of: endpoint)
        while c >= 0 && (m.sockets[c].endpoint != endpoint || m.sockets[c].firstCarried >= 0 || !m.sockets[c].session.isPresent) {
            c = m.sockets[c].poolNext
        }
        return c
    }

    /// Streams that a connection may have at a time; 0 when it takes no more.
    private func room(on c: Int32, _ m: borrowing Memory) -> Int32 {
        guard m.sockets[c].session.isPresent else { return Int32(truncatingIfNeeded: m.limits.streamsPerCarrier) }
        return Int32(truncatingIfNeeded: min(m.sockets[c].session.limit, m.limits.streamsPerCarrier))
    }

    /// What cannot be repeated goes over a connection at rest only when nothing says that its peer has left.
    private mutating func isFit(_ c: Int32, for e: Int32, _ m: borrowing Memory) -> Bool {
        if m.sockets[c].isDoubted || (m.exchanges[e].wantsFresh && m.sockets[c].isReused) { return false }
        guard m.sockets[c].firstCarried < 0, m.sockets[c].session.isPresent, !m.exchanges[e].isIdempotent else { return true }
        return !m.sockets[c].isReadable && port.isQuiet(m.sockets[c].descriptor)
    }

    /// Whether a request can go out now. The first one goes at once; further ones when the endpoint has said how many it takes.
    ///
    /// - Parameter isTunnel: a WebSocket always waits for that, since it must be allowed.
    private func canBegin(on c: Int32, isTunnel: Bool, _ m: borrowing Memory) -> Bool {
        let session = m.sockets[c].session
        guard session.isPresent, m.sockets[c].output.isEmpty, !m.sockets[c].isDoubted, session.capacity > 0 else { return false }
        if isTunnel && !session.knowsPeer { return false }
        let begun = m.sockets[c].carriedCount &- m.sockets[c].waitingCount
        return begun < room(on: c, m) && (session.knowsPeer || session.openStreams == 0)
    }

    /// The endpoint has said its settings, and takes no WebSockets (RFC 8441 section 3).
    private func isDeclined(on c: Int32, _ m: borrowing Memory) -> Bool {
        let session = m.sockets[c].session
        return session.isPresent && session.knowsPeer && !session.takesWebSockets
    }

    // MARK: A request's beginning

    private mutating func begin(_ v: Int32, _ m: borrowing Memory) {
        let c = m.sockets[v].carrier
        let e = m.streams[m.sockets[v].stream].exchange
        disarm(v, m)
        disarm(c, m)
        m.sockets[v].state = .busy
        m.sockets[v].isReused = m.sockets[c].isReused
        m.sockets[c].waitingCount &-= 1
        if m.sockets[c].isReused { metrics.add(.upstreamReuses) }
        m.exchanges[e].x.times.connected = now
        sendRequest(e, m)
    }

    /// The turn of a row whose request has not begun: something may have changed.
    mutating func startStream(_ v: Int32, _ m: borrowing Memory) {
        let (c, t) = (m.sockets[v].carrier, m.sockets[v].stream)
        guard t >= 0 else { return close(v, m) }
        let e = m.streams[t].exchange
        if m.sockets[v].cut == .plain { return goPlain(v, e, m) }
        if let error = streamError(v, m) { return tryFailed(e, error, m) }
        guard m.sockets[c].session.isPresent else { return }
        let isTunnel = m.exchanges[e].wantsTunnel
        if isTunnel, isDeclined(on: c, m) { return reply(e, LocalReply(.notImplemented), m) }
        if canBegin(on: c, isTunnel: isTunnel, m) { return begin(v, m) }
        let room = room(on: c, m)
        guard room > 0 else { return tryFailed(e, ProxyError(.streamRefused), m) }
        guard m.sockets[c].carriedCount > room, let settings = cells.settings(m.exchanges[e].x.cluster) else { return }
        // It may be spoken to in another way by now.
        guard settings.isFramed || settings.upstream == .https else { return tryFailed(e, ProxyError(.streamRefused), m) }
        // More wait than the endpoint takes on one connection.
        leaveCarrier(v, m)
        m.sockets[v].carrier = -1
        board(v, e, settings, m)
    }

    /// Those who wait look whether they can begin, the first one first.
    mutating func wakeWaiting(_ c: Int32, _ m: borrowing Memory) {
        guard m.sockets[c].waitingCount > 0 else { return }
        var v = m.sockets[c].firstCarried
        while m.sockets[v].poolNext >= 0 { v = m.sockets[v].poolNext }
        while v >= 0 {
            if m.sockets[v].state == .connecting { queue(v, m) }
            v = m.sockets[v].poolPrevious
        }
    }

    // MARK: The connection's life

    /// An attempt to connect ended.
    mutating func finishCarrier(_ c: Int32, _ m: borrowing Memory) {
        guard m.sockets[c].codec == .http2 else { return close(c, m) }
        guard port.connectResult(m.sockets[c].descriptor) == 0 else { return loseCarrier(c, .unconnected, m) }
        if m.sockets[c].isHandshaking { return beginShaking(c, m) }
        disarm(c, m)
        beginCarrying(toEndpoint: c, m)
    }

    /// The connection to an endpoint speaks HTTP/2 from now on, as was known before or agreed on.
    mutating func beginCarrying(toEndpoint c: Int32, _ m: borrowing Memory) {
        clearWire(m)
        let session = HTTP2Session.connect(m.limits.upstreamHTTP2, m.frames)
        guard session.isPresent else { return loseCarrier(c, .unkept, m) }
        m.sockets[c].session = session
        m.sockets[c].state = .carrying
        metrics.add(.upstreamHTTP2Connections)
        framed = c
        wakeWaiting(c, m)
        queue(c, m)
    }

    /// What was read is laid down: those who wait may begin, and a connection at rest has its time.
    mutating func restCarrier(_ c: Int32, _ m: borrowing Memory) {
        wakeWaiting(c, m)
        guard m.sockets[c].firstCarried < 0, !m.sockets[c].isDoubted else { return }
        if m.sockets[c].session.isOver || m.sockets[c].session.limit == 0 || isDraining || !cells.isListed(m.sockets[c].endpoint)
        {
            return endCarrier(c, m)
        }
        if m.sockets[c].alarm != .keepAlive { alarm(c, .keepAlive, m.limits.upstreamIdle, m) }
    }

    /// Says what there is to say last, and closes.
    ///
    /// - Parameter cut: what streams learn that there still are.
    mutating func endCarrier(_ c: Int32, telling cut: SocketRow.Cut = .lost, _ m: borrowing Memory) {
        if m.sockets[c].session.isPresent, !m.sockets[c].session.isOver { writer(of: c, m).finish(.noError) }
        sendFrames(of: c, m)
        if m.sockets[c].isSealed { sayGoodbye(c, m) }
        cutStreams(of: c, cut, m)
        close(c, m)
    }

    /// The connection was not made, or is dead: its streams learn why.
    mutating func loseCarrier(_ c: Int32, _ cut: SocketRow.Cut, _ m: borrowing Memory) {
        switch cut {
        case .unconnected, .connectLate: metrics.add(.upstreamConnectFailures)
        case .unsealed, .sealLate, .notFramed:
            metrics.add(.upstreamConnectFailures)
            metrics.add(.upstreamHandshakeFailures)
        default: break
        }
        if m.sockets[c].codec == .http2 { cutStreams(of: c, cut, m) }
        close(c, m)
    }

    /// The connection goes, and its streams with it.
    mutating func cutStreams(of c: Int32, _ cut: SocketRow.Cut, _ m: borrowing Memory) {
        while case let v = m.sockets[c].firstCarried, v >= 0 {
            unlink(v, from: c, m)
            m.sockets[v].carrier = -1
            m.sockets[v].sealFailure = m.sockets[c].sealFailure
            self.cut(v, cut, m)
        }
        m.sockets[c].carriedCount = 0
        m.sockets[c].waitingCount = 0
        guard m.sockets[c].role == .upstream, m.sockets[c].codec == .http2 else { return }
        carriers.remove(c, m.sockets)
        m.sockets[c].codec = .http1
        if m.sockets[c].session.isPresent { endSession(c, m) }
    }

    // MARK: Signs of life

    /// An endpoint let a time limit pass: is its connection alive? Until it says something no other request goes there.
    mutating func doubt(_ e: Int32, _ m: borrowing Memory) {
        let t = m.exchanges[e].upstream
        guard t >= 0, case let c = m.sockets[m.streams[t].socket].carrier, c >= 0, m.sockets[c].session.isPresent,
            m.sockets[c].role == .upstream, !m.sockets[c].isDoubted
        else { return }
        writer(of: c, m).ping()
        m.sockets[c].isDoubted = true
        alarm(c, .life, m.limits.signOfLife, m)
    }

    /// The endpoint said something.
    mutating func believe(_ c: Int32, _ m: borrowing Memory) {
        m.sockets[c].isDoubted = false
        if m.sockets[c].alarm == .life { disarm(c, m) }
    }

    // MARK: Once a second, and when descriptors are short

    /// Connections at rest to endpoints that left.
    mutating func sweepCarriers(_ m: borrowing Memory) {
        _ = closeIdleCarriers(m, most: .max) { cells, endpoint in !cells.isListed(endpoint) }
    }

    /// - Returns: how many connections at rest were closed, at most `most`.
    mutating func closeIdleCarriers(
        _ m: borrowing Memory, most: Int = 32, _ isMeant: (CellView, EndpointHandle) -> Bool = { _, _ in true }
    ) -> Int {
        var (from, closed) = (0, 0)
        while closed < most, let (first, endpoint) = carriers.first(from: from) {
            var c = first
            while c >= 0, closed < most {
                let next = m.sockets[c].poolNext
                if m.sockets[c].firstCarried < 0, m.sockets[c].session.isPresent, isMeant(cells, m.sockets[c].endpoint) {
                    endCarrier(c, m)
                    closed &+= 1
                }
                c = next
            }
            from = endpoint + 1
        }
        return closed
    }
}
