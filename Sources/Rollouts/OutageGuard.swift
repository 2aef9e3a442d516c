public import Base
public import Resources

/// Takes a revision back at one replica while nobody can write that it was taken back. Pure.
///
/// While the API server gives no answer there is no leader, and statuses stay as they are. A replica that sees for itself, by its own
/// counters and those of the replicas that answer it, that the canary arm is worse gives everything to the stable arm on its own. It never
/// moves anything the other way: not when the figures become better, and not when the API server is there again. What it did is told to
/// whoever leads then, and holds until the status is out of that cycle.
public struct OutageGuard: Sendable {
    public enum Event: Sendable {
        case seen(RolloutObject, RolloutStatus)
        /// Whether the API server gives no answer.
        case outage(Bool)
        /// nil when nobody could be asked.
        case measured(ArmReading?)
        /// Somebody found out, and could not write it.
        case found(Retreat)
        case timer
    }

    /// That a revision was taken back here, and why.
    public struct Retreat: Sendable, Equatable {
        public var revision: String
        /// A sentence.
        public var why: String

        public init(revision: String, why: String) {
            self.revision = revision
            self.why = why
        }
    }

    public enum Action: Sendable, Equatable {
        /// Reads what the arms of a rule counted.
        case measure(rule: String)
        /// Obeys the stable arm from now on, and nil: the status again.
        case obey(Retreat?)
        case wake(Instant)
    }

    private var object: RolloutObject?
    private var status = RolloutStatus()
    private var isOutage = false
    private var window = CountingWindow()
    private var failures = 0
    private var isMeasuring = false
    private var measureAt = Instant.zero
    public private(set) var retreat: Retreat?

    public init() {}

    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .seen(let object, let status):
            if status.revision != self.status.revision || status.step != self.status.step { begin() }
            self.object = object
            self.status = status
            // Out of the cycle the status itself gives everything to one arm.
            if let retreat, status.step == 0 || status.revision != retreat.revision { actions += obey(nil) }
        case .outage(let isOutage):
            if isOutage != self.isOutage { begin() }
            self.isOutage = isOutage
        case .measured(let reading):
            isMeasuring = false
            if let reading { actions += take(reading) }
        case .found(let found): if status.step > 0, found.revision == status.revision { actions += obey(found) }
        case .timer: break
        }
        return actions + measure(now)
    }

    private mutating func begin() {
        window = CountingWindow()
        failures = 0
        measureAt = .zero
    }

    private mutating func obey(_ retreat: Retreat?) -> [Action] {
        guard self.retreat != retreat, retreat == nil || self.retreat == nil else { return [] }
        self.retreat = retreat
        return [.obey(retreat)]
    }

    /// What there is to judge by, where it may be acted upon.
    private var analysis: RolloutAnalysis? {
        guard isOutage, retreat == nil, let object, object.refusal == nil, status.step > 0, status.hold == nil,
            object.spec.onFailure.action == .rollback
        else { return nil }
        let stage = object.spec.step(status.step)
        return stage.analysis && stage.isFollowed(by: status) ? object.spec.analysis : nil
    }

    private mutating func measure(_ now: Instant) -> [Action] {
        guard let analysis, let rule = object?.target?.rule, !isMeasuring else { return [] }
        guard now >= measureAt else { return [.wake(measureAt)] }
        isMeasuring = true
        measureAt = now.advanced(byNanoseconds: analysis.interval.wholeNanoseconds)
        return [.measure(rule: rule), .wake(measureAt)]
    }

    private mutating func take(_ reading: ArmReading) -> [Action] {
        guard let analysis else { return [] }
        guard window.isOpen else {
            window.restart(at: reading)
            return []
        }
        switch window.judge(analysis, status, in: reading) {
        case nil, .inconclusive?: return []
        case .pass?: window.restart(at: reading)
        case .fail(let why)?:
            window.restart(at: reading)
            failures += 1
            if failures + (status.analysis?.failures ?? 0) > analysis.failureLimit {
                return obey(Retreat(revision: status.revision, why: why))
            }
        }
        return []
    }
}
