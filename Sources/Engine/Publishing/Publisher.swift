import Base
import Graph
import Reactor
import Synchronization
import Telemetry

/// Makes deliveries of graphs and addresses, keeps each as long as a worker needs it, and tells who asked when all serve a graph.
final class Publisher: Sendable {
    private struct State {
        var plan: Plan?
        var generation: UInt64 = 0
        var sequence: UInt64 = 0
        /// Not given up by every worker yet.
        var deliveries: [Delivery] = []
        var reserved: [Delivery.Door] = []
        /// Of the newest delivery.
        var open: [Delivery.Door] = []
        var handlers: [@Sendable (UInt64) -> Void] = []
        var acknowledged: UInt64 = 0
        var served: RoutingGraph?
        var wasSlow = false
        /// Who waits until all workers have taken a delivery.
        var waiters: [(sequence: UInt64, bell: Bell)] = []
    }
    private let state = Mutex(State())
    private let crew: Crew
    private let registry: CellRegistry
    private let log: LogSink
    /// A worker that has not acknowledged after so many milliseconds is reported.
    private static let patience = 1000

    init(_ crew: Crew, _ registry: CellRegistry, _ log: @escaping LogSink) throws(SystemError) {
        self.crew = crew
        self.registry = registry
        self.log = log
        let isStarted = SystemThread.start("publisher") { [weak self, crew] in
            var pause = Self.patience
            while !crew.running.isEmpty {
                let rang = crew.news.wait(milliseconds: pause)
                // While nothing happens, it looks less and less often.
                pause = rang ? Self.patience : min(2 * pause, 32 * Self.patience)
                crew.news.silence()
                guard let self else { return }
                self.lookAround(rang)
            }
        }
        guard isStarted else { throw SystemError(errorNumber: 11, operation: "starting the publisher's thread") }
    }

    var generation: UInt64 { state.withLock { $0.generation } }
    var servedGraph: RoutingGraph? { state.withLock { $0.served } }

    func onAcknowledged(_ handler: @escaping @Sendable (UInt64) -> Void) { state.withLock { $0.handlers.append(handler) } }

    // MARK: Publishing

    func publish(_ graph: RoutingGraph) -> Proxy.PublishReport {
        let (previous, known) = state.withLock { ($0.plan, Set(($0.open + $0.reserved).map(\.place))) }
        let plan = Plan.link(graph, previous: previous, registry: registry)
        var report = Proxy.PublishReport()
        report.problems = plan.report.problems
        report.refused = plan.report.refused
        report.waiting = plan.report.waiting
        var doors: [Delivery.Door] = []
        for (i, listener) in graph.listeners.enumerated() {
            switch Self.address(of: listener.key, known: known) {
            case .failure(let refusal): report.failedListeners[listener.key] = refusal.words
            case .success(let place) where doors.contains { $0.place == place }:
                report.failedListeners[listener.key] = "\(place.address) is served already, with another protocol"
            case .success(let place): doors.append(Self.door(place.address, plan, at: i))
            }
        }
        report.generation = deliver { state in
            state.generation += 1
            state.plan = plan
            return doors + state.reserved.filter { door in !doors.contains { $0.place == door.place } }
        }
        return report
    }

    private static func door(_ address: SocketAddress, _ plan: Plan, at i: Int) -> Delivery.Door {
        Delivery.Door(
            address: address, transport: plan.graph.listeners[i].key.transport, index: Int32(i),
            terminator: plan.terminators[i]?.index ?? -1)
    }

    private struct Refusal: Error { let words: String }

    /// Where a listener of a graph accepts. An address that is new is tried first, so that it fails here and not in the workers.
    private static func address(of key: ListenerKey, known: Set<Delivery.Place>) -> Result<Delivery.Place, Refusal> {
        guard let ip = IPAddress(key.address), key.port != 0 else {
            return .failure(Refusal(words: "\(key.address) port \(key.port) is not an address to listen on"))
        }
        let place = Delivery.Place(address: SocketAddress(ip, key.port), isDatagrams: key.transport == .udp)
        if known.contains(place) { return .success(place) }
        do throws(SystemError) {
            _ = try probe(place)
            return .success(place)
        } catch { return .failure(Refusal(words: "\(error)")) }
    }

    /// Hands plan and addresses to the workers. - Returns: the generation.
    private func deliver(_ change: (inout State) -> [Delivery.Door]) -> UInt64 {
        // Put under the lock, so that the latest is the newest.
        state.withLock { state in
            let doors = change(&state)
            state.sequence += 1
            state.open = doors
            let delivery = Delivery(
                sequence: state.sequence, generation: state.generation, plan: state.plan, doors: doors)
            state.deliveries.append(delivery)
            state.wasSlow = false
            crew.put(delivery)
            crew.news.ring()
            return delivery.generation
        }
    }

    // MARK: Addresses

    /// Opens a listener that stays open whatever graphs say, and returns when all workers accept there.
    func reserve(_ address: SocketAddress, _ transport: Transport) throws(SystemError) -> SocketAddress {
        let address = try Self.probe(Delivery.Place(address: address, isDatagrams: transport == .udp))
        let bell = try Crew.bell()
        _ = deliver { state in
            let door = Delivery.Door(address: address, transport: transport)
            state.reserved.append(door)
            state.waiters.append((state.sequence + 1, bell))
            let plan = state.plan
            return (state.open + [door]).map { open in
                let i = plan?.graph.listeners.firstIndex { Self.isAt($0.key, open) }
                guard let plan, let i else { return open }
                return Self.door(open.address, plan, at: i)
            }
        }
        _ = bell.wait(milliseconds: 5000)
        for member in crew.members {
            if let error = member.post.failedListeners[Delivery.Place(address: address, isDatagrams: transport == .udp)] {
                throw SystemError(errorNumber: error, operation: "listening on \(address)")
            }
        }
        return address
    }

    private static func isAt(_ key: ListenerKey, _ door: Delivery.Door) -> Bool {
        key.transport == door.transport && key.port == door.address.port
            && IPAddress(key.address) == door.address.ip
    }

    /// Finds out whether the address is free, and which port 0 becomes. Without SO_REUSEPORT: another gateway of the same user would
    /// otherwise share it, and nobody would notice.
    private static func probe(_ place: Delivery.Place) throws(SystemError) -> SocketAddress {
        let address = place.address
        let descriptor =
            place.isDatagrams
            ? Sockets.listenForDatagrams(address, reusePort: false) : Sockets.listen(address, reusePort: false)
        guard descriptor >= 0 else { throw SystemError(errorNumber: -descriptor, operation: "listening on \(address)") }
        let port = Sockets.localPort(descriptor)
        Sockets.close(descriptor)
        return SocketAddress(address.ip, port)
    }

    // MARK: Looking around

    private func lookAround(_ rang: Bool) {
        let oldest = crew.oldest
        let acknowledged = crew.acknowledged
        // What is freed is freed outside the lock: plans take other locks when they go.
        var freed: [Delivery] = []
        var handlers: [@Sendable (UInt64) -> Void] = []
        var isSlow = false
        let sequence = crew.acknowledgedSequence
        state.withLock { state in
            for waiter in state.waiters where waiter.sequence <= sequence { waiter.bell.ring() }
            state.waiters.removeAll { $0.sequence <= sequence }
            freed = state.deliveries.filter { $0.sequence < oldest }
            state.deliveries.removeAll { $0.sequence < oldest }
            if acknowledged > state.acknowledged {
                state.acknowledged = acknowledged
                state.served = state.deliveries.last { $0.generation == acknowledged }?.plan?.graph ?? state.served
                handlers = state.handlers
            }
            if !rang, !state.wasSlow, sequence < state.sequence {
                state.wasSlow = true
                isSlow = true
            }
        }
        _ = consume freed
        registry.collect()
        if isSlow { log(LogEvent(.warning, "a worker has not taken the newest graph for a second")) }
        for handler in handlers { handler(acknowledged) }
    }
}
