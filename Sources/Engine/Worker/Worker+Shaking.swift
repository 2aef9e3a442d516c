import Base
import HTTP
import Pipeline
import Reactor
import Secure

// TLS to endpoints: from the connection to the request. What is received and sent then is sealed as on the other side.
extension Worker where P: ~Copyable {
    /// What will be said on the connection is said over TLS. False without memory.
    mutating func seal(_ u: Int32, _ connector: TLSConnector.Reference, _ m: borrowing Memory) -> Bool {
        let seal = TLSSession.connect(connector, m.wire)
        guard seal.isPresent else { return false }
        m.sockets[u].seal = seal
        m.sockets[u].layer = .sealed
        m.sockets[u].isHandshaking = true
        return true
    }

    /// Connected: our hello goes out. The time to connect runs on.
    mutating func beginShaking(_ u: Int32, _ m: borrowing Memory) {
        m.sockets[u].state = .shaking
        shake(u, m)
    }

    /// The endpoint's part of the handshake is here, or there is room for ours.
    mutating func shake(_ u: Int32, _ m: borrowing Memory) {
        let t = m.sockets[u].stream
        guard t >= 0 else { return close(u, m) }
        let e = m.streams[t].exchange
        loadInput(u, m)
        let n = receiveSealed(u, m)
        guard n == IO.again else { return shakingFailed(u, error(n, u, m), m) }
        guard !m.sockets[u].isHandshaking else { return }
        metrics.add(.upstreamHandshakes)
        if m.sockets[u].seal.isResumed { metrics.add(.upstreamResumptions) }
        // What the system did not take has its alarm still.
        if m.sockets[u].alarm != .write { disarm(u, m) }
        m.sockets[u].state = .busy
        m.exchanges[e].x.times.connected = now
        sendRequest(e, m)
    }

    /// What an attempt came to that is over. Whoever speaks before being asked speaks no HTTP.
    private func error(_ received: Int, _ u: Int32, _ m: borrowing Memory) -> ProxyError {
        switch m.sockets[u].sealFailure {
        case .untrusted: ProxyError(.untrusted)
        case .wrongName: ProxyError(.misnamed)
        case .outOfTime: ProxyError(.outOfTime)
        default:
            received > 0 ? ProxyError(.answerMalformed, detail: "an answer before the request") : ProxyError(.handshakeFailed)
        }
    }

    /// TLS with the endpoint was not agreed on, or not in time: the try is over as if nobody had been there.
    mutating func shakingFailed(_ u: Int32, _ error: ProxyError, _ m: borrowing Memory) {
        let e = m.streams[m.sockets[u].stream].exchange
        metrics.add(.upstreamConnectFailures)
        metrics.add(.upstreamHandshakeFailures)
        dropInput(u, m)
        tryFailed(e, error, m)
    }
}
