import Base
import HTTP
import Pipeline
import Reactor

// There is one wire for all HTTP/2 sessions of a worker. Frames stay in it until another connection needs it, then they wait beside it, and leave together: what
// several streams have to say to one client is one send, one TLS record, and one turn of the client. They wait for as long as there is other work, and not longer
// than `longestHold`: a worker with nothing else to do sends at once, unless answers come so often that others are about to.
extension Worker where P: ~Copyable {
    /// How long frames may wait for others while there are events, in nanoseconds. Many answers come within that time, and nobody notices it.
    private static var longestHold: UInt64 { 250_000 }

    /// How long a worker lets events gather while answers come one after the other, in nanoseconds: otherwise each of them would wake it,
    /// and what it does for one would be done alone. Network cards do the same with their interrupts.
    static var gatheringTime: UInt64 { 50_000 }

    /// Answers come so often that another one is about to.
    @inline(__always)
    var awaitsAnswers: Bool { exchanges > 0 && ready.isEmpty && !rooms.isDue && pulse.isHigh(at: tick) }

    @inline(__always)
    var holdsFrames: Bool { framed >= 0 || !heldBack.isEmpty }

    /// Whether frames that are held at the end of a turn may wait for those of the next one.
    @inline(__always)
    var mayHoldFrames: Bool { now.nanoseconds(since: heldSince) < Self.longestHold && !isDraining }

    /// The session of a connection, for any call that may write.
    @inline(__always)
    mutating func writer(of c: Int32, _ m: borrowing Memory) -> HTTP2Session {
        if framed != c {
            clearWire(m)
            framed = c
        }
        return m.sockets[c].session
    }

    /// Makes the wire free for another connection: what is in it waits beside it, or is sent when that is more than is worth waiting for.
    mutating func clearWire(_ m: borrowing Memory) {
        if !holdsFrames { heldSince = now }
        let c = framed
        guard c >= 0 else { return }
        let count = m.frames.pending.count
        guard count > 0, !hold(c, count, m) else { return framed = -1 }
        sendFrames(of: c, m)
    }

    /// False when there is no room.
    private mutating func hold(_ c: Int32, _ count: Int, _ m: borrowing Memory) -> Bool {
        var place = Int32(m.sockets[c].place)
        if place < 0 {
            guard count <= HeldFrames.size, heldBack.count < Memory.mostHeld else { return false }
            place = Int32(truncatingIfNeeded: heldBack.count)
            heldBack.append(c)
            m.held[place].count = 0
            m.sockets[c].place = Int8(truncatingIfNeeded: place)
        }
        guard m.held[place].append(m.frames.pending) else { return false }
        m.frames.sent()
        return true
    }

    /// Sends what the connection has to say, and goes on with whoever waited for room.
    mutating func sendFrames(of c: Int32, _ m: borrowing Memory) {
        if framed != c { clearWire(m) }
        framed = -1
        let place = Int32(m.sockets[c].place)
        if place >= 0, m.held[place].count > 0 {
            if m.held[place].append(m.frames.pending) { m.frames.sent() }
            let count = m.held[place].count
            m.held[place].count = 0
            guard send(c, m.held[place].bytes[0..<count], m) else {
                m.frames.sent()
                return breakCarrier(c, m)
            }
        }
        while m.frames.pending.count > 0 {
            let isSent = send(c, m.frames.pending, m)
            m.frames.sent()
            guard isSent else { return breakCarrier(c, m) }
            guard m.sockets[c].output.isEmpty, m.sockets[c].session.wantsToSend else { return }
            m.sockets[c].session.pump()
        }
    }

    /// Writing to it failed, which is seen when it is read the next time.
    private mutating func breakCarrier(_ c: Int32, _ m: borrowing Memory) {
        m.sockets[c].isReadable = true
        m.sockets[c].isEnding = true
        queue(c, m)
    }

    /// Sends what all connections have to say.
    mutating func sendHeldFrames(_ m: borrowing Memory) {
        if framed >= 0 { sendFrames(of: framed, m) }
        var i = 0
        while i < heldBack.count {
            let c = heldBack[i]
            i &+= 1
            guard c >= 0 else { continue }
            sendFrames(of: c, m)
            m.sockets[c].place = -1
        }
        heldBack.removeAll(keepingCapacity: true)
    }

    /// The connection is gone: nobody is told.
    mutating func forgetFrames(of c: Int32, _ m: borrowing Memory) {
        if framed == c {
            m.frames.sent()
            framed = -1
        }
        let place = Int(m.sockets[c].place)
        guard place >= 0 else { return }
        heldBack[place] = -1
        m.sockets[c].place = -1
    }

    /// The connection takes bytes again: its own frames first, then those of its streams, and reading goes on.
    mutating func carrierDrained(_ c: Int32, _ m: borrowing Memory) {
        writer(of: c, m).pump()
        sendFrames(of: c, m)
        guard m.sockets[c].output.isEmpty else { return }
        var v = m.sockets[c].firstCarried
        while v >= 0 {
            if !m.sockets[v].output.isEmpty { queue(v, m) }
            v = m.sockets[v].poolNext
        }
        wakeWaiting(c, m)
        queue(c, m)
    }
}
