public import Base

// What scripts do: the clients' and the origins' ends of connections, by number.
extension SimulatedNetwork {
    /// Connects a client. - Returns: its end's number, or nil when nobody listens there.
    ///
    /// - Parameter worker: which of the workers that share the address gets it; drawn when nil.
    public func connect(from client: SocketAddress, to address: SocketAddress, worker: Int? = nil) -> Int? {
        let group = sockets.compactMap { $0 }.filter { socket in
            guard case .listener(let own) = socket.kind, worker == nil || socket.worker == worker else { return false }
            return own.port == address.port && (own.ip.isUnspecified || own.ip == address.ip)
        }
        guard !group.isEmpty else { return nil }
        let connection = SimulatedConnection()
        group[Int(random.below(UInt32(group.count)))].backlog.append((connection, client))
        return add(connection)
    }

    /// What connects to the address from now on is met so.
    public func setOrigin(_ address: SocketAddress, _ behaviour: Behaviour) {
        origins[address, default: Origin()].behaviour = behaviour
    }

    /// The ends of connections that workers made to the address, in order.
    public func accepted(by address: SocketAddress) -> [Int] { origins[address]?.accepted ?? [] }

    public func send(_ end: Int, _ bytes: some Collection<UInt8>) {
        let connection = ends[end]
        if !connection.isScriptGone { connection.toWorker.write(bytes) }
    }

    /// Sends the end of the stream; the other direction goes on.
    public func finish(_ end: Int) { ends[end].toWorker.finish() }

    /// Closes both directions: what the worker still sends is answered by a reset.
    public func close(_ end: Int) {
        ends[end].toWorker.finish()
        ends[end].isScriptGone = true
        ends[end].isScriptDeaf = false
    }

    /// Breaks the connection; what is under way is lost.
    public func reset(_ end: Int) {
        ends[end].toScript.reset()
        reset(towardsWorker: ends[end])
    }

    /// Whether the end's script reads; one that does not makes its writer wait in the end.
    public func setReading(_ end: Int, _ reads: Bool) { ends[end].isScriptDeaf = !reads }

    /// Everything that has arrived so far.
    public func received(_ end: Int) -> [UInt8] { ends[end].received }

    /// Drops what has arrived so far, for long runs.
    public func forget(_ end: Int) { ends[end].received.removeAll(keepingCapacity: true) }

    /// How the worker's direction stands.
    public enum Ending: Sendable, Equatable { case open, ended, reset }

    public func ending(_ end: Int) -> Ending {
        let pipe = ends[end].toScript
        return pipe.isReset ? .reset : pipe.hasEnded ? .ended : .open
    }

    /// Descriptors that workers hold open, listeners included: what a leak would show.
    public var openDescriptors: Int { sockets.count { $0 != nil } }
}
