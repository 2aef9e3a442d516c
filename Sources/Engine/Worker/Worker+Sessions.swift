import Base
import HTTP
import Pipeline
import Reactor
import Secure

// Connections that are joined to an endpoint as they are: an exchange of two tunnel ends from the first byte on. The rule is the listener's,
// or that of the host that a client of TLS asks for.
extension Worker where P: ~Copyable {
    /// A client of a listener whose connections are not read.
    mutating func beginSession(_ s: Int32, _ version: Exchange.Version, _ m: borrowing Memory) {
        guard let e = startSession(s, version, m) else { return close(s, m) }
        sendOff(e, rule: joiningRule(s, m.blocks.empty, m), m)
    }

    private mutating func startSession(_ s: Int32, _ version: Exchange.Version, _ m: borrowing Memory) -> Int32? {
        guard let e = startExchange(s, m) else { return nil }
        m.exchanges[e].x.version = version
        if m.sockets[s].codec == .http1 { m.sockets[s].codec = .tunnel }
        return e
    }

    /// The rule for a client's connection, or -1.
    @inline(__always)
    private func joiningRule(_ s: Int32, _ name: borrowing Span<UInt8>, _ m: borrowing Memory) -> Int32 {
        guard plan >= 0, let view = m.plans[plan].view else { return -1 }
        return view.joining(listeners[Int(m.sockets[s].listener)].door.index, name)
    }

    /// Chooses by the rule and connects, or ends the session with what is in the way.
    private mutating func sendOff(_ e: Int32, rule: Int32, _ m: borrowing Memory) {
        let p = m.exchanges[e].plan
        guard p >= 0, let view = m.plans[p].view else { return breakOff(e, .notReady, m) }
        guard rule >= 0 else { return breakOff(e, .noRoute, m) }
        m.exchanges[e].x.rule = rule
        m.exchanges[e].x.series = view.rules[rule].series.value
        m.exchanges[e].ruleName = view.rules[rule].name
        guard view.rules[rule].kind == .forward else { return breakOff(e, view.rules[rule].reason, m) }
        let usual = m.exchanges[e].x.version == .udp ? m.limits.datagramIdle : m.limits.tunnelIdle
        m.exchanges[e].idleLimit = (view.rules[rule].streamIdle.nanoseconds(default: usual &* 1_000_000) ?? 0) / 1_000_000
        let circumstances = Circumstances(now: now.nanoseconds, wall: 0)
        let reason = view.choose(m.head(e), &m.exchanges[e].x, in: circumstances, &random)
        m.exchanges[e].armName = view.armName(m.exchanges[e].x)
        guard reason == .ok else { return breakOff(e, reason, m) }
        if cells.hasDetour(m.exchanges[e].x.cluster) { takeDetour(e, m) }
        dispatch(e, m)
    }

    /// The endpoint is connected to: from here on it is a tunnel.
    mutating func join(_ e: Int32, _ m: borrowing Memory) {
        let s = m.streams[m.exchanges[e].downstream].socket
        let u = m.streams[m.exchanges[e].upstream].socket
        m.exchanges[e].phase = .tunnel
        note(.joined, e, m)
        leavePlan(e, m)
        touch(e, m)
        armExchange(e, m)
        guard m.sockets[u].codec != .datagrams else { return }
        m.sockets[u].codec = .tunnel
        // What the client said so far was left where it is.
        m.sockets[s].isReadable = true
        queue(s, m)
        if m.sockets[u].isReadable { queue(u, m) }
    }

    // MARK: - TLS that is not ended here

    /// Whether it depends on the name that a client of TLS asks for who answers it.
    @inline(__always)
    func isNameAwaited(_ s: Int32, _ m: borrowing Memory) -> Bool {
        guard plan >= 0, let view = m.plans[plan].view else { return false }
        return view.hasJoined(listeners[Int(m.sockets[s].listener)].door.index)
    }

    /// Nothing is answered before the client's first message is here. It has the time of a handshake for it.
    mutating func beginGreeting(_ s: Int32, _ m: borrowing Memory) {
        m.sockets[s].state = .greeting
        alarm(s, .handshake, m.limits.handshake, m)
    }

    mutating func readGreeting(_ s: Int32, _ m: borrowing Memory) {
        loadInput(s, m)
        let n = receive(s, m)
        if n == IO.failed { return failHandshake(s, m) }
        switch ClientHello.parse(m.receive[input.range], in: m.transmit) {
        case .incomplete:
            if m.sockets[s].inputEnded { return failHandshake(s, m) }
            if m.sockets[s].isReadable { queue(s, m) }
        case .unreadable: endGreeting(s, m)
        case .complete(let hello):
            let rule = joiningRule(s, m.transmit[hello.name], m)
            if rule >= 0 { pass(s, hello, rule, m) } else { endGreeting(s, m) }
        }
    }

    /// TLS ends here after all, and begins with what was read.
    private mutating func endGreeting(_ s: Int32, _ m: borrowing Memory) {
        m.sockets[s].state = .idle
        let handle = m.sockets.handle(s)
        beginSealing(s, m)
        guard m.sockets.isCurrent(handle), sealInput(s, m) else { return }
        readHead(s, m)
    }

    /// The connection goes to the host's endpoint, with the message that was read.
    private mutating func pass(_ s: Int32, _ hello: ClientHello, _ rule: Int32, _ m: borrowing Memory) {
        // The log and the endpoint are told the names.
        let host = hello.name.count
        guard let block = m.blocks.take(max(1, host &+ hello.application.count)) else { return close(s, m) }
        m.blocks.write(m.transmit[hello.name], to: block, at: 0)
        m.blocks.write(m.transmit[hello.application], to: block, at: host)
        guard let e = startSession(s, .tls, m) else {
            m.blocks.give(block)
            return close(s, m)
        }
        m.exchanges[e].head = block
        m.exchanges[e].headLength = Int32(truncatingIfNeeded: host)
        m.exchanges[e].request.line.hostLength = Int32(truncatingIfNeeded: host)
        m.exchanges[e].applicationLength = Int32(truncatingIfNeeded: hello.application.count)
        metrics.add(.passthroughs)
        sendOff(e, rule: rule, m)
    }
}
