// Two workers against one on the simulated port; built and run by scripts/gates.
//
// Each worker has a thread and a network of its own, so that nothing is shared but what the proxy shares: plan, cells, counters.
//
// What is measured is the processor time of a worker's thread, which a busy machine does not lengthen, in short batches. Other programs
// still disturb it: they take the processor in the middle of a batch and leave cold caches behind. So a batch counts only when its thread
// kept the processor, and of two workers only when the other one kept its own meanwhile: else they would not have been two at all. Of the
// batches of a round that count, the tenth percentile is the round's cost of a request.
//
// Two processors of a machine need not be two: hyperthreads share one core's units, and a core that works alone may be clocked higher. So
// the same worker also runs in two processes at once, which share nothing but the machine; what they reach is 2. Two workers of one
// process reach 2 x the cost in two processes / the cost in one. What one worker alone costs is shown beside it. Rounds of the three
// alternate, each in processes of its own.
//
// A neighbour of the machine can slow a whole round by a third, and another round not at all. It makes none faster, whereas what sharing
// costs is in every round. So the cheapest round of each kind counts, and rounds go on until more of them have stopped to find a cheaper.
//
//   scaling               prints "speedup N"
//   scaling --contended   the same with workers that take turns: the self-test
//   scaling batches N     what the rounds are made of: N workers of one process; a line "worker start end cost" for each batch
import Base
@testable import Engine
import Glibc
import Graph
import Reactor
import Synchronization
import Telemetry

private let warmUp = 1_000
private let batchSize = 16
private let batchesPerRound = 512
/// A round of which fewer batches count says nothing.
private let wantedBatches = 50
/// Rounds go on until each kind has so many that count and the last few of them found no cheaper one, or there were too many.
private let wantedRounds = CommandLine.arguments.contains("--contended") ? 3 : 12
private let settledRounds = CommandLine.arguments.contains("--contended") ? 1 : 6
private let mostRounds = 120
/// The self-test's workers take turns: each waits for the other to finish a request. (A counter that both change would not do: the two
/// hyperthreads of a core share it for nothing.)
private let takeTurns = CommandLine.arguments.contains("--contended")

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
    let isBusy = Atomic<Bool>(false)

    init(workers: Int) throws {
        metrics = MetricsRegistry(workers: workers, plans: registry.plans)
        plan = Plan.link(try GraphText.parse(graphText), previous: nil, registry: registry)
        let address = SocketAddress(IPAddress(v4: 0), 8080)
        delivery = Delivery(
            sequence: 1, generation: 1, plan: plan, doors: [Delivery.Door(address: address, isSealed: false, index: 0)])
        let bell = try Bell()
        buffers = (0..<workers).map { _ in AccessLogBuffer(capacity: 1 << 20, bell: bell) }
    }
}

/// Some requests in a row on one thread.
private struct Batch {
    /// Nanoseconds of the monotonic clock.
    var start: UInt64
    var end: UInt64
    /// Nanoseconds of the thread's processor time.
    var cost: UInt64

    /// The thread kept the processor.
    var isUndisturbed: Bool { Double(end - start) < 1.1 * Double(cost) }

    /// Nanoseconds that both ran.
    func overlap(_ other: Batch) -> UInt64 {
        let (from, to) = (max(start, other.start), min(end, other.end))
        return to > from ? to - from : 0
    }
}

/// One worker and its clients and origins.
private func run(_ shared: Shared, worker i: Int) -> [Batch] {
    let network = SimulatedNetwork(seed: 1)
    let origins = [SocketAddress(IPAddress(v4: 0x0a00_0001), 80), SocketAddress(IPAddress(v4: 0x0a00_0002), 80)]
    for origin in origins { network.setOrigin(origin, .accepts) }
    guard let epochs = shared.registry.epochs.attach() else { return [] }
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
    guard let end = network.connect(from: client, to: SocketAddress(.v4Loopback, 8080)) else { return [] }
    var answered: [Int: Int] = [:]
    var batches: [Batch] = []
    batches.reserveCapacity(batchesPerRound)
    func ask() {
        while takeTurns, shared.isBusy.exchange(true, ordering: .acquiring) {}
        defer { shared.isBusy.store(false, ordering: .releasing) }
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
    }
    for _ in 0..<warmUp { ask() }
    for _ in 0..<batchesPerRound {
        unsafe shared.buffers[i].drain { _ in }
        let (start, cost) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_THREAD_CPUTIME_ID))
        for _ in 0..<batchSize { ask() }
        let spent = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cost
        batches.append(Batch(start: start, end: nanoseconds(CLOCK_MONOTONIC), cost: spent))
    }
    return batches
}

private func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Runs the workers of one process at once, and prints their batches.
private func printBatches(workers: Int) throws {
    let shared = try Shared(workers: workers)
    let results = Results(left: workers)
    let ended = try Bell()
    for i in 0..<workers {
        let isStarted = SystemThread.start("scaling", stackBytes: 8 << 20) {
            if results.end(i, run(shared, worker: i)) { ended.ring() }
        }
        precondition(isStarted, "the system has a thread")
    }
    _ = ended.wait(milliseconds: nil)
    for (i, batches) in results.all.enumerated() {
        for batch in batches { print(i, batch.start, batch.end, batch.cost) }
    }
}

/// Runs such processes at once, each with so many workers. - Returns: the batches of each worker.
private func processes(_ workers: [Int]) -> [[Batch]] {
    let option = takeTurns ? " --contended" : ""
    let pipes = workers.map { unsafe popen("\(CommandLine.arguments[0]) batches \($0)\(option)", "r") }
    return unsafe pipes.flatMap { pipe -> [[Batch]] in
        guard let pipe = unsafe pipe else { return [] }
        var batches: [Int: [Batch]] = [:]
        var line = [CChar](repeating: 0, count: 128)
        while unsafe fgets(&line, Int32(line.count), pipe) != nil {
            let end = line.firstIndex(of: 0) ?? line.count
            let words = String(decoding: line[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self).split {
                $0 == " " || $0 == "\n"
            }
            let numbers = words.compactMap { UInt64($0) }
            guard numbers.count == 4 else { continue }
            batches[Int(numbers[0]), default: []].append(Batch(start: numbers[1], end: numbers[2], cost: numbers[3]))
        }
        unsafe pclose(pipe)
        return batches.keys.sorted().map { batches[$0] ?? [] }
    }
}

private final class Results: Sendable {
    private let state: Mutex<(batches: [Int: [Batch]], left: Int)>

    init(left: Int) { state = Mutex((batches: [:], left: left)) }

    /// True for the last one.
    func end(_ i: Int, _ batches: [Batch]) -> Bool {
        state.withLock {
            $0.batches[i] = batches
            $0.left -= 1
            return $0.left == 0
        }
    }

    var all: [[Batch]] { state.withLock { state in state.batches.keys.sorted().map { state.batches[$0] ?? [] } } }
}

/// What a request cost in the rounds of one kind, in nanoseconds.
private struct Costs {
    /// Of one worker, the mean of both when there are two, in each round that counts.
    private(set) var rounds: [Double] = []
    /// Of the cheapest round.
    private(set) var cost = Double.infinity
    /// How many rounds ago it was that one was cheaper than all before by more than one in a hundred.
    private(set) var settled = 0
    private let workers: Int

    init(workers: Int) { self.workers = workers }

    mutating func add(_ batches: [[Batch]]) {
        let each = batches.indices.compactMap { tenthPercentile(of: counting(batches, worker: $0)) }
        guard each.count == workers else { return }
        let new = each.reduce(0, +) / Double(workers)
        settled = new < 0.99 * cost ? 0 : settled + 1
        cost = min(cost, new)
        rounds.append(new)
    }

    /// Nanoseconds of a request in the batches of a worker that count.
    private func counting(_ batches: [[Batch]], worker i: Int) -> [Double] {
        let other = workers == 2 && batches.count == 2 ? batches[1 - i].filter(\.isUndisturbed) : []
        return batches[i].compactMap { batch in
            let beside = other.reduce(0) { $0 + $1.overlap(batch) }
            let isBesideTheOther = workers == 1 || Double(beside) >= 0.9 * Double(batch.end - batch.start)
            return batch.isUndisturbed && isBesideTheOther ? Double(batch.cost) / Double(batchSize) : nil
        }
    }

    private func tenthPercentile(of costs: [Double]) -> Double? {
        costs.count >= wantedBatches ? costs.sorted()[costs.count / 10] : nil
    }

    var isEnough: Bool { rounds.count >= wantedRounds && settled >= settledRounds }
}

@main struct Scaling {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count > 2, arguments[1] == "batches" { return try printBatches(workers: Int(arguments[2]) ?? 1) }
        var alone = Costs(workers: 1)
        var apart = Costs(workers: 2)
        var sharing = Costs(workers: 2)
        var rounds = 0
        while !(alone.isEnough && apart.isEnough && sharing.isEnough), rounds < mostRounds {
            rounds += 1
            alone.add(processes([1]))
            apart.add(processes([1, 1]))
            sharing.add(processes([2]))
        }
        guard min(apart.rounds.count, sharing.rounds.count) >= wantedRounds else {
            print("two workers ran at once in only \(apart.rounds.count) and \(sharing.rounds.count) rounds: the machine is too busy")
            exit(1)
        }
        print("\(rounds) rounds; that count: \(alone.rounds.count) alone, \(apart.rounds.count) apart, \(sharing.rounds.count) sharing")
        print("processor time of a request, cheapest and dearest round: \(span(alone)) alone, \(span(apart)) beside another process,")
        print("\(span(sharing)) beside a worker that shares everything")
        print("against one alone: two processes \(ratio(alone, apart)), two workers \(ratio(alone, sharing))")
        print("speedup \(ratio(apart, sharing))")
    }

    private static func span(_ costs: Costs) -> String { "\(Int(costs.cost)) to \(Int(costs.rounds.max() ?? 0)) ns" }

    /// What two of the second reach where one of the first is 1, to three places.
    private static func ratio(_ one: Costs, _ two: Costs) -> Double { (2000 * one.cost / two.cost).rounded() / 1000 }
}
