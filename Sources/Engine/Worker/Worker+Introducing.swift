import Base
import Graph
import HTTP
import Pipeline
import Reactor
import Secure

// Connections that a proxy introduces (the PROXY protocol): before their first byte it says whom they are from, in front of TLS as well. And
// those that we introduce to endpoints.
extension Worker where P: ~Copyable {
    /// Only a proxy that is trusted may say who somebody else is, and one that is to say it must.
    mutating func beginIntroducing(_ s: Int32, _ m: borrowing Memory) {
        guard m.sockets[s].isTrusted else { return failIntroduction(s, m) }
        m.sockets[s].state = .introducing
        alarm(s, .introduction, m.limits.headTime, m)
    }

    /// Nobody who may said whom the connection is from, or not in time: it is closed without a word, for what is spoken on it is not known.
    mutating func failIntroduction(_ s: Int32, _ m: borrowing Memory) {
        metrics.add(.introductionFailures)
        close(s, m)
    }

    mutating func readIntroduction(_ s: Int32, _ m: borrowing Memory) {
        loadInput(s, m)
        let n = receive(s, m)
        if n == IO.failed { return failIntroduction(s, m) }
        switch ProxyHeader.parse(m.receive[input.range]) {
        case .refused: failIntroduction(s, m)
        case .incomplete:
            if m.sockets[s].inputEnded { return failIntroduction(s, m) }
            if m.sockets[s].isReadable { queue(s, m) }
        case .complete(let header):
            input.start &+= header.length
            adopt(header.origin, s, m)
            m.sockets[s].state = .idle
            if isAddressAdmitted(s, m) { speakOn(s, m) }
        }
    }

    /// From here on the connection is the client's. Whether its forwarding fields are believed depends on the client: the proxy passes on
    /// what it does not understand.
    private func adopt(_ origin: ProxyHeader.Origin, _ s: Int32, _ m: borrowing Memory) {
        switch origin {
        case .client(let address):
            m.sockets[s].peer = address
            m.sockets[s].isTrusted = isTrusted(address.ip)
        case .proxy: break
        case .unknown: m.sockets[s].isTrusted = false
        }
    }

    /// What came behind the header is the client's first: of a sealed connection ciphertext.
    private mutating func speakOn(_ s: Int32, _ m: borrowing Memory) {
        let handle = m.sockets.handle(s)
        beginSpeaking(s, m)
        guard m.sockets.isCurrent(handle) else { return }
        switch m.sockets[s].state {
        case .greeting: readGreeting(s, m)
        case .idle: if !m.sockets[s].isSealed || sealInput(s, m) { readHead(s, m) }
        default: break
        }
    }

    /// What was received is ciphertext. False when the connection is gone for want of memory.
    mutating func sealInput(_ s: Int32, _ m: borrowing Memory) -> Bool {
        guard input.count > 0 else { return true }
        guard let block = m.blocks.take(input.count) else {
            close(s, m)
            return false
        }
        m.blocks.write(m.receive[input.range], to: block, at: 0)
        m.sockets[s].sealed = block
        m.sockets[s].sealedCount = Int32(truncatingIfNeeded: input.count)
        input.start = input.end
        m.sockets[s].isReadable = true
        return true
    }

    // MARK: - To endpoints

    /// Tells an endpoint whom the connection is made for, in front of everything else. False when it does not take it.
    mutating func introduce(_ e: Int32, to u: Int32, _ m: borrowing Memory) -> Bool {
        let s = m.streams[m.exchanges[e].downstream].socket
        let c = m.sockets[s].isStream ? m.sockets[s].carrier : s
        guard c >= 0 else { return false }
        let header = ProxyHeaderWriter(
            source: SocketAddress(m.exchanges[e].x.client, m.exchanges[e].x.clientPort),
            destination: port.localAddress(m.sockets[c].descriptor))
        let count =
            m.sockets[u].introduction == .v1 ? header.writeLine(to: m.transmit) : introduceInBinary(header, e, c, m)
        return transmit(u, m.transmit[0..<count], m)
    }

    @inline(__always)
    private func introduceInBinary(_ header: ProxyHeaderWriter, _ e: Int32, _ c: Int32, _ m: borrowing Memory) -> Int {
        if m.exchanges[e].x.version == .tls {
            let host = Int(m.exchanges[e].headLength)
            let end = host &+ Int(m.exchanges[e].applicationLength)
            return header.writeBinary(
                to: m.transmit, authority: m.blocks.span(m.exchanges[e].head, 0..<host),
                application: m.blocks.span(m.exchanges[e].head, host..<end))
        }
        guard m.sockets[c].isSealed else {
            return header.writeBinary(to: m.transmit, authority: m.blocks.empty, application: m.blocks.empty)
        }
        let seal = m.sockets[c].seal
        let name = seal.writeServerName(to: m.names)
        var end = name
        if seal.isFor("h2") { end = m.names.write("h2", at: name) }
        if seal.isFor("http/1.1") { end = m.names.write("http/1.1", at: name) }
        return header.writeBinary(to: m.transmit, authority: m.names[0..<name], application: m.names[name..<end])
    }
}
