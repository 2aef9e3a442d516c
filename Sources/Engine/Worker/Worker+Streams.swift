import Base
import HTTP
import Pipeline
import Reactor

// Answers on streams of HTTP/2 connections to endpoints: what comes is laid down in the stream's row as text, and read as an answer of
// HTTP/1 is.
extension Worker where P: ~Copyable {
    /// An answer begins, or an interim one came.
    mutating func takeAnswerHead(_ c: Int32, _ v: Int32, _ head: HTTP2Head, _ m: borrowing Memory) {
        m.sockets[c].isReused = true
        guard v >= 0 else { return }
        if head.defect != nil {
            cut(v, .malformed, m)
        } else if !m.sockets[v].incoming.append(m.frames.text(head.text), m.blocks) {
            cut(v, .unkept, m)
        }
        if head.endsStream { endStreamInput(v, m) } else { wakeStream(v, m) }
    }

    /// The stream ended: as it should, or before its answer was whole.
    mutating func cut(_ v: Int32, _ code: HTTP2Code, _ m: borrowing Memory) {
        cut(v, code == .refusedStream ? .refused : .reset, m)
    }

    /// Nothing more comes. What came before is read first; an answer that is whole stays so.
    mutating func cut(_ v: Int32, _ cut: SocketRow.Cut, _ m: borrowing Memory) {
        guard v >= 0, !m.sockets[v].isEnding, m.sockets[v].cut == .none else { return }
        m.sockets[v].cut = cut
        wakeStream(v, m)
    }

    /// Before an answer is read: what was kept of its request may go out now. False when the row is gone.
    mutating func beginReadingAnswer(_ v: Int32, _ m: borrowing Memory) -> Bool {
        guard !m.sockets[v].output.isEmpty else { return true }
        guard m.sockets[v].carrier >= 0, m.sockets[v].cut == .none else {
            m.sockets[v].output.free(m.blocks)
            return true
        }
        let handle = m.sockets.handle(v)
        flushStream(v, m)
        return m.sockets.isCurrent(handle)
    }

    /// Why a stream ended early; nil when it did not, or is none.
    func streamError(_ v: Int32, _ m: borrowing Memory) -> ProxyError? {
        switch m.sockets[v].cut {
        case .none: nil
        case .refused: ProxyError(.streamRefused)
        case .reset: ProxyError(.streamReset)
        // As with connections that carry one request: a peer may close one that was at rest.
        case .lost: ProxyError(m.sockets[v].isReused ? .reusedClosed : .closedEarly)
        case .unconnected: ProxyError(.connectRefused)
        case .connectLate: ProxyError(.connectLate)
        case .unsealed: sealError(v, m)
        case .sealLate: ProxyError(.handshakeLate)
        case .notFramed: ProxyError(.notHTTP2)
        case .plain: ProxyError(.streamRefused)
        case .malformed: ProxyError(.answerMalformed)
        case .unkept: ProxyError(.noBlocks)
        }
    }

    /// The head was all there is. It must be passed on so: gRPC tells an answer without a message by that.
    func isWholeWithHead(_ e: Int32, _ t: Int32, _ response: ParsedResponse, _ m: borrowing Memory) -> Bool {
        let u = m.streams[t].socket
        guard m.sockets[u].isStream, m.sockets[u].isEnding, m.sockets[u].incoming.isEmpty, input.count == response.length else {
            return false
        }
        return m.streams[t].trailerLength == 0 && m.sockets[m.streams[m.exchanges[e].downstream].socket].isStream
    }

    /// The body is whole, but the stream has not ended: trailers may follow.
    func awaitsEnd(_ t: Int32, _ m: borrowing Memory) -> Bool {
        let u = m.streams[t].socket
        return m.sockets[u].isStream && !m.sockets[u].isEnding
    }

    /// A row goes. Its stream is given up, unless both sides have said all.
    mutating func leaveCarrier(_ v: Int32, _ m: borrowing Memory) {
        let c = m.sockets[v].carrier
        m.sockets[v].incoming.free(m.blocks)
        guard c >= 0 else { return }
        unlink(v, from: c, m)
        m.sockets[c].carriedCount &-= 1
        if m.sockets[v].state == .connecting {
            m.sockets[c].waitingCount &-= 1
        } else if m.sockets[v].carried.isPresent {
            let session = writer(of: c, m)
            session.tag(m.sockets[v].carried, -1)
            session.reset(m.sockets[v].carried, .cancel)
        }
        if m.sockets[c].firstCarried < 0 || m.sockets[c].waitingCount > 0 { queue(c, m) }
    }
}
