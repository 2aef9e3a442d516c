import Kubernetes
public import Telemetry
import Base
import Dispatch
import Foundation
import Resources
import Synchronization
import Translator

/// From events to graphs to statuses: takes what sources deliver, translates it, publishes it, and tells the cluster what came of it.
///
/// Rounds run one after the other on one queue, so the proxy hears from one thread at a time. Statuses and Events are written beside
/// that and hold nothing up. If the source falls silent, nothing happens: the last graph goes on serving.
public final class Controller: Sendable {
    private let source: any ObjectSource
    private let outlet: Outlet
    private let log: LogSink
    private let queue = DispatchQueue(label: "martlet.controller", qos: .userInitiated)
    private let inbox = Mutex(Inbox())
    private let core: Mutex<ControllerCore>
    /// Apart from the core, so that pages need not wait for a translation.
    private let numbers = Mutex(ControllerFigures())
    private let reports: ClusterReports?
    private let running = Mutex<[Task<Void, Never>]>([])
    private let reporting = Mutex<Task<Void, Never>?>(nil)
    private let wasOutage = Atomic(false)
    private let memory: Memory?
    private let stopgap: Stopgap?
    /// When the queue looks at certificates again, in seconds since 1970.
    private let alarm = Mutex<Int64?>(nil)
    private let marks = Mutex(MarkBook())
    private let fleet: FleetLink?

    /// - Parameters:
    ///   - cluster: where statuses and Events are written; nil for a folder of manifests.
    ///   - memory: what was last good, to begin with while the source cannot be reached.
    ///   - fleet: the way to the other replicas; nil where this one is taken to be alone.
    public init(
        _ settings: ControllerSettings, source: any ObjectSource, cluster: ClusterConnection?, outlet: Outlet,
        memory: Memory? = nil, fleet: FleetLink? = nil, log: @escaping LogSink
    ) {
        self.source = source
        self.outlet = outlet
        self.log = log
        core = Mutex(ControllerCore(settings.translator, isFromCluster: cluster != nil))
        self.memory = memory
        stopgap = memory.map { Stopgap($0, settings.translator, outlet, log: log) }
        self.fleet = fleet
        let led = Later<Void>()
        let retreats = Later<Retreating>()
        reports = cluster.map {
            ClusterReports(
                $0, settings, fleet: fleet == nil ? nil : .unknown, outlet: outlet,
                retreat: { retreats.call(Retreating(rollout: $0, revision: $1)) }, log: log
            ) { isLeader in
                fleet?.lead(isLeader)
                if isLeader { led.call(()) }
            }
        }
        led.handler.withLock { $0 = { [weak self] _ in self?.repeatNotices() } }
        retreats.handler.withLock { $0 = { [weak self] found in self?.retreat(found) } }
    }

    /// Begins to work; returns at once.
    public func start() {
        running.withLock { tasks in
            guard tasks.isEmpty else { return }
            tasks.append(
                Task.detached(priority: .userInitiated) { [self] in await source.run { [self] in deliver($0) } })
            if let reports {
                let task = Task.detached(priority: .userInitiated) { await reports.run() }
                reporting.withLock { $0 = task }
                tasks.append(task)
            }
        }
        guard let stopgap else { return }
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: stopgap.patience.wholeNanoseconds))) { [self] in
            fillGap(.patienceIsOver)
        }
    }

    /// Writes statuses and Events no longer and gives the leadership up; changes are still obeyed. Returns at once.
    public func resign() { reporting.withLock { $0 }?.cancel() }

    /// Ends it and gives the leadership up, for which it waits at most that long. Nothing is published afterwards.
    public func stop(within limit: Duration = .seconds(2)) {
        let tasks = running.withLock { $0 }
        tasks.forEach { $0.cancel() }
        let ended = DispatchSemaphore(value: 0)
        Task.detached {
            for task in tasks { await task.value }
            ended.signal()
        }
        _ = ended.wait(timeout: .now() + .nanoseconds(Int(clamping: limit.wholeNanoseconds)))
        stopgap?.end()
        core.withLock { $0.isStopped = true }
    }

    /// Every worker serves this generation.
    public func acknowledged(_ generation: UInt64) {
        reports?.statuses.tell(.acknowledged(generation))
        tellMarks { $0.acknowledge(generation) }
    }

    /// The other replicas, whenever something about them changed.
    public func see(_ fleet: Fleet) { reports?.statuses.tell(.fleet(fleet)) }

    private func tellMarks(_ change: (inout MarkBook) -> Bool) {
        guard let fleet else { return }
        // Told inside, so that what was served later is told later.
        marks.withLock { book in
            if change(&book) { fleet.serve(book.served) }
        }
    }

    public var figures: ControllerFigures {
        var figures = numbers.withLock { $0 }
        figures.feeds = source.feeds
        if let reports {
            figures.isLeader = reports.isLeader
            figures.statusesWritten = reports.statuses.counts.written
            figures.statusesFailed = reports.statuses.counts.failed
            figures.events = reports.events.figures
            figures.inquiries = reports.inquirer.figures
        }
        return figures
    }

    /// What is known of the cluster. Waits for a round under way.
    var snapshot: Snapshot { core.withLock { $0.snapshot } }

    // MARK: - Rounds

    private func deliver(_ batch: SourceBatch) {
        if !batch.changes.isEmpty { numbers.withLock { $0.lastEvent = Date().timeIntervalSince1970 } }
        tellOutage()
        if stopgap != nil, !batch.isComplete, source.isUnreachable { queue.async { [self] in fillGap(.unreachable) } }
        if let due = inbox.withLock({ $0.add(batch, at: MonotonicClock.now) }) { schedule(due) }
    }

    /// Told when it changes: batches come in storms.
    private func tellOutage() {
        guard let reports else { return }
        let isOutage = source.isUnreachable
        if wasOutage.exchange(isOutage, ordering: .relaxed) != isOutage { reports.rollouts.tell(.outage(isOutage)) }
    }

    /// On the queue: serves what was last good, if it is time for that and nothing better is there.
    private func fillGap(_ event: Stopgap.Event) {
        guard let stopgap, core.withLock({ !$0.isLive && !$0.isStopped }) else { return }
        stopgap.note(event, on: queue) { [self] written in
            numbers.withLock { $0.servedFrom = $0.isTranslated ? nil : written }
        }
    }

    private func schedule(_ due: Instant) {
        let wait = due.nanoseconds(since: MonotonicClock.now)
        if wait == 0 {
            queue.async { [self] in work() }
        } else {
            queue.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: wait))) { [self] in work() }
        }
    }

    private func work() {
        let startedAt = MonotonicClock.now
        let round = inbox.withLock { $0.take(at: startedAt) }
        if let round {
            let generation = round.isEmpty ? nil : core.withLock { perform(round, &$0) }
            tellMarks { $0.note(round.marks, generation: generation) }
        }
        let now = MonotonicClock.now
        if let due = inbox.withLock({ $0.finished(round, startedAt: startedAt, at: now) }) { schedule(due) }
    }

    /// - Returns: the graph that it led to.
    private func perform(_ round: Inbox.Round, _ core: inout ControllerCore) -> UInt64? {
        let startedAt = MonotonicClock.now
        defer { memory?.remember(core.takeChange(), round.isComplete) { [weak self] in self?.snapshot } }
        defer { setAlarm(core.nextMoment) }
        guard let outcome = core.take(round.changes, isComplete: round.isComplete, now: Self.wallSeconds) else {
            reports?.statuses.tell(.round(.init(changes: round.changes.ofStatusKinds)))
            return nil
        }
        let missing = core.missingSecrets()
        if !missing.isEmpty { source.read(missing) }
        let translatedAt = MonotonicClock.now
        var complaints: [Complaint] = []
        var report = StatusMachine.Round(changes: round.changes.ofStatusKinds)
        switch outcome {
        case .nothing: break
        case .cells(let updates): complaints = updates.flatMap(outlet.update)
        case .translation(let translation):
            // What the last good state served is replaced as a whole, by this one graph.
            stopgap?.end()
            let certificates = core.certificateUpdates
            complaints = certificates.before.flatMap(outlet.update)
            let receipt = outlet.publish(translation.graph)
            complaints += receipt.complaints + certificates.after.flatMap(outlet.update)
            report.edits = core.takeStatusEdits()
            report.generation = receipt.generation
        }
        let publishedAt = MonotonicClock.now
        numbers.withLock { figures in
            figures.count(outcome, generation: report.generation)
            if case .nothing = outcome { return }
            figures.certificateExpiries = core.certificateExpiries
            figures.translating.add(nanoseconds: translatedAt.nanoseconds(since: startedAt))
            figures.reacting.add(nanoseconds: publishedAt.nanoseconds(since: round.oldest))
        }
        reports?.statuses.tell(.round(report))
        if let findings = core.takeRollouts() {
            numbers.withLock { $0.rollouts = findings.map(RolloutFigures.init) }
            reports?.rollouts.tell(.found(findings))
        }
        tell(core.notices(outcome, complaints))
        return report.edits == nil ? nil : report.generation
    }

    /// A revision that is taken back here; nil: the status is obeyed again.
    private struct Retreating: Sendable {
        var rollout: ObjectReference
        var revision: String?
    }

    /// A round of its own: nothing comes from the source.
    private func retreat(_ found: Retreating) {
        queue.async { [self] in
            let round = Inbox.Round(changes: [], oldest: MonotonicClock.now, isComplete: true, isPaced: false)
            let generation = core.withLock { core in
                core.retreat(found.rollout, from: found.revision)
                return core.isLive ? perform(round, &core) : nil
            }
            tellMarks { $0.note(round.marks, generation: generation) }
        }
    }

    // MARK: - Time

    /// Certificates begin and end without any event.
    private func setAlarm(_ moment: Int64?) {
        let isNews = alarm.withLock { alarm in
            defer { alarm = moment }
            return alarm != moment
        }
        guard isNews, let moment else { return }
        wait(until: moment)
    }

    /// Looks at the clock once a day at least: somebody may set it.
    private func wait(until moment: Int64) {
        let wait = min(max(1, moment - Self.wallSeconds), 86_400)
        queue.asyncAfter(wallDeadline: .now() + .seconds(Int(wait))) { [weak self] in
            guard let self, alarm.withLock({ $0 == moment }) else { return }
            guard moment <= Self.wallSeconds else { return self.wait(until: moment) }
            alarm.withLock { $0 = nil }
            let round = Inbox.Round(changes: [], oldest: MonotonicClock.now, isComplete: true, isPaced: false)
            let generation = core.withLock { perform(round, &$0) }
            tellMarks { $0.note(round.marks, generation: generation) }
        }
    }

    private static var wallSeconds: Int64 { Int64(Date().timeIntervalSince1970) }

    // MARK: - Notices

    private func tell(_ notices: ControllerCore.Notices) {
        NoticeLog.lines(notices.diagnostics).forEach(log)
        notices.complaints.forEach { log(NoticeLog.line($0)) }
        reports?.offer(notices.events)
    }

    /// A new leader says what the one before it may not have said; the API server counts repetitions.
    private func repeatNotices() {
        queue.async { [self] in reports?.offer(core.withLock { $0.presentNotices() }) }
    }

    /// Lets the reports be made before the controller that they call.
    private final class Later<Argument: Sendable>: Sendable {
        let handler = Mutex<(@Sendable (Argument) -> Void)?>(nil)
        func call(_ argument: Argument) { handler.withLock { $0 }?(argument) }
    }
}

extension [SourceChange] {
    fileprivate var ofStatusKinds: [SourceChange] { filter { StatusMachine.kinds.contains($0.kind) } }
}
