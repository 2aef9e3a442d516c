public import Base
public import Reactor
public import Secure
import Synchronization

/// An HTTP/1.1 server for the control column: the admin interface and the development cluster.
///
/// Every connection has a thread, bounded in number, so that handlers may block and long watches are simple. It is no part of the data path.
public final class Server: Sendable {
    public let address: IPAddress
    /// The port really bound.
    public let port: UInt16

    private let listener: BlockingListener
    private let tls: Mutex<TLSContext?>
    private let handler: any RequestHandler
    private let limits: ServingLimits
    private let stopping: Stopping
    private let connections = Mutex<[UInt64: BlockingSocket]>([:])
    private let ended: Bell

    /// Binds and begins to serve; the server runs until `stop`.
    public init(
        _ address: IPAddress, port: UInt16, tls: TLSContext? = nil, limits: ServingLimits = ServingLimits(),
        handler: any RequestHandler
    ) throws(SocketFailure) {
        listener = try BlockingListener(address, port: port)
        self.address = address
        self.port = listener.port
        self.tls = Mutex(tls)
        self.handler = handler
        self.limits = limits
        stopping = try Stopping()
        ended = try Bell()
        SystemThread.start("serve-accept") { [self] in acceptUntilStopped() }
    }

    /// Greets who connects from now on with another identity and other trust. A server that began with TLS keeps to it.
    public func replace(_ tls: TLSContext) { self.tls.withLock { $0 = tls } }

    /// How many clients are connected.
    public var connectionCount: Int { connections.withLock(\.count) }

    /// Stops accepting, lets requests under way finish, ends watches, and closes what is left after `milliseconds`.
    public func stop(milliseconds: Int = 2_000) {
        stopping.set()
        for socket in connections.withLock({ Array($0.values) }) { socket.shutDownReading() }
        let end = SystemClock.monotonicNanoseconds + UInt64(milliseconds) * 1_000_000
        while connectionCount > 0 {
            let now = SystemClock.monotonicNanoseconds
            guard now < end else { break }
            _ = ended.wait(milliseconds: Int((end - now) / 1_000_000) + 1)
            ended.silence()
        }
        dropConnections()
    }

    /// Cuts every connection without a word, as a crash would.
    public func dropConnections() {
        for socket in connections.withLock({ Array($0.values) }) { socket.shutDown() }
    }

    private func acceptUntilStopped() {
        var serial: UInt64 = 0
        while !stopping.isSet {
            switch listener.accept(unless: stopping.bell) {
            case .rung: return
            case .starved: _ = stopping.bell.wait(milliseconds: 50)
            case .connection(let socket):
                serial += 1
                serve(socket, serial)
            }
        }
    }

    private func serve(_ socket: BlockingSocket, _ serial: UInt64) {
        let isWelcome = connections.withLock { all in
            guard all.count < limits.connections else { return false }
            all[serial] = socket
            return true
        }
        guard isWelcome else {
            // Too many clients: with TLS nothing could be said in time, so the connection is just closed.
            if tls.withLock({ $0 == nil }) {
                _ = socket.send(
                    Array("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8),
                    stallMilliseconds: 0)
            }
            return socket.shutDown()
        }
        let started = SystemThread.start("serve", stackBytes: limits.stackBytes) { [self] in
            if let wire = try? Wire(socket, tls: tls.withLock({ $0 }), stallMilliseconds: limits.stallMilliseconds) {
                Connection(wire: wire, handler: handler, limits: limits, stopping: stopping).run()
            }
            forget(serial)
        }
        if !started {
            socket.shutDown()
            forget(serial)
        }
    }

    private func forget(_ serial: UInt64) {
        connections.withLock { all in _ = all.removeValue(forKey: serial) }
        ended.ring()
    }
}

/// Says to every thread that the server stops. Its bell is never silenced, so that all idle connections hear it.
final class Stopping: Sendable {
    let bell: Bell
    private let flag = Mutex(false)

    init() throws(SocketFailure) { bell = try Bell() }

    var isSet: Bool { flag.withLock { $0 } }

    func set() {
        flag.withLock { $0 = true }
        bell.ring()
    }
}
