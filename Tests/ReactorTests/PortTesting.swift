import Base
import Reactor
import Testing

/// One real port that plays both ends, and what its events said so far.
///
/// Waiting is for an event, bounded so that a missing one fails the test instead of hanging it.
struct PortTesting: ~Copyable {
    var port: EpollPort
    let waker: Waker
    let buffer: Buffer
    private var seen: [UInt64: PortEvent.Flags] = [:]
    private(set) var order: [UInt64] = []

    init() throws {
        let waker = try Waker()
        port = try EpollPort(waker: waker)
        self.waker = waker
        buffer = Buffer(capacity: 65536)
    }

    /// Waits until the events of `token` hold all of `flags`; forgets these, so that the next one is a new one.
    mutating func wait(_ token: UInt64, _ flags: PortEvent.Flags) -> Bool {
        let deadline = port.now().advanced(byMilliseconds: 10_000)
        while !(seen[token] ?? []).isSuperset(of: flags) {
            let now = port.now()
            guard now < deadline else { return false }
            for i in 0..<port.wait(milliseconds: Int32(deadline.nanoseconds(since: now) / 1_000_000 + 1)) { note(port.event(i)) }
        }
        seen[token]?.subtract(flags)
        return true
    }

    private mutating func note(_ event: PortEvent) {
        seen[event.token, default: []].formUnion(event.flags)
        order.append(event.token)
    }

    mutating func forget() { seen = [:] }

    /// A listener on a free port of the loopback: its descriptor and address.
    mutating func listen(token: UInt64) throws -> (descriptor: Int32, address: SocketAddress) {
        let descriptor = port.listen(SocketAddress(.v4Loopback, 0), token: token)
        try #require(descriptor >= 0)
        return (descriptor, SocketAddress(.v4Loopback, Sockets.localPort(descriptor)))
    }

    /// A connection with both ends registered, writable and known to be quiet.
    mutating func connect(
        _ listener: (descriptor: Int32, address: SocketAddress), _ listenerToken: UInt64, client: UInt64, server: UInt64
    ) throws
        -> (client: Int32, server: Int32)
    {
        let near = port.connect(listener.address)
        try #require(near >= 0)
        port.register(near, token: client)
        try #require(wait(listenerToken, .readable) == true)
        let accepted = port.accept(listener.descriptor)
        try #require(accepted.descriptor >= 0)
        port.register(accepted.descriptor, token: server)
        try #require(wait(client, .writable) == true)
        try #require(port.connectResult(near) == 0)
        return (near, accepted.descriptor)
    }

    mutating func send(_ text: String, on descriptor: Int32) -> Int {
        let bytes = Array(text.utf8)
        return port.send(descriptor, bytes.span)
    }

    /// What is there now as text, or the name of the code.
    mutating func receive(_ descriptor: Int32) -> String {
        let count = port.receive(descriptor, into: buffer, 0..<buffer.capacity)
        switch count {
        case IO.again: return "again"
        case IO.failed: return "failed"
        case IO.starved: return "starved"
        case 0: return "end"
        default: return String(decoding: (0..<count).map { buffer[$0] }, as: UTF8.self)
        }
    }
}
