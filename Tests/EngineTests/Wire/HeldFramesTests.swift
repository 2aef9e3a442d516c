import Base
@testable import Engine
import Graph
import Reactor
import Testing

/// How many sends it takes to tell clients of HTTP/2 what they are owed.
@Suite struct HeldFramesTests {
    @Test func `answers that come in one turn leave in one send for each connection`() throws {
        let world = try CountedWorld(clients: 2)
        for client in 0..<2 { for _ in 0..<4 { world.ask(client) } }
        let before = world.tally.sends
        // Whose answer comes after whose is drawn.
        world.answerAll()
        #expect(world.tally.sends - before == 2)
        for client in 0..<2 { #expect(world.shown(client).components(of: "{end}") == 4) }
    }

    @Test func `what is more than waits beside the wire goes at once and in order`() throws {
        let world = try CountedWorld(clients: 2)
        for client in 0..<2 { for _ in 0..<4 { world.ask(client) } }
        let body = String(repeating: "a", count: HeldFrames.size)
        world.answerAll(body)
        for client in 0..<2 {
            #expect(world.shown(client).components(of: "{end}") == 4)
            #expect(world.shown(client).components(of: WireText.lines(Array(body.utf8)[...])) == 4)
        }
    }

    @Test(arguments: [(14, 12, true), (14, 14, false), (8, 6, false)])
    func `events gather while many answers come and more are awaited`(asked: Int, answered: Int, pauses: Bool) throws {
        let world = try CountedWorld(clients: 2)
        for i in 0..<asked { world.ask(i % 2) }
        #expect(world.tally.pauses == 0)
        world.answerAll(first: answered)
        #expect((world.tally.pauses > 0) == pauses)
        #expect((0..<2).map { world.shown($0).components(of: "{end}") }.reduce(0, +) == answered)
    }

    @Test func `a pulse is high while there were many in this millisecond or the last`() {
        var pulse = Pulse()
        for _ in 0..<7 { pulse.beat(at: 5) }
        #expect(!pulse.isHigh(at: 5))
        pulse.beat(at: 5)
        #expect(pulse.isHigh(at: 5))
        #expect(pulse.isHigh(at: 6))
        #expect(!pulse.isHigh(at: 7))
        pulse.beat(at: 6)
        #expect(pulse.isHigh(at: 6))
        #expect(!pulse.isHigh(at: 7))
        pulse.beat(at: 9)
        #expect(!pulse.isHigh(at: 9))
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}

/// One worker, clients of HTTP/2 and an endpoint, on a port that counts.
private final class CountedWorld {
    let network = SimulatedNetwork(seed: 1, faults: .none)
    let tally = SendTally()
    private let registry = CellRegistry()
    private let metrics: MetricsRegistry
    private let post = WorkerPost(changed: {})
    private let delivery: Delivery
    private let worker: WireWorker<CountingPort>
    private var clients: [(end: Int, framed: FramedClient)] = []
    private static let endpoint = SocketAddress(IPAddress(v4: 0x0a00_0001), 80)
    private static let graph = """
        listener http 0.0.0.0:8080
          host *
            prefix / -> r
        rule r
          forward to web
        cluster web http
          endpoint 10.0.0.1:80

        """

    init(clients count: Int) throws {
        network.setOrigin(Self.endpoint, .accepts)
        metrics = MetricsRegistry(workers: 1, plans: registry.plans)
        let plan = Plan.link(try GraphText.parse(Self.graph), previous: nil, registry: registry)
        delivery = Delivery(
            sequence: 1, generation: 1, plan: plan,
            doors: [Delivery.Door(address: SocketAddress(IPAddress(v4: 0), 8080), transport: .http, index: 0)])
        var limits = ProxyLimits()
        limits.sockets = 64
        limits.exchanges = 16
        limits.blockBytes = 1 << 20
        let setup = WorkerSetup(
            cells: registry.view, epochs: try #require(registry.epochs.attach()), post: post, metrics: metrics.view(worker: 0),
            log: .none, trusted: [], seed: 1)
        worker = WireWorker(CountingPort(SimulatedPort(network, worker: 0), tally), setup, limits)
        post.put(delivery)
        worker.step(milliseconds: 0)
        for i in 0..<count {
            let end = network.connect(
                from: SocketAddress(.v4Loopback, 4000 + UInt16(i)), to: SocketAddress(.v4Loopback, 8080))
            clients.append((try #require(end), FramedClient()))
        }
        settle()
    }

    /// Sessions end with their connections.
    deinit {
        let ends = clients.map(\.end)
        clients = []
        for end in ends { network.reset(end) }
        settle()
    }

    func ask(_ client: Int) {
        clients[client].framed.ask(Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8))
        settle()
    }

    /// The endpoint answers all that it was asked, or the first of them, at one time.
    func answerAll(_ body: String = "ok", first count: Int = .max) {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        for end in network.accepted(by: Self.endpoint).prefix(count) { network.send(end, Array(answer.utf8)) }
        settle()
    }

    func shown(_ client: Int) -> String { clients[client].framed.shown }

    /// Lets everything happen that does not need time. What is under way arrives in one turn.
    private func settle() {
        for _ in 0..<10_000 {
            exchange()
            let moved = network.turn()
            let isWanted = network.wants(worker: 0)
            if isWanted { worker.step(milliseconds: -1) }
            guard moved || isWanted || hasMore else { return }
        }
        Issue.record("it never comes to rest")
    }

    private var hasMore: Bool { clients.contains { network.received($0.end).count > $0.framed.taken } }

    private func exchange() {
        for client in clients {
            let received = network.received(client.end)
            let fresh = received[client.framed.taken...]
            client.framed.taken = received.count
            if !fresh.isEmpty { client.framed.receive(fresh) }
            let said = client.framed.take()
            if !said.isEmpty { network.send(client.end, said) }
        }
    }
}

private final class SendTally {
    var sends = 0
    var pauses = 0
}

/// A simulated port whose sends and pauses are counted.
private struct CountingPort: Port, ~Copyable {
    var inner: SimulatedPort
    let tally: SendTally

    init(_ inner: consuming SimulatedPort, _ tally: SendTally) {
        self.inner = inner
        self.tally = tally
    }

    mutating func send(_ descriptor: Int32, _ bytes: borrowing Span<UInt8>) -> Int {
        tally.sends += 1
        return inner.send(descriptor, bytes)
    }

    mutating func pause(nanoseconds: UInt64) { tally.pauses += 1 }

    mutating func now() -> Instant { inner.now() }
    mutating func wallClock() -> UInt64 { inner.wallClock() }
    mutating func listen(_ address: SocketAddress, token: UInt64) -> Int32 { inner.listen(address, token: token) }
    mutating func accept(_ listener: Int32) -> Accepted { inner.accept(listener) }
    mutating func connect(_ address: SocketAddress) -> Int32 { inner.connect(address) }
    mutating func connectResult(_ descriptor: Int32) -> Int32 { inner.connectResult(descriptor) }
    mutating func localAddress(_ descriptor: Int32) -> SocketAddress { inner.localAddress(descriptor) }
    mutating func listenForDatagrams(_ address: SocketAddress, token: UInt64) -> Int32 {
        inner.listenForDatagrams(address, token: token)
    }
    mutating func connectForDatagrams(_ address: SocketAddress) -> Int32 { inner.connectForDatagrams(address) }
    mutating func receiveDatagram(_ listener: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Received {
        inner.receiveDatagram(listener, into: buffer, range)
    }
    mutating func sendDatagram(
        _ listener: Int32, _ bytes: borrowing Span<UInt8>, to peer: SocketAddress, from local: IPAddress, isV6: Bool
    ) -> Int { inner.sendDatagram(listener, bytes, to: peer, from: local, isV6: isV6) }
    mutating func register(_ descriptor: Int32, token: UInt64) { inner.register(descriptor, token: token) }
    mutating func receive(_ descriptor: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Int {
        inner.receive(descriptor, into: buffer, range)
    }
    mutating func isQuiet(_ descriptor: Int32) -> Bool { inner.isQuiet(descriptor) }
    mutating func finishWriting(_ descriptor: Int32) { inner.finishWriting(descriptor) }
    mutating func close(_ descriptor: Int32) { inner.close(descriptor) }
    mutating func wait(milliseconds: Int32) -> Int { inner.wait(milliseconds: milliseconds) }
    func event(_ i: Int) -> PortEvent { inner.event(i) }
}
