import Base
import Documents
import Foundation
import Kubernetes
import Resources
import Rollouts
import Synchronization
import Telemetry
import Translator

/// Runs a `RolloutMachine` for each Rollout against the API server, while this replica leads.
///
/// Weights reach the workers as every other change does: by way of the status that was written, the watch and the translator.
final class RolloutDriver: Sendable {
    enum Event: Sendable {
        /// All Rollouts as they are.
        case found([RolloutFinding])
        case leading(Bool)
        /// A write ended well; the object as it is now.
        case written(ObjectReference, Object)
        case failed(ObjectReference)
        case measured(ObjectReference, RolloutAnswers)
        /// The revisions of pods of a namespace by their names: of the Services that are followed; nil while they are not known.
        case pods(String, [String: String]?)
        case timer(ObjectReference)
        /// Whether the API server gives no answer.
        case outage(Bool)
        /// What a guard asked for.
        case counted(ObjectReference, ArmReading?)
        case guardTimer(ObjectReference)
    }

    fileprivate struct Entry {
        var finding: RolloutFinding
        var machine = RolloutMachine()
        /// The newest version of the object that is known.
        var version: String
    }

    fileprivate struct State {
        var isLeading = false
        var findings: [RolloutFinding] = []
        var entries: [ObjectReference: Entry] = [:]
        /// Of each Rollout, whoever leads.
        var guards: [ObjectReference: OutageGuard] = [:]
        var isOutage = false
        /// By namespace.
        var pods: [String: [String: String]] = [:]
        /// The last failure that was told.
        var reported: Int?
    }

    private let connection: ClusterConnection
    private let term: LeaderTerm
    private let measure: @Sendable (String) async -> ArmReading?
    private let retreat: @Sendable (ObjectReference, String?) -> Void
    private let note: @Sendable (EventRecorder.Note) -> Void
    private let asked: @Sendable (Duration) -> Void
    private let log: LogSink
    private let events: AsyncStream<Event>
    private let sink: AsyncStream<Event>.Continuation
    private let state = Mutex(State())
    private let podWatch: PodWatch
    private let inquirer: Inquirer

    /// - Parameters:
    ///   - term: asked before each write.
    ///   - inquirer: asks whoever is outside.
    ///   - measure: reads what every replica counted for the arms of a rule.
    ///   - retreat: takes a revision back at this replica, and (nil) obeys the status again.
    ///   - note: writes an Event.
    ///   - asked: told when the API server asks to wait, and how long.
    init(
        _ connection: ClusterConnection, term: LeaderTerm, inquirer: Inquirer,
        measure: @escaping @Sendable (String) async -> ArmReading?,
        retreat: @escaping @Sendable (ObjectReference, String?) -> Void,
        note: @escaping @Sendable (EventRecorder.Note) -> Void, asked: @escaping @Sendable (Duration) -> Void,
        log: @escaping LogSink
    ) {
        self.connection = connection
        self.term = term
        self.inquirer = inquirer
        self.measure = measure
        self.retreat = retreat
        self.note = note
        self.asked = asked
        self.log = log
        let (events, sink) = AsyncStream<Event>.makeStream()
        (self.events, self.sink) = (events, sink)
        podWatch = PodWatch(connection, log: log) { sink.yield(.pods($0, $1)) }
    }

    /// Returns at once; events are handled in this order.
    func tell(_ event: Event) { sink.yield(event) }

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in await podWatch.run() }
            for await event in events {
                let (work, services) = state.withLock { state in (handle(event, &state), state.servicesOfPods) }
                podWatch.follow(services)
                for (reference, deed) in work { perform(deed, of: reference, &group) }
            }
            group.cancelAll()
        }
    }

    // MARK: - Events

    private enum Deed {
        case machine(RolloutMachine.Action)
        case watchdog(OutageGuard.Action)
    }

    private typealias Work = [(ObjectReference, Deed)]

    private func handle(_ event: Event, _ state: inout State) -> Work {
        switch event {
        case .found(let findings):
            let gone = state.findings.filter { old in !findings.contains { $0.object == old.object && $0.uid == old.uid } }
            state.findings = findings
            let retreated = gone.filter { state.guards.removeValue(forKey: $0.object)?.retreat != nil }
            let watched = retreated.map { ($0.object, Deed.watchdog(.obey(nil))) } + findings.flatMap { guarded($0, &state) }
            guard state.isLeading else { return watched }
            for finding in gone { forget(finding, among: findings) }
            for finding in gone { state.entries[finding.object] = nil }
            return watched + findings.flatMap { see($0, &state) }
        case .leading(let isLeading):
            guard isLeading != state.isLeading else { return [] }
            state.isLeading = isLeading
            // What the one before knew besides the statuses is not known here, and the other way round.
            state.entries = [:]
            return isLeading ? state.findings.flatMap { see($0, &state) } : []
        case .written(let reference, let object):
            state.reported = nil
            state.entries[reference]?.version = object.resourceVersion
            return feed(.written(RolloutStatus(of: object.value)), reference, &state)
        case .failed(let reference): return feed(.failed, reference, &state)
        case .measured(let reference, let answers): return feed(.measured(answers), reference, &state)
        case .timer(let reference): return feed(.timer, reference, &state)
        case .outage(let isOutage):
            guard isOutage != state.isOutage else { return [] }
            state.isOutage = isOutage
            return state.guards.keys.flatMap { watch(.outage(isOutage), $0, &state) }
        case .counted(let reference, let reading): return watch(.measured(reading), reference, &state)
        case .guardTimer(let reference): return watch(.timer, reference, &state)
        case .pods(let namespace, let revisions):
            state.pods[namespace] = revisions
            guard state.isLeading else { return [] }
            return state.findings.filter { $0.object.namespace == namespace }.flatMap { see($0, &state) }
        }
    }

    // MARK: Guards

    private func guarded(_ finding: RolloutFinding, _ state: inout State) -> Work {
        var work: Work = []
        if state.guards[finding.object] == nil {
            state.guards[finding.object] = OutageGuard()
            work += watch(.outage(state.isOutage), finding.object, &state)
        }
        let object = RolloutObject(finding, pods: state.pods[finding.object.namespace])
        return work + watch(.seen(object, finding.rollout.status), finding.object, &state)
    }

    /// What a guard found is also what a leader goes by.
    private func watch(_ event: OutageGuard.Event, _ reference: ObjectReference, _ state: inout State) -> Work {
        var work: Work = []
        for action in state.guards[reference]?.handle(event, at: MonotonicClock.now) ?? [] {
            work.append((reference, .watchdog(action)))
            if case .obey(let retreat?) = action { work += feed(.retreated(retreat), reference, &state) }
        }
        return work
    }

    // MARK: Machines

    private func see(_ finding: RolloutFinding, _ state: inout State) -> Work {
        var entry = state.entries[finding.object] ?? Entry(finding: finding, version: finding.resourceVersion)
        // What we wrote ourselves is on its way here: what came before it is no news.
        let isOld = ResourceVersion.isOlder(finding.resourceVersion, than: entry.version)
        if state.entries[finding.object] == nil, let retreat = state.guards[finding.object]?.retreat {
            _ = entry.machine.handle(.retreated(retreat), at: MonotonicClock.now, wall: "")
        }
        entry.finding = finding
        if !isOld { entry.version = finding.resourceVersion }
        state.entries[finding.object] = entry
        if isOld { return [] }
        let object = RolloutObject(finding, pods: state.pods[finding.object.namespace])
        return feed(.seen(object, finding.rollout.status), finding.object, &state)
    }

    private func feed(_ event: RolloutMachine.Event, _ reference: ObjectReference, _ state: inout State) -> Work {
        guard state.isLeading else { return [] }
        let actions = state.entries[reference]?.machine.handle(event, at: MonotonicClock.now, wall: Timestamp.text(Date()))
        return (actions ?? []).flatMap { action in
            if case .retreat(let retreat) = action { return watch(.found(retreat), reference, &state) }
            return [(reference, .machine(action))]
        }
    }

    /// What the Route or Service says is in force again, which is no small thing to happen without a word; or what another Rollout says, which
    /// had to stand back.
    private func forget(_ finding: RolloutFinding, among others: [RolloutFinding]) {
        guard let target = finding.target, let uid = target.routeUID else { return }
        let isService = target.route.kind == Service.kind.kind
        let kind = isService ? Service.kind : Route.kind
        let heir = others.first { $0.target?.rule == target.rule }?.object.name
        let rest =
            heir.map { "Rollout \($0) moves \(target.rule) now." }
            ?? (isService
                ? "requests for \(target.route.name) go to itself again, or where annotations say."
                : "the weights of \(target.rule) are those of the Route again.")
        note(
            EventRecorder.Note(
                .normal, apiVersion: kind.apiVersion, kind: kind.kind, object: target.route.key, uid: uid,
                reason: "RolloutRemoved", message: "Rollout \(finding.object.name) is gone: \(rest)"))
    }

    // MARK: - Actions

    private func perform(_ deed: Deed, of reference: ObjectReference, _ group: inout DiscardingTaskGroup) {
        switch deed {
        case .machine(let action): perform(action, of: reference, &group)
        case .watchdog(.measure(let rule)): group.addTask { [self] in tell(.counted(reference, await measure(rule))) }
        case .watchdog(.wake(let time)): wake(at: time, .guardTimer(reference), &group)
        case .watchdog(.obey(let found)):
            if let found {
                log(
                    LogEvent(
                        .warning, "a revision is taken back by this replica, since the API server cannot be written",
                        ["rollout": reference.key.description, "revision": found.revision, "what": found.why]))
            }
            retreat(reference, found?.revision)
        }
    }

    private func wake(at time: Instant, _ event: Event, _ group: inout DiscardingTaskGroup) {
        group.addTask { [self] in
            try? await Task.sleep(for: .nanoseconds(Int64(clamping: time.nanoseconds(since: MonotonicClock.now))))
            tell(event)
        }
    }

    private func perform(_ action: RolloutMachine.Action, of reference: ObjectReference, _ group: inout DiscardingTaskGroup) {
        switch action {
        case .write(let status, let base): group.addTask { [self] in tell(await write(status, over: base, reference)) }
        case .measure(let questions):
            group.addTask { [self] in
                async let others = inquirer.ask(questions.outside, in: reference.namespace)
                var answers = RolloutAnswers(reading: nil)
                if let rule = questions.rule { answers.reading = await measure(rule) }
                answers.outside = await others
                tell(.measured(reference, answers))
            }
        case .tell(let notice): record(notice, reference)
        // Turned into what a guard does about it.
        case .retreat: break
        case .wake(let time): wake(at: time, .timer(reference), &group)
        }
    }

    private func record(_ notice: RolloutMachine.Notice, _ reference: ObjectReference) {
        log(
            LogEvent(
                notice.isWarning ? .warning : .info, "a rollout moved",
                ["rollout": reference.key.description, "reason": notice.reason, "what": notice.message]))
        guard let uid = state.withLock({ $0.entries[reference]?.finding.uid }), !uid.isEmpty else { return }
        note(
            EventRecorder.Note(
                notice.isWarning ? .warning : .normal, apiVersion: Rollout.kind.apiVersion, kind: Rollout.kind.kind,
                object: reference.key, uid: uid, reason: notice.reason, message: notice.message))
    }

    private func write(_ status: RolloutStatus, over base: RolloutStatus, _ reference: ObjectReference) async -> Event {
        guard term.isInForce else { return .failed(reference) }
        do {
            // Read first: the specification that this was decided upon may be gone together with the status.
            let object = try await connection.client.editStatus(Rollout.kind.type, reference.key) { [term] object in
                term.isInForce && RolloutStatus(of: object.value) == base ? status.members : [:]
            }
            return object.map { .written(reference, $0) } ?? .failed(reference)
        } catch {
            if let wait = error.retryAfter { asked(wait) }
            let isNews = state.withLock { state in
                defer { state.reported = error.code }
                return state.reported != error.code
            }
            if isNews, !Task.isCancelled {
                log(LogEvent(.warning, "the status of a rollout cannot be written", ["problem": error.description]))
            }
            return .failed(reference)
        }
    }
}

extension RolloutDriver.State {
    /// Whose pods say what is new.
    fileprivate var servicesOfPods: Set<ObjectKey> {
        guard isLeading else { return [] }
        return findings.reduce(into: []) { services, finding in
            if finding.rollout.spec.revision.isEmpty { services.formUnion(finding.target?.services.map(\.key) ?? []) }
        }
    }
}

extension RolloutObject {
    /// - Parameter pods: the revisions of the namespace's pods by their names; nil while they are not known.
    init(_ finding: RolloutFinding, pods: [String: String]?) {
        var revisions: [String: String] = [:]
        for (arm, names) in finding.target?.pods ?? [:] {
            guard let pods, names.allSatisfy({ pods[$0] != nil }) else { continue }
            let found = Set(names.compactMap { pods[$0] })
            // While they differ one takes the place of the other.
            if found.count <= 1 { revisions[arm] = found.first ?? "" }
        }
        self.init(
            namespace: finding.object.namespace, name: finding.object.name, generation: finding.rollout.metadata.generation,
            spec: finding.rollout.spec, command: finding.rollout.command,
            target: finding.target.map { .init(rule: $0.rule, ready: $0.ready) },
            refusal: finding.refusal.map { .init(reason: $0.reason, message: $0.message) }, podRevisions: revisions)
    }
}
