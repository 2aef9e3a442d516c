import Base
import HTTP
import Pipeline
import Reactor
import Secure

// TLS to endpoints: from the connection to the request. What is received and sent then is sealed as on the other side. What was made for
// one request, and what is to carry many, go the same way (see `Worker+Negotiating` for where they end).
extension Worker where P: ~Copyable {
    /// What will be said on the connection is said over TLS. False without memory.
    ///
    /// - Parameter isAlone: HTTP/2 is not offered, since the connection is for one request, or for one client.
    mutating func seal(_ u: Int32, _ connector: TLSConnector.Reference, isAlone: Bool, _ m: borrowing Memory) -> Bool {
        let seal = TLSSession.connect(connector, offering: isAlone ? "\u{8}http/1.1" : nil, m.wire)
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
        guard m.sockets[u].stream >= 0 || m.sockets[u].codec == .http2 else { return close(u, m) }
        loadInput(u, m)
        let n = receiveSealed(u, m)
        let isAgreed = !m.sockets[u].isHandshaking
        let isFramed = isAgreed && m.sockets[u].seal.isFor("h2")
        // Of HTTP/2 both sides speak at once.
        guard n == IO.again || (n > 0 && isFramed) else { return sealingFailed(u, n, m) }
        guard isAgreed else { return }
        metrics.add(.upstreamHandshakes)
        if m.sockets[u].seal.isResumed { metrics.add(.upstreamResumptions) }
        // What the system did not take has its alarm still.
        if m.sockets[u].alarm != .write { disarm(u, m) }
        settle(u, isFramed: isFramed, m)
    }

    /// TLS came to nothing. Whoever speaks before being asked speaks no HTTP.
    private mutating func sealingFailed(_ u: Int32, _ received: Int, _ m: borrowing Memory) {
        guard m.sockets[u].stream >= 0 else {
            return loseCarrier(u, received <= 0 ? .unsealed : m.sockets[u].isNegotiable ? .malformed : .notFramed, m)
        }
        let isUnasked = received > 0 && m.sockets[u].sealFailure == nil
        shakingFailed(
            u, isUnasked ? ProxyError(.answerMalformed, detail: "an answer before the request") : sealError(u, m), m)
    }

    /// Why an attempt is over.
    func sealError(_ u: Int32, _ m: borrowing Memory) -> ProxyError {
        switch m.sockets[u].sealFailure {
        case .untrusted: ProxyError(.untrusted)
        case .wrongName: ProxyError(.misnamed)
        case .outOfTime: ProxyError(.outOfTime)
        case .noProtocol where m.sockets[u].isStream: ProxyError(.notHTTP2)
        default: ProxyError(.handshakeFailed)
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
