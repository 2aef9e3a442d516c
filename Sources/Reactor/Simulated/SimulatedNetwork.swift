public import Base

/// A network in memory, with its own time: workers on one side, scripted clients and origins on the other.
///
/// One thread steps everything. Each turn (`turn()`) lets something arrive; what and how much follows from the seed, so that a failure
/// repeats. Nothing moves while time advances but what the scripts and the workers then do.
public final class SimulatedNetwork {
    public private(set) var time = Instant(nanoseconds: 1_000_000_000)
    /// What the wall clock says when `time` is zero, in nanoseconds since 1970.
    public static let beginning: UInt64 = 1_700_000_000_000_000_000
    public var faults: SimulatedFaults
    /// So many of the next calls of `accept` that have somebody waiting, and of `connect`, find no descriptor left (EMFILE, ENFILE).
    public var acceptsToStarve = 0
    public var connectsToStarve = 0
    var random: SeededRandom
    var turns = 0
    /// By descriptor; the lowest free one is given next, as POSIX demands, so that descriptors are reused at once.
    var sockets: [SimulatedSocket?] = []
    var stale: [(worker: Int, event: PortEvent)] = []
    /// Workers whose last wait found nothing: until when they sleep, nil for as long as nothing happens.
    private var sleepers: [Int: Instant?] = [:]
    var connections: [SimulatedConnection] = []
    var origins: [SocketAddress: Origin] = [:]
    /// Connections by the numbers that scripts know.
    var ends: [SimulatedConnection] = []
    private var nextPort: UInt16 = 50000
    /// Where accepted connections were made to, by descriptor.
    var accepting: [Int32: SocketAddress] = [:]
    /// Datagrams that scripts have received: clients by their address, origins by theirs.
    var clientMail: [SocketAddress: [SimulatedDatagram]] = [:]
    var originMail: [SocketAddress: [SimulatedDatagram]] = [:]

    public init(seed: UInt64, faults: SimulatedFaults = .none) {
        self.faults = faults
        random = SeededRandom(seed: seed)
    }

    /// What a worker that connects to an address meets.
    public enum Behaviour: Sendable, Equatable {
        case accepts, refuses
        /// No answer at all.
        case hangs
    }

    struct Origin {
        var behaviour = Behaviour.accepts
        var accepted: [Int] = []
    }

    func chance(_ outOf256: UInt32) -> Bool { outOf256 > 0 && random.below(256) < outOf256 }

    // MARK: Stepping

    /// Lets things arrive. - Returns: whether anything moved or still will by itself.
    @discardableResult public func turn() -> Bool {
        turns += 1
        var moved = false
        connections.removeAll { $0.isWorkerGone && $0.isScriptGone }
        for i in shuffled(connections.count) where move(connections[i]) { moved = true }
        for socket in sockets {
            guard let socket, case .connecting(let address) = socket.kind else { continue }
            if settle(socket, address) { moved = true }
        }
        return moved || sockets.contains { $0.map { !$0.pending.isEmpty } ?? false }
    }

    /// Whether the worker is busy, has events, or its time has come.
    public func wants(worker: Int) -> Bool {
        guard let sleeper = sleepers[worker] else { return true }
        if let wake = sleeper, wake <= time { return true }
        if stale.contains(where: { $0.worker == worker }) { return true }
        return sockets.contains { socket in
            guard let socket, socket.worker == worker, socket.token != nil else { return false }
            return ((!socket.backlog.isEmpty || socket.hasDatagramsToTake) && !socket.isMuted)
                || (!socket.pending.isEmpty && socket.notBefore <= turns)
        }
    }

    func waited(_ worker: Int, _ milliseconds: Int32, found: Bool) {
        // A wait whose time has come ends with this call: how long the next one is, the worker has yet to say.
        let isOver = sleepers[worker].flatMap { $0 }.map { $0 <= time } ?? false
        if found || milliseconds == 0 || isOver {
            sleepers[worker] = nil
        } else {
            let wake: Instant? = milliseconds < 0 ? nil : time.advanced(byMilliseconds: UInt64(milliseconds))
            sleepers[worker] = .some(wake)
        }
    }

    /// The earliest time at which a sleeping worker wants to be stepped.
    public var nextWake: Instant? { sleepers.values.compactMap { $0 }.min() }

    public func advance(to later: Instant) { time = max(time, later) }

    func shuffled(_ count: Int) -> [Int] {
        guard count > 1 else { return Array(0..<count) }
        return Array(0..<count).shuffled(using: &random)
    }

    private func move(_ connection: SimulatedConnection) -> Bool {
        var moved = false
        if connection.toWorker.isMoving {
            moved = true
            if connection.isWorkerGone {
                // Data for a socket that is closed: its peer is told by a reset, which overtakes nothing that has arrived.
                if connection.toWorker.travelling > 0, !connection.toScript.hasEnded { connection.toScript.reset() }
                _ = connection.toWorker.arrive(.max)
            } else if connection.toWorker.arrive(piece()), let socket = connection.socket {
                tell(socket, connection.toWorker.hasEnded ? [.readable, .peerEnded] : .readable)
            }
        }
        if connection.toScript.isMoving, !connection.isScriptDeaf {
            moved = true
            _ = connection.toScript.arrive(piece())
            if connection.isScriptGone {
                if connection.toScript.readable > 0 { reset(towardsWorker: connection) }
                _ = connection.toScript.readAll()
            } else {
                connection.received += connection.toScript.readAll()
            }
            if let socket = connection.socket { tellRoom(socket) }
        }
        return moved
    }

    private func piece() -> Int {
        let range = faults.piece
        if range.upperBound == .max || range.count == 1 { return range.upperBound }
        return range.lowerBound + Int(random.below(UInt32(range.count)))
    }

    private func settle(_ socket: SimulatedSocket, _ address: SocketAddress) -> Bool {
        switch origins[address]?.behaviour ?? .refuses {
        case .hangs: return false
        case .refuses:
            // ECONNREFUSED
            socket.kind = .failed(-111)
            tell(socket, [.readable, .writable, .error, .hangup])
        case .accepts:
            let connection = SimulatedConnection()
            attach(socket, connection)
            origins[address]?.accepted.append(add(connection))
            tell(socket, .writable)
        }
        return true
    }

    // MARK: Events

    func tell(_ socket: SimulatedSocket, _ flags: PortEvent.Flags) {
        if socket.pending.isEmpty { socket.notBefore = chance(faults.late) ? turns + 1 + Int(random.below(4)) : turns }
        socket.pending.formUnion(flags)
    }

    func tellRoom(_ socket: SimulatedSocket) {
        guard socket.wantsRoom, (socket.outgoing?.held ?? 0) < faults.capacity else { return }
        socket.wantsRoom = false
        tell(socket, .writable)
    }

    func reset(towardsWorker connection: SimulatedConnection) {
        connection.toWorker.reset()
        connection.isScriptGone = true
        if let socket = connection.socket { tell(socket, [.readable, .writable, .peerEnded, .error, .hangup]) }
    }

    // MARK: Connections

    func attach(_ socket: SimulatedSocket, _ connection: SimulatedConnection) {
        socket.kind = .open
        socket.incoming = connection.toWorker
        socket.outgoing = connection.toScript
        socket.connection = connection
        connection.socket = socket
    }

    func add(_ connection: SimulatedConnection) -> Int {
        connections.append(connection)
        ends.append(connection)
        return ends.count - 1
    }

    func freshPort() -> UInt16 {
        nextPort = nextPort == .max ? 50000 : nextPort + 1
        return nextPort
    }

    /// Puts a socket at the lowest free descriptor.
    func open(_ socket: SimulatedSocket) -> Int32 {
        let free = sockets.indices.first { $0 > 2 && sockets[$0] == nil }
        if let free {
            sockets[free] = socket
            return Int32(free)
        }
        while sockets.count < 3 { sockets.append(nil) }
        sockets.append(socket)
        return Int32(sockets.count - 1)
    }
}
