import Base
import HTTP
import Pipeline
import Reactor

// Connections that a proxy introduces (the PROXY protocol): before their first byte it says whom they are from, in front of TLS as well.
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
            speakOn(s, m)
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
        if m.sockets[s].isSealed, input.count > 0 {
            guard let block = m.blocks.take(input.count) else { return close(s, m) }
            m.blocks.write(m.receive[input.range], to: block, at: 0)
            m.sockets[s].sealed = block
            m.sockets[s].sealedCount = Int32(truncatingIfNeeded: input.count)
            input.start = input.end
            m.sockets[s].isReadable = true
        }
        readHead(s, m)
    }
}
