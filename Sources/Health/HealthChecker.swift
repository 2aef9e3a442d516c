public import Engine
import Base
import Graph
import Reactor
public import Telemetry

/// Asks endpoints whether they are well, where their Service says how, and tells the proxy.
///
/// All workers and routes share what it finds. While nothing is checked it does nothing.
public actor HealthChecker {
    /// Questions under way at the same time.
    private static let width = 256

    private let proxy: Proxy
    private let log: LogSink
    /// Made when somebody is asked: its clients have threads.
    private lazy var probe = HealthProbe()
    private var machine = HealthMachine()
    private var underWay = 0
    private let wakes: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation
    private var alarm: Task<Void, Never>?

    public init(_ proxy: Proxy, log: @escaping LogSink) {
        self.proxy = proxy
        self.log = log
        (wakes, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins; the proxy says when other endpoints are to be checked.
    public nonisolated func start() {
        let bell = bell
        proxy.onChecksChanged { bell.yield() }
        bell.yield()
        Task { await run() }
    }

    public nonisolated func stop() { bell.finish() }

    private func run() async {
        for await _ in wakes {
            let now = Self.now
            for target in machine.sync(proxy.checkedClusters(), now: now) { tell(target, isHealthy: false) }
            ask(now)
        }
        alarm?.cancel()
    }

    private static var now: UInt64 { Machine.monotonicNanoseconds / 1_000_000 }

    /// Asks what is due, and comes back when more is.
    private func ask(_ now: UInt64) {
        for inquiry in machine.takeDue(now: now, room: Self.width - underWay) {
            underWay += 1
            let probe = probe
            Task {
                let trouble = await probe.trouble(inquiry)
                take(inquiry, trouble)
            }
        }
        alarm?.cancel()
        guard underWay < Self.width, let rest = machine.untilDue(now: now) else { return }
        alarm = Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(rest))
            if !Task.isCancelled { await self?.ask(Self.now) }
        }
    }

    private func take(_ inquiry: HealthMachine.Inquiry, _ trouble: String?) {
        underWay -= 1
        if let isHealthy = machine.answered(inquiry.target, isWell: trouble == nil) {
            tell(inquiry.target, isHealthy: isHealthy)
            say(inquiry.target, trouble)
        }
        ask(Self.now)
    }

    private func tell(_ target: HealthTarget, isHealthy: Bool) {
        proxy.setHealth(isHealthy, cluster: target.cluster, address: target.address, port: target.port)
    }

    private func say(_ target: HealthTarget, _ trouble: String?) {
        if let trouble {
            log(
                LogEvent(
                    .warning, "an endpoint is unhealthy",
                    ["cluster": target.cluster, "endpoint": target.endpoint, "why": trouble]))
        } else {
            log(LogEvent(.info, "an endpoint is healthy again", ["cluster": target.cluster, "endpoint": target.endpoint]))
        }
    }
}
