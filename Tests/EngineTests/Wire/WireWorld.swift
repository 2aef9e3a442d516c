import Base
@testable import Engine
import Graph
import Reactor

/// What a script is played on: a simulated network, or sockets.
protocol WireWorld: AnyObject {
    func publish(_ graph: String) throws
    func update(_ cluster: ClusterID, _ endpoints: [Endpoint])
    func enter(_ phase: DrainPhase)
    /// Nil when nobody listens.
    func connect(from client: IPAddress) throws -> Int?
    func send(_ end: Int, _ bytes: [UInt8])
    func finish(_ end: Int)
    func close(_ end: Int)
    func reset(_ end: Int)
    func setReading(_ end: Int, _ reads: Bool)
    func received(_ end: Int) -> [UInt8]
    /// What a client received, where that is no plain HTTP/1.
    func shown(_ end: Int) -> String?
    func ending(_ end: Int) -> SimulatedNetwork.Ending
    func setOrigin(_ address: SocketAddress, _ behaviour: SimulatedNetwork.Behaviour) throws
    /// Connections made to an origin, in order.
    func accepted(by address: SocketAddress) -> [Int]
    /// How what an origin was asked on an end was given up, and what was said about its connections as a whole.
    func fate(_ end: Int) -> String
    func goodbyes(of address: SocketAddress) -> String
    /// What only endpoints of HTTP/2 do.
    func act(_ act: WireScript.FramedAct, _ address: SocketAddress)
    func refuse(_ end: Int)
    /// Datagrams: what a client sends, what an origin answers to the last that it got, and what both have got. Sessions of an origin are
    /// numbered as they came.
    func sendDatagram(_ bytes: [UInt8], from client: SocketAddress)
    func answerDatagram(_ bytes: [UInt8], from origin: SocketAddress)
    func datagrams(to client: SocketAddress) -> [[UInt8]]
    func datagrams(toOrigin origin: SocketAddress) -> [(session: Int, bytes: [UInt8])]
    /// Lets things happen once. - Returns: whether anything did.
    func move() -> Bool
    func advance(milliseconds: UInt64, _ settle: () -> Void)
    /// The next so many calls find no descriptor left.
    func starve(_ what: WireScript.Starving, _ count: Int)
    /// After each step: what a worker does by itself a little later.
    func rest(_ settle: () -> Void)
    func collectLog() throws
    var logLines: [String] { get }
    /// What was counted of copies for mirrors, and the last answers that differed.
    var mirrorLines: [String] { get }
    /// What a finished case leaves behind, after every client went.
    func leftovers(_ settle: () -> Void) -> [String]
    /// Turns addresses of this world into those of the case.
    func restore(_ text: String) -> String
}

extension WireWorld {
    func shown(_ end: Int) -> String? { nil }
    func fate(_ end: Int) -> String { "" }
    func goodbyes(of address: SocketAddress) -> String { "" }
    func act(_ act: WireScript.FramedAct, _ address: SocketAddress) {}
    func refuse(_ end: Int) {}
    func sendDatagram(_ bytes: [UInt8], from client: SocketAddress) {}
    func answerDatagram(_ bytes: [UInt8], from origin: SocketAddress) {}
    func datagrams(to client: SocketAddress) -> [[UInt8]] { [] }
    func datagrams(toOrigin origin: SocketAddress) -> [(session: Int, bytes: [UInt8])] { [] }
}

/// Workers on a simulated network, stepped in seeded order.
class SimulatedWorld: WireWorld {
    private let network: SimulatedNetwork
    private let crew: WireWorkers<SimulatedPort>
    private var random: SeededRandom
    private var clientPort: UInt16 = 40000
    private let origins: [SocketAddress]

    init(_ script: WireScript, workers: Int, seed: UInt64, faults: SimulatedFaults) throws {
        var faults = faults
        if faults.piece.upperBound < .max {
            faults.piece = (faults.piece.lowerBound * script.pieces)...(faults.piece.upperBound * script.pieces)
        }
        let network = SimulatedNetwork(seed: seed, faults: faults)
        self.network = network
        origins = script.origins.map(\.address)
        random = SeededRandom(seed: seed &* 31)
        crew = try WireWorkers(workers, seed: seed, script) { SimulatedPort(network, worker: $0) }
    }

    func publish(_ graph: String) throws {
        let graph = try GraphText.parse(graph)
        crew.clock.set(network.time)
        crew.publish(
            graph, at: graph.listeners.compactMap { key in IPAddress(key.key.address).map { SocketAddress($0, key.key.port) } })
        for worker in crew.workers { worker.step(milliseconds: 0) }
    }

    func update(_ cluster: ClusterID, _ endpoints: [Endpoint]) { update(.endpoints(cluster, endpoints)) }

    final func update(_ update: CellUpdate) {
        crew.clock.set(network.time)
        crew.registry.update(update)
    }

    func enter(_ phase: DrainPhase) {
        crew.enter(phase)
        for worker in crew.workers { worker.step(milliseconds: 0) }
    }

    func connect(from client: IPAddress) throws -> Int? {
        clientPort += 1
        return network.connect(from: SocketAddress(client, clientPort), to: WireScript.listener)
    }

    func send(_ end: Int, _ bytes: [UInt8]) { network.send(end, bytes) }
    func finish(_ end: Int) { network.finish(end) }
    func close(_ end: Int) { network.close(end) }
    func reset(_ end: Int) { network.reset(end) }
    func setReading(_ end: Int, _ reads: Bool) { network.setReading(end, reads) }
    func received(_ end: Int) -> [UInt8] { network.received(end) }
    func ending(_ end: Int) -> SimulatedNetwork.Ending { network.ending(end) }
    func setOrigin(_ address: SocketAddress, _ behaviour: SimulatedNetwork.Behaviour) { network.setOrigin(address, behaviour) }
    func accepted(by address: SocketAddress) -> [Int] { network.accepted(by: address) }

    func sendDatagram(_ bytes: [UInt8], from client: SocketAddress) {
        network.sendDatagram(bytes, from: client, to: WireScript.listener)
    }

    func answerDatagram(_ bytes: [UInt8], from origin: SocketAddress) {
        if let last = network.datagrams(toOrigin: origin).last { network.answerDatagram(bytes, from: origin, to: last.peer) }
    }

    func datagrams(to client: SocketAddress) -> [[UInt8]] { network.datagrams(toClient: client).map(\.bytes) }

    func datagrams(toOrigin origin: SocketAddress) -> [(session: Int, bytes: [UInt8])] {
        var sessions: [SocketAddress] = []
        return network.datagrams(toOrigin: origin).map { datagram in
            if !sessions.contains(datagram.peer) { sessions.append(datagram.peer) }
            return ((sessions.firstIndex(of: datagram.peer) ?? 0) + 1, datagram.bytes)
        }
    }

    func move() -> Bool {
        var moved = network.turn()
        let order = Array(crew.workers.indices).shuffled(using: &random)
        for i in order where !crew.workers[i].hasEnded {
            guard network.wants(worker: i) || crew.spread?.awaits(i) == true else { continue }
            crew.workers[i].step(milliseconds: -1)
            moved = true
        }
        return moved
    }

    /// Connections of clients at each worker, and how many are counted there.
    final var served: [Int] { crew.workers.map { $0.worker.clients } }
    final var counted: [Int] { crew.workers.indices.map { crew.spread?.connections(of: $0) ?? 0 } }

    func advance(milliseconds: UInt64, _ settle: () -> Void) {
        let end = network.time.advanced(byMilliseconds: milliseconds)
        settle()
        while network.time < end {
            network.advance(to: min(network.nextWake ?? end, end))
            settle()
        }
    }

    func starve(_ what: WireScript.Starving, _ count: Int) {
        switch what {
        case .accept: network.acceptsToStarve = count
        case .connect: network.connectsToStarve = count
        }
    }

    /// A worker that found no descriptor for a client looks again after 50 ms.
    func rest(_ settle: () -> Void) {
        settle()
        if network.faults.acceptStarved > 0 { advance(milliseconds: 60, settle) }
    }

    /// Whether the first cluster is charged with nothing.
    final var isClusterIdle: Bool { crew.registry.view.clusters[0].load.isIdle }

    func collectLog() throws { try crew.collectLog() }
    var logLines: [String] { crew.lines }
    var mirrorLines: [String] { crew.mirrorLines }

    func leftovers(_ settle: () -> Void) -> [String] {
        // A client that went is noticed at once, one that lingers within seconds.
        advance(milliseconds: 5000, settle)
        var found = crew.workers.flatMap(\.leftovers)
        if crew.inFlight != 0 { found.append("\(crew.inFlight) requests in flight") }
        enter(.draining)
        settle()
        if !crew.workers.allSatisfy(\.hasEnded) { found.append("a worker that does not end") }
        if network.openDescriptors != 0 { found.append("\(network.openDescriptors) descriptors") }
        return found
    }

    func restore(_ text: String) -> String { text }
    func shown(_ end: Int) -> String? { nil }
    func fate(_ end: Int) -> String { "" }
    func goodbyes(of address: SocketAddress) -> String { "" }
    func act(_ act: WireScript.FramedAct, _ address: SocketAddress) {}
    func refuse(_ end: Int) {}
    /// Connections made to all origins.
    final var originEnds: [Int] { origins.flatMap { network.accepted(by: $0) } }
}
