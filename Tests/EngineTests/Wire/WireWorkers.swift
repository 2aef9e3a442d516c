import Base
import Documents
@testable import Engine
import Graph
import Reactor
import Synchronization

/// One worker and the memory of its thread.
final class WireWorker<P: Port & ~Copyable> {
    let memory: Memory
    var worker: Worker<P>

    init(_ port: consuming P, _ setup: WorkerSetup, _ limits: ProxyLimits, _ budget: BlockBudget? = nil) {
        memory = Memory(limits, budget: budget)
        worker = Worker(port, setup, limits)
    }

    func step(milliseconds: Int32) { worker.step(milliseconds: milliseconds, memory) }

    var hasEnded: Bool { worker.hasEnded }

    /// What is left behind; empty when nothing is.
    var leftovers: [String] {
        var found: [String] = []
        if worker.clients != 0 { found.append("\(worker.clients) clients") }
        if memory.exchanges.count != 0 { found.append("\(memory.exchanges.count) exchanges") }
        if memory.comparisons.count != 0 { found.append("\(memory.comparisons.count) comparisons") }
        if worker.copies != 0 { found.append("\(worker.copies) copies") }
        if memory.streams.count != 0 { found.append("\(memory.streams.count) streams") }
        if memory.blocks.bytesInUse != 0 { found.append("\(memory.blocks.bytesInUse) bytes in blocks") }
        return found
    }
}

/// What the clock of the registry says, unless time passes by itself.
final class WireClock: Sendable {
    private let told = Atomic<UInt64>(0)

    func set(_ time: Instant) { told.store(time.nanoseconds, ordering: .relaxed) }

    var now: UInt64 {
        let time = told.load(ordering: .relaxed)
        return time > 0 ? time : Machine.monotonicNanoseconds
    }
}

/// The workers of a case, and what the proxy's other threads would do for them.
final class WireWorkers<P: Port & ~Copyable> {
    let clock: WireClock
    let registry: CellRegistry
    var workers: [WireWorker<P>] = []
    private let posts: [WorkerPost]
    private let buffers: [AccessLogBuffer]
    private let metrics: MetricsRegistry
    private let addresses: AddressCounts?
    let spread: ConnectionSpread?
    private var plan: Plan?
    private var deliveries: [Delivery] = []
    private(set) var lines: [String] = []

    init(_ count: Int, seed: UInt64, _ script: WireScript, port: (Int) throws -> P) throws {
        let clock = WireClock()
        self.clock = clock
        registry = CellRegistry(clock: { clock.now })
        posts = (0..<count).map { _ in WorkerPost(changed: {}) }
        let bell = try Bell()
        buffers = (0..<count).map { _ in AccessLogBuffer(capacity: 65536, bell: bell) }
        addresses = script.limits.clientsPerAddress > 0 ? AddressCounts(capacity: 64, seed: seed) : nil
        let spread = count > 1 ? ConnectionSpread(workers: count) : nil
        self.spread = spread
        let budget = BlockBudget(bytes: script.limits.blockBytes, pools: count)
        metrics = MetricsRegistry(workers: count, plans: registry.plans)
        for i in 0..<count {
            guard let epochs = registry.epochs.attach() else { throw WireScript.Malformed("too many workers") }
            let setup = WorkerSetup(
                cells: registry.view, epochs: epochs, post: posts[i], metrics: metrics.view(worker: i), log: buffers[i].ring,
                trusted: script.trusted, awaitsIntroductions: script.isIntroduced, seed: seed &+ UInt64(i),
                addresses: addresses?.view, workers: Int32(count), spread: spread?.view(of: i))
            workers.append(WireWorker(try port(i), setup, script.limits, budget))
        }
    }

    /// The plan and every delivery stay until the case ends.
    func publish(_ graph: RoutingGraph, at addresses: [SocketAddress]) {
        let plan = Plan.link(graph, previous: plan, registry: registry)
        self.plan = plan
        let doors = addresses.map { address in
            let index = graph.listeners.firstIndex { IPAddress($0.key.address) == address.ip && $0.key.port == address.port }
            guard let index else { return Delivery.Door(address: address, transport: .http) }
            return Delivery.Door(
                address: address, transport: graph.listeners[index].key.transport, index: Int32(index),
                terminator: plan.terminators[index]?.index ?? -1)
        }
        let number = UInt64(deliveries.count + 1)
        let delivery = Delivery(sequence: number, generation: number, plan: plan, doors: doors)
        deliveries.append(delivery)
        for post in posts { post.put(delivery) }
    }

    func enter(_ phase: DrainPhase) { for post in posts { post.drain.store(phase, ordering: .releasing) } }

    /// What workers counted of mirrors, without what is chance: times, digests, and the order of samples.
    var mirrorLines: [String] {
        var lines: [String] = []
        for one in registry.plans.mirrors.figures {
            let counts =
                one.outcomes.map { "\($0.outcome) \($0.count)" } + one.comparisons.map { "\($0.result) \($0.count)" }
                + one.differences.map { "\($0.field) \($0.count)" }
            lines.append("\(one.rule) -> \(one.cluster): \(counts.joined(separator: ", "))")
        }
        let samples = registry.plans.mirrors.samples.map { one in
            let bodies =
                one.primary.digest == one.mirror.digest ? "the same body" : "\(one.primary.bytes) | \(one.mirror.bytes) bytes"
            return "\(one.method) \(one.path)\(one.hasQuery ? "?" : "") -> \(one.cluster): \(one.differs.joined(separator: " ")):"
                + " \(one.primary.status) | \(one.mirror.status), \(bodies)"
        }
        return lines + samples.sorted()
    }

    /// Requests that endpoints are still charged with.
    var inFlight: Int { (plan?.graph.clusters ?? []).flatMap { registry.endpoints(of: $0.id) }.reduce(0) { $0 + $1.inFlight } }

    /// Reads what was logged since the last call; sorted, because which of two workers comes first is chance.
    func collectLog() throws {
        var new: [String] = []
        defer { lines += new.sorted() }
        for buffer in buffers {
            var bytes: [UInt8] = []
            unsafe buffer.drain { unsafe bytes.append(contentsOf: $0) }
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                let value = try Value(json: String(line))
                let words = ["method", "host", "path", "status", "reason", "endpoint"].map { name in
                    // Sessions have no method.
                    let name = name == "method" && value[name] == nil ? "protocol" : name
                    return value[name]?.string ?? value[name]?.integer.map { "\($0)" } ?? "-"
                }
                let tries = value["tries"]?.integer ?? 0
                new.append(
                    words.joined(separator: " ") + (tries > 1 ? " tries \(tries)" : "")
                        + (value["hedge"]?.string.map { " hedge \($0)" } ?? ""))
            }
        }
    }
}
