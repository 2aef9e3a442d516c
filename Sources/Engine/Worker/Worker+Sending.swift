import Base
import Pipeline
import Reactor

extension Worker where P: ~Copyable {
    /// Sends, or keeps what the system does not take now. False when the connection is broken or nothing can be kept.
    mutating func send(_ s: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) -> Bool {
        switch m.sockets[s].layer {
        case .plain: transmit(s, bytes, m)
        case .sealed: sendSealed(s, bytes, m)
        case .stream: sendStream(s, bytes, m)
        case .mirror: true
        }
    }

    /// Bytes as they go over the wire.
    @inline(__always)
    mutating func transmit(_ s: Int32, _ bytes: borrowing Span<UInt8>, _ m: borrowing Memory) -> Bool {
        var sent = 0
        if m.sockets[s].output.isEmpty {
            let n = port.send(m.sockets[s].descriptor, bytes)
            if n == bytes.count { return true }
            if n == IO.failed { return false }
            if n == IO.starved { alarm(s, .write, 10, m) }
            sent = max(0, n)
        }
        if m.sockets[s].output.append(bytes.extracting(sent..<bytes.count), m.blocks) { return true }
        m.sockets[s].output.free(m.blocks)
        return false
    }

    /// The socket takes bytes again: what was kept goes out, and whoever waited for that goes on.
    mutating func flush(_ s: Int32, _ m: borrowing Memory) {
        while !m.sockets[s].output.isEmpty {
            let (block, range) = m.sockets[s].output.piece(m.blocks)
            let n = port.send(m.sockets[s].descriptor, m.blocks.span(block, range))
            if n == IO.failed { return broken(s, m) }
            if n == IO.starved { alarm(s, .write, 10, m) }
            guard n > 0 else { return }
            m.sockets[s].output.drop(n, m.blocks)
            let t = m.sockets[s].stream
            if t >= 0 { touch(m.streams[t].exchange, m) }
            if n < range.count { return }
        }
        drained(s, m)
    }

    /// Writing to the socket failed.
    private mutating func broken(_ s: Int32, _ m: borrowing Memory) {
        m.sockets[s].output.free(m.blocks)
        if m.sockets[s].role == .client || m.sockets[s].codec == .tunnel { return lostEnd(s, m) }
        // The endpoint may have answered before it stopped to read.
        if m.sockets[s].stream >= 0 {
            m.streams[m.sockets[s].stream].isBroken = true
        } else if m.sockets[s].state != .carrying {
            return close(s, m)
        }
        m.sockets[s].isReadable = true
        m.sockets[s].isEnding = true
        queue(s, m)
    }

    /// All output is gone.
    mutating func drained(_ s: Int32, _ m: borrowing Memory) {
        if m.sockets[s].state == .carrying { return carrierDrained(s, m) }
        if m.sockets[s].finishesWhenSent {
            m.sockets[s].finishesWhenSent = false
            port.finishWriting(m.sockets[s].descriptor)
        }
        if m.sockets[s].closesWhenSent { return closeGently(s, isSending: m.sockets[s].isReadable, m) }
        let t = m.sockets[s].stream
        guard t >= 0 else {
            // Our part of a handshake is gone: the client's next part may be here.
            if m.sockets[s].isReadable { queue(s, m) }
            return
        }
        let e = m.streams[t].exchange
        if m.exchanges[e].phase == .flushing { return finish(e, m) }
        // The other end was not read meanwhile.
        let other = t == m.exchanges[e].downstream ? m.exchanges[e].upstream : m.exchanges[e].downstream
        guard other >= 0 else { return }
        queue(m.streams[other].socket, m)
    }
}
