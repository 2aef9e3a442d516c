import Base
import HTTP

/// One end of an HTTP/2 connection, in memory.
class FramedEnd {
    let wire = HTTP2Wire(limits: HeadLimits(), maxStreams: 1000)
    let session: HTTP2Session
    private var output: [UInt8] = []
    /// Bytes that were handed over.
    var taken = 0

    init(_ begin: (borrowing HTTP2Wire) -> HTTP2Session) {
        session = begin(wire)
        collect()
    }

    deinit { session.free() }

    func receive(_ bytes: ArraySlice<UInt8>) {
        var rest = Array(bytes)
        while !rest.isEmpty {
            // What came of sending.
            while let event = session.next() { note(event, []) }
            let count = session.receive(rest.span, now: .zero)
            while let event = session.next() { note(event, rest) }
            rest.removeFirst(count)
            collect()
        }
    }

    /// - Parameter bytes: what was received when it happened.
    func note(_ event: HTTP2Event, _ bytes: [UInt8]) {}

    /// Takes over what the session has to say.
    func collect() {
        repeat {
            output += pending(wire)
            wire.sent()
            session.pump()
        } while hasPending(wire)
    }

    /// What is to be sent now.
    func take() -> [UInt8] {
        defer { output = [] }
        return output
    }
}

// Spans of what a class owns do not leave the call that borrows it.
func pending(_ wire: borrowing HTTP2Wire) -> [UInt8] {
    unsafe wire.pending.withUnsafeBufferPointer { unsafe Array($0) }
}

func hasPending(_ wire: borrowing HTTP2Wire) -> Bool { !wire.pending.isEmpty }
func text(_ wire: borrowing HTTP2Wire, _ range: Range<Int>) -> [UInt8] {
    unsafe wire.text(range).withUnsafeBufferPointer { unsafe Array($0) }
}
