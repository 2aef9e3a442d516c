import Base
@testable import Engine
import Graph
import Pipeline
import Reactor
import Testing

/// One worker on the simulated network whose only rule has the filters of a test, one client and one endpoint.
@safe final class FilteredWorker {
    let network: SimulatedNetwork
    let worker: WireWorker<SimulatedPort>
    private let registry = CellRegistry()
    private let metrics: MetricsRegistry
    private let post = WorkerPost(changed: {})
    private let delivery: Delivery
    private let filters: [Filter]
    private let rows: UnsafeMutablePointer<Unmanaged<Filter>>
    let client: Int
    static let endpoint = SocketAddress(IPAddress(v4: 0x0a00_0001), 80)
    private static let graph = """
        listener http 0.0.0.0:8080
          host *
            prefix / -> r
        rule r
          forward to web
        cluster web http
          endpoint 10.0.0.1:80

        """

    init(_ filters: [Filter], faults: SimulatedFaults = .none) throws {
        self.filters = filters
        network = SimulatedNetwork(seed: 1, faults: faults)
        network.setOrigin(Self.endpoint, .accepts)
        metrics = MetricsRegistry(workers: 1, plans: registry.plans)
        let plan = Plan.link(try GraphText.parse(Self.graph), previous: nil, registry: registry)
        // No filter spec of the graph makes body filters yet: they take the place of the rule's chain before a worker knows it.
        unsafe rows = .allocate(capacity: filters.count)
        for (i, filter) in filters.enumerated() { unsafe (rows + i).initialize(to: .passUnretained(filter)) }
        let interests = filters.reduce(into: Filter.Interests()) { $0.formUnion($1.interests) }
        unsafe registry.plans.rules.pointer(0).pointee.chain = FilterChain(
            rows: UnsafePointer(rows), count: Int32(filters.count), interests: interests)
        delivery = Delivery(
            sequence: 1, generation: 1, plan: plan,
            doors: [Delivery.Door(address: SocketAddress(IPAddress(v4: 0), 8080), transport: .http, index: 0)])
        var limits = ProxyLimits()
        limits.sockets = 16
        limits.exchanges = 16
        limits.blockBytes = 1 << 20
        let setup = WorkerSetup(
            cells: registry.view, epochs: try #require(registry.epochs.attach()), post: post, metrics: metrics.view(worker: 0),
            log: .none, trusted: [], seed: 1)
        worker = WireWorker(SimulatedPort(network, worker: 0), setup, limits)
        post.put(delivery)
        worker.step(milliseconds: 0)
        client = try #require(
            network.connect(from: SocketAddress(.v4Loopback, 4000), to: SocketAddress(.v4Loopback, 8080)))
    }

    deinit { unsafe rows.deallocate() }

    /// Lets everything happen that does not need time.
    private func settle() {
        for _ in 0..<100_000 {
            guard network.turn() || network.wants(worker: 0) else { return }
            if network.wants(worker: 0) { worker.step(milliseconds: -1) }
        }
        Issue.record("it never comes to rest")
    }

    func pass(milliseconds: UInt64) {
        let end = network.time.advanced(byMilliseconds: milliseconds)
        settle()
        while network.time < end {
            network.advance(to: min(network.nextWake ?? end, end))
            settle()
        }
    }

    func send(_ text: String) {
        network.send(client, Array(text.utf8))
        settle()
    }

    /// The endpoint answers on its latest connection.
    func answer(_ text: String) {
        if let last = network.accepted(by: Self.endpoint).last { network.send(last, Array(text.utf8)) }
        settle()
    }

    /// What the client has received.
    var received: String { WireText.show(network.received(client), isResponse: true) }

    /// The bodies of the requests that the endpoint has received whole, each with its connection's number.
    var asked: [String] {
        network.accepted(by: Self.endpoint).flatMap { end in
            var bodies: [String] = []
            var rest = network.received(end)[...]
            while let message = WireMessage(rest, isResponse: false), message.isComplete {
                bodies.append(String(decoding: message.body, as: UTF8.self))
                rest = rest[message.end...]
            }
            return bodies
        }
    }

    /// Whether anything reached the endpoint.
    var isAsked: Bool { !network.accepted(by: Self.endpoint).isEmpty }

    /// What stays behind when the client has left.
    func leftovers() -> [String] {
        network.close(client)
        for end in network.accepted(by: Self.endpoint) { network.close(end) }
        pass(milliseconds: 5000)
        return worker.leftovers + registry.endpoints(of: "web").filter { $0.inFlight != 0 }.map { "\($0.inFlight) in flight" }
    }
}
