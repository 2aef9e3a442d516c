// Two workers against one on the simulated port; built and run by scripts/gates.
//
// Each worker has a thread and a network of its own, so that nothing is shared but what the proxy shares: plan, cells, counters.
// Processor time of threads is measured, and two workers that share are compared with two that share nothing: what a machine takes
// from any two threads (caches, sibling processors, neighbours) is in both, what sharing costs is in one.
import Base
@testable import Engine
import Glibc
import Graph
import Reactor
import Synchronization
import Telemetry

private let requests = 10_000
private let rounds = 12

private let graphText = """
    listener http 0.0.0.0:8080
      host shop.example
        prefix /checkout -> checkout
        prefix / -> rest
    rule checkout
      request-headers set x-shop 1
      forward
        arm stable 90
          backend web
        arm canary 10
          backend web
    rule rest
      forward to web
    cluster web http
      endpoint 10.0.0.1:80
      endpoint 10.0.0.2:80

    """

/// What workers share.
private final class Shared: @unchecked Sendable {
    // Unchecked: handed to threads before they start; everything behind it is made for sharing.
    let registry = CellRegistry()
    let metrics: MetricsRegistry
    let plan: Plan
    let delivery: Delivery
    let buffers: [AccessLogBuffer]

    init(workers: Int) throws {
        metrics = MetricsRegistry(workers: workers, plans: registry.plans)
        plan = Plan.link(try GraphText.parse(graphText), previous: nil, registry: registry)
        let address = SocketAddress(IPAddress(v4: 0), 8080)
        delivery = Delivery(sequence: 1, generation: 1, plan: plan, listeners: [(address, 0)])
        let bell = try Bell()
        buffers = (0..<workers).map { _ in AccessLogBuffer(capacity: 1 << 20, bell: bell) }
    }
}

/// One worker and its clients and origins. Returns nanoseconds of processor time per request.
private func run(_ shared: Shared, worker i: Int) -> Double {
    let network = SimulatedNetwork(seed: UInt64(i + 1))
    let origins = [SocketAddress(IPAddress(v4: 0x0a00_0001), 80), SocketAddress(IPAddress(v4: 0x0a00_0002), 80)]
    for origin in origins { network.setOrigin(origin, .accepts) }
    guard let epochs = shared.registry.epochs.attach() else { return 0 }
    let post = WorkerPost(changed: {})
    var limits = ProxyLimits()
    limits.sockets = 256
    limits.exchanges = 256
    let setup = WorkerSetup(
        cells: shared.registry.view, epochs: epochs, post: post, metrics: shared.metrics.view(worker: i),
        log: shared.buffers[i].ring,
        trusted: [], seed: UInt64(i + 7))
    let memory = Memory(limits)
    var worker = Worker(SimulatedPort(network, worker: 0), setup, limits)
    post.put(shared.delivery)
    worker.step(milliseconds: 0, memory)
    let request = Array("GET /checkout HTTP/1.1\r\nhost: shop.example\r\nuser-agent: scaling\r\naccept: */*\r\n\r\n".utf8)
    let answer = Array("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".utf8)
    let client = SocketAddress(.v4Loopback, 4000)
    guard let end = network.connect(from: client, to: SocketAddress(.v4Loopback, 8080)) else { return 0 }
    var answered: [Int: Int] = [:]
    var start: UInt64 = 0
    for n in 0..<(requests + requests / 10) {
        if n == requests / 10 { start = threadNanoseconds() }
        network.send(end, request)
        let before = network.received(end).count
        while network.received(end).count == before {
            network.turn()
            while network.wants(worker: 0) { worker.step(milliseconds: -1, memory) }
            for origin in origins {
                for upstream in network.accepted(by: origin)
                where network.received(upstream).count > answered[upstream, default: 0] {
                    answered[upstream] = network.received(upstream).count
                    network.send(upstream, answer)
                }
            }
        }
        network.forget(end)
        for upstream in answered.keys {
            network.forget(upstream)
            answered[upstream] = 0
        }
        if n & 255 == 0 { unsafe shared.buffers[i].drain { _ in } }
    }
    return Double(threadNanoseconds() - start) / Double(requests)
}

private func threadNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The slowest of several at once.
private func together(_ all: [Shared], _ places: [Int]) throws -> Double {
    let slowest = Mutex(0.0)
    let ended = try Bell()
    let left = Atomic<Int>(places.count)
    let context = Context(slowest: slowest, left: left)
    for (shared, place) in zip(all, places) {
        SystemThread.start("scaling", stackBytes: 8 << 20) {
            let time = run(shared, worker: place)
            if context.end(time) { ended.ring() }
        }
    }
    _ = ended.wait(milliseconds: nil)
    return context.slowest.withLock { $0 }
}

private final class Context: Sendable {
    let slowest: Mutex<Double>
    private let left: Atomic<Int>

    init(slowest: consuming Mutex<Double>, left: consuming Atomic<Int>) {
        self.slowest = slowest
        self.left = left
    }

    /// True for the last one.
    func end(_ time: Double) -> Bool {
        slowest.withLock { $0 = max($0, time) }
        return left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }
}

@main struct Scaling {
    static func main() throws {
        // The least of several runs: a neighbour can only make a run slower.
        var alone = Double.infinity
        var apart = Double.infinity
        var sharing = Double.infinity
        for _ in 0..<rounds {
            alone = min(alone, try together([try Shared(workers: 1)], [0]))
            apart = min(apart, try together([try Shared(workers: 1), try Shared(workers: 1)], [0, 0]))
            let both = try Shared(workers: 2)
            sharing = min(sharing, try together([both, both], [0, 1]))
        }
        let times = "\(alone.rounded()) ns alone, \(apart.rounded()) ns beside a worker that shares nothing"
        print("processor time of a request: \(times), \(sharing.rounded()) ns beside one that shares everything")
        print("speedup \((2000 * apart / sharing).rounded() / 1000)")
    }
}
