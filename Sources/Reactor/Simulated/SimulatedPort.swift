public import Base

/// A worker's door to a `SimulatedNetwork`.
public struct SimulatedPort: Port, ~Copyable {
    private let network: SimulatedNetwork
    private let worker: Int
    private var events: [PortEvent] = []

    /// - Parameter worker: its number, which the network uses to tell workers apart.
    public init(_ network: SimulatedNetwork, worker: Int) {
        self.network = network
        self.worker = worker
    }

    public mutating func now() -> Instant { network.time }

    public mutating func wallClock() -> UInt64 { SimulatedNetwork.beginning &+ network.time.nanoseconds }

    // MARK: Opening

    public mutating func listen(_ address: SocketAddress, token: UInt64) -> Int32 {
        let socket = SimulatedSocket(.listener(address), worker: worker)
        socket.token = token
        return network.open(socket)
    }

    public mutating func accept(_ listener: Int32) -> Accepted {
        let nobody = SocketAddress(IPAddress(high: 0, low: 0), 0)
        guard let socket = network.socket(listener), !socket.backlog.isEmpty else {
            return Accepted(descriptor: Int32(IO.again), peer: nobody)
        }
        if network.isStarved(\.acceptsToStarve) || network.chance(network.faults.acceptStarved) {
            return Accepted(descriptor: Int32(IO.starved), peer: nobody)
        }
        let (connection, peer) = socket.backlog.removeFirst()
        let accepted = SimulatedSocket(.open, worker: worker)
        network.attach(accepted, connection)
        let descriptor = network.open(accepted)
        if case .listener(let address) = socket.kind { network.accepting[descriptor] = address }
        return Accepted(descriptor: descriptor, peer: peer)
    }

    public mutating func connect(_ address: SocketAddress) -> Int32 {
        if network.isStarved(\.connectsToStarve) { return Int32(IO.starved) }
        return network.open(SimulatedSocket(.connecting(address), worker: worker))
    }

    public mutating func connectResult(_ descriptor: Int32) -> Int32 {
        guard let socket = network.socket(descriptor) else { return -9 }
        if case .failed(let result) = socket.kind { return result }
        // A socket that is still connecting has no error yet.
        return 0
    }

    public mutating func localAddress(_ descriptor: Int32) -> SocketAddress {
        network.accepting[descriptor] ?? .init(IPAddress(high: 0, low: 0), 0)
    }

    public mutating func listenForDatagrams(_ address: SocketAddress, token: UInt64) -> Int32 {
        let socket = SimulatedSocket(.datagrams(address), worker: worker)
        socket.token = token
        return network.open(socket)
    }

    public mutating func connectForDatagrams(_ address: SocketAddress) -> Int32 {
        if network.isStarved(\.connectsToStarve) { return Int32(IO.starved) }
        return network.open(SimulatedSocket(.datagramsTo(address, from: network.freshPort()), worker: worker))
    }

    public mutating func receiveDatagram(_ listener: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Received {
        let nobody = SocketAddress(IPAddress(high: 0, low: 0), 0)
        guard let socket = network.socket(listener) else { return Received(count: IO.failed, peer: nobody) }
        if socket.datagrams.isEmpty || network.chance(network.faults.again) { return Received(count: IO.again, peer: nobody) }
        let (bytes, peer) = socket.datagrams.removeFirst()
        let count = min(bytes.count, range.count)
        buffer.write(bytes.span.extracting(first: count), at: range.lowerBound)
        return Received(count: count, peer: peer)
    }

    public mutating func sendDatagram(
        _ listener: Int32, _ bytes: borrowing Span<UInt8>, to peer: SocketAddress, from local: IPAddress, isV6: Bool
    ) -> Int {
        guard let socket = network.socket(listener), case .datagrams(let own) = socket.kind else { return IO.failed }
        network.deliver(Self.copy(bytes), to: peer, from: own)
        return bytes.count
    }

    private static func copy(_ bytes: borrowing Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        for i in bytes.indices { copy.append(bytes[i]) }
        return copy
    }

    private mutating func receiveOne(_ socket: SimulatedSocket, into buffer: borrowing Buffer, _ range: Range<Int>) -> Int {
        if socket.isRefused {
            socket.isRefused = false
            return IO.failed
        }
        guard !socket.datagrams.isEmpty else { return IO.again }
        let (bytes, _) = socket.datagrams.removeFirst()
        let count = min(bytes.count, range.count)
        buffer.write(bytes.span.extracting(first: count), at: range.lowerBound)
        return count
    }

    public mutating func register(_ descriptor: Int32, token: UInt64) {
        guard let socket = network.socket(descriptor) else { return }
        // It may have been accepted by another worker.
        socket.worker = worker
        socket.token = token
        let ready = network.readiness(socket)
        if !ready.isEmpty { network.tell(socket, ready) }
    }

    public mutating func mute(_ listener: Int32, token: UInt64, _ isMuted: Bool) { network.socket(listener)?.isMuted = isMuted }

    // MARK: Moving bytes

    public mutating func receive(_ descriptor: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Int {
        guard let socket = network.socket(descriptor) else { return IO.failed }
        if case .datagramsTo = socket.kind { return receiveOne(socket, into: buffer, range) }
        guard let pipe = socket.incoming else { return IO.failed }
        if pipe.readable > 0 {
            if network.chance(network.faults.again) {
                network.tell(socket, .readable)
                return IO.again
            }
            let count = pipe.read(into: buffer, range)
            // Edge-triggered: what did not fit is read without a further event.
            return count
        }
        if pipe.isReset { return IO.failed }
        return pipe.hasEnded ? 0 : IO.again
    }

    public mutating func send(_ descriptor: Int32, _ bytes: borrowing Span<UInt8>) -> Int {
        guard let socket = network.socket(descriptor) else { return IO.failed }
        if case .datagramsTo(let address, let port) = socket.kind {
            network.deliver(Self.copy(bytes), from: port, toOrigin: address)
            return bytes.count
        }
        guard let pipe = socket.outgoing, case .open = socket.kind else { return IO.failed }
        if pipe.isReset || socket.incoming?.isReset == true || pipe.isFinished { return IO.failed }
        if bytes.count == 0 { return 0 }
        if network.chance(network.faults.sendStarved) { return IO.starved }
        let room = network.faults.capacity - pipe.held
        var count = min(bytes.count, max(0, room))
        if count > 1, network.chance(network.faults.shortWrite) { count = 1 + Int(network.random.below(UInt32(count - 1))) }
        if network.chance(network.faults.again) { count = 0 }
        pipe.write(bytes, count)
        if count < bytes.count {
            socket.wantsRoom = true
            network.tellRoom(socket)
        }
        return count == 0 ? IO.again : count
    }

    public mutating func isQuiet(_ descriptor: Int32) -> Bool {
        guard let pipe = network.socket(descriptor)?.incoming else { return false }
        return pipe.readable == 0 && !pipe.hasEnded && !pipe.isReset
    }

    public mutating func finishWriting(_ descriptor: Int32) { network.socket(descriptor)?.outgoing?.finish() }

    public mutating func close(_ descriptor: Int32) { network.closeWorkerEnd(descriptor) }

    // MARK: Events

    public mutating func wait(milliseconds: Int32) -> Int {
        events = network.takeEvents(worker)
        network.waited(worker, milliseconds, found: !events.isEmpty)
        return events.count
    }

    public func event(_ i: Int) -> PortEvent { events[i] }
}

extension SimulatedNetwork {
    /// Uses up one of the calls that shall fail.
    func isStarved(_ calls: ReferenceWritableKeyPath<SimulatedNetwork, Int>) -> Bool {
        guard self[keyPath: calls] > 0 else { return false }
        self[keyPath: calls] -= 1
        return true
    }

    func socket(_ descriptor: Int32) -> SimulatedSocket? {
        guard descriptor >= 0, Int(descriptor) < sockets.count else { return nil }
        return sockets[Int(descriptor)]
    }

    /// What is so now; epoll tells all of it with whatever happened.
    func readiness(_ socket: SimulatedSocket) -> PortEvent.Flags {
        if case .failed = socket.kind { return [.readable, .writable, .error, .hangup] }
        if case .datagramsTo = socket.kind {
            return socket.isRefused ? [.readable, .error] : socket.datagrams.isEmpty ? [] : .readable
        }
        guard let incoming = socket.incoming, let outgoing = socket.outgoing else { return [] }
        if incoming.isReset || outgoing.isReset { return [.readable, .writable, .peerEnded, .error, .hangup] }
        var flags: PortEvent.Flags = []
        if incoming.readable > 0 { flags.insert(.readable) }
        if incoming.hasEnded { flags.formUnion([.readable, .peerEnded]) }
        if incoming.hasEnded && outgoing.isFinished { flags.insert(.hangup) }
        if outgoing.held < faults.capacity { flags.insert(.writable) }
        return flags
    }

    func closeWorkerEnd(_ descriptor: Int32) {
        guard let socket = socket(descriptor) else { return }
        sockets[Int(descriptor)] = nil
        if let token = socket.token, chance(faults.stale) {
            stale.append((socket.worker, PortEvent(token: token, flags: [.readable, .writable, .peerEnded])))
        }
        for (connection, _) in socket.backlog { abandon(connection) }
        guard let connection = socket.connection else { return }
        // Linux resets a connection that is closed while something received was not read.
        if connection.toWorker.readable > 0 { return abandon(connection) }
        connection.toScript.finish()
        connection.isWorkerGone = true
        connection.socket = nil
    }

    private func abandon(_ connection: SimulatedConnection) {
        connection.toScript.reset()
        connection.isWorkerGone = true
        connection.socket = nil
    }

    func takeEvents(_ worker: Int) -> [PortEvent] {
        var events: [PortEvent] = []
        for i in shuffled(sockets.count) {
            guard let socket = sockets[i], socket.worker == worker, let token = socket.token else { continue }
            // Listeners are level-triggered.
            if !socket.backlog.isEmpty || socket.hasDatagramsToTake, !socket.isMuted {
                events.append(PortEvent(token: token, flags: .readable))
            }
            guard !socket.pending.isEmpty, socket.notBefore <= turns else { continue }
            if !events.isEmpty, chance(faults.heldBack) { continue }
            events.append(PortEvent(token: token, flags: socket.pending.union(readiness(socket))))
            socket.pending = []
        }
        for one in stale where one.worker == worker { events.append(one.event) }
        stale.removeAll { $0.worker == worker }
        return events
    }
}
