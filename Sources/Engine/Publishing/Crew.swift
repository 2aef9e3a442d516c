import Base
import Reactor
import Synchronization
import Telemetry

/// The workers and their threads.
final class Crew: Sendable {
    struct Member: Sendable {
        let post: WorkerPost
        let waker: Waker
    }
    let members: [Member]
    /// nil with one worker.
    let spread: ConnectionSpread?
    /// Rings when a worker acknowledged, gave a plan up, or ended.
    let news: Bell
    /// Rings when the last worker ended.
    private let allEnded: Bell
    private let ended = Atomic<Int>(0)

    var count: Int { members.count }

    init(
        _ count: Int, _ settings: ProxySettings, _ registry: CellRegistry, _ accessLog: AccessLog, _ counters: MetricsRegistry,
        _ log: @escaping LogSink
    ) throws(SystemError) {
        let news = try Self.bell()
        self.news = news
        allEnded = try Self.bell()
        var members: [Member] = []
        for _ in 0..<count {
            members.append(Member(post: WorkerPost(changed: { news.ring() }), waker: try Waker()))
        }
        self.members = members
        let spread = count > 1 ? ConnectionSpread(workers: count) : nil
        self.spread = spread
        // One for all, so that what one worker needs more another one may need less.
        let budget = BlockBudget(bytes: settings.limits.blockBytes, pools: count)
        let perAddress = settings.limits.clientsPerAddress
        let addresses = perAddress > 0 ? AddressCounts(capacity: settings.limits.clients * count, seed: Machine.seed()) : nil
        for i in 0..<count {
            guard let epochs = registry.epochs.attach() else { throw SystemError(errorNumber: 11, operation: "too many workers") }
            let setup = WorkerSetup(
                cells: registry.view, epochs: epochs, post: members[i].post, metrics: counters.view(worker: i),
                log: accessLog.ring(worker: i), trusted: settings.trusted,
                awaitsIntroductions: settings.proxyProtocol, seed: Machine.seed(),
                addresses: addresses?.view, workers: Int32(count),
                spread: spread?.view(of: i), wakers: members.map(\.waker))
            start(
                i, setup, settings.limits,
                Keep(
                    registry: registry, accessLog: accessLog, counters: counters, addresses: addresses, spread: spread,
                    budget: budget),
                log)
        }
    }

    /// What a worker's plain views point into: its thread keeps it.
    private struct Keep: Sendable {
        let registry: CellRegistry
        let accessLog: AccessLog
        let counters: MetricsRegistry
        let addresses: AddressCounts?
        let spread: ConnectionSpread?
        let budget: BlockBudget
    }

    private func start(_ i: Int, _ setup: WorkerSetup, _ limits: ProxyLimits, _ keep: Keep, _ log: @escaping LogSink) {
        let waker = members[i].waker
        let isStarted = SystemThread.start("worker-\(i)", stackBytes: 8 << 20) { [self] in
            do throws(SystemError) {
                let memory = Memory(limits, budget: keep.budget)
                var worker = Worker(try EpollPort(waker: waker), setup, limits)
                while !worker.hasEnded { worker.step(milliseconds: -1, memory) }
            } catch {
                log(LogEvent(.error, "a worker could not start", ["worker": "\(i)", "error": "\(error)"]))
            }
            withExtendedLifetime(keep) {}
            hasEnded(i)
        }
        if !isStarted {
            log(LogEvent(.error, "the system has no thread for a worker", ["worker": "\(i)"]))
            hasEnded(i)
        }
    }

    private func hasEnded(_ i: Int) {
        members[i].post.hasEnded.store(true, ordering: .releasing)
        news.ring()
        if ended.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == members.count { allEnded.ring() }
    }

    static func bell() throws(SystemError) -> Bell {
        do { return try Bell() } catch { throw SystemError(errorNumber: 24, operation: "workers: \(error)") }
    }

    // MARK: What workers say

    /// Workers that still run.
    var running: [Member] { members.filter { !$0.post.hasEnded.load(ordering: .acquiring) } }

    var acknowledged: UInt64 { running.map { $0.post.generation.load(ordering: .acquiring) }.min() ?? 0 }

    /// Every delivery up to this one was taken or overtaken by every worker.
    var acknowledgedSequence: UInt64 { running.map { $0.post.sequence.load(ordering: .acquiring) }.min() ?? .max }

    /// No worker reads deliveries before this one.
    var oldest: UInt64 { running.map { $0.post.oldest.load(ordering: .acquiring) }.min() ?? .max }

    func put(_ delivery: Delivery) {
        for member in members {
            member.post.put(delivery)
            member.waker.wake()
        }
    }

    // MARK: The end

    /// Workers go on, and tell clients to come back on another connection.
    func leave() { enter(.leaving) }

    private func enter(_ phase: DrainPhase) {
        for member in members {
            member.post.drain.store(phase, ordering: .releasing)
            member.waker.wake()
        }
    }

    /// Requests and tunnels that the end cut. Known when all workers ended.
    var cut: (requests: Int, tunnels: Int) {
        members.reduce((0, 0)) { sum, member in
            (
                sum.0 + member.post.cutRequests.load(ordering: .relaxed),
                sum.1 + member.post.cutTunnels.load(ordering: .relaxed)
            )
        }
    }

    /// - Returns: whether everything finished within the time; whatever did not was cut.
    func drain(within limit: Duration) -> Bool {
        enter(.draining)
        let milliseconds = Int(clamping: limit.wholeNanoseconds / 1_000_000)
        if allEnded.wait(milliseconds: milliseconds) { return true }
        end()
        _ = allEnded.wait(milliseconds: 5000)
        return false
    }

    /// Ends all workers now.
    func end() {
        for member in members {
            member.post.isEnding.store(true, ordering: .releasing)
            member.waker.wake()
        }
    }
}
