import Base
import Documents
import Kubernetes
import Resources
import Translator

/// Decides which statuses to write, when, and what to do when that fails. Pure: it performs nothing and reads no clock.
///
/// It is told what is (objects as the watch brings them), what ought to be (translations) and what the proxy serves
/// (acknowledgements, and what other replicas say). A status is written when the two differ: after every worker serves what it speaks of,
/// or a second later if one does not. Only the leader writes, while its term lasts, at most `width` objects at a time.
struct StatusMachine {
    struct Settings {
        var controllerName: String
        /// Writes under way at the same time.
        var width = 8
        /// How long a status waits for the workers before it says that they do not serve it yet.
        var patience: Duration = .seconds(1)
    }

    /// What a round of the controller brought.
    struct Round: Sendable {
        /// Changes of Ingresses and Routes.
        var changes: [SourceChange] = []
        /// What a translation changed; nil when there was none in this round.
        var edits: [StatusEdit]?
        /// Of the graph that belongs to them.
        var generation: UInt64 = 0
    }

    enum Event: Sendable {
        case round(Round)
        case acknowledged(UInt64)
        /// Until when this replica leads if it hears nothing else; nil when it does not.
        case leading(until: Instant?)
        case addresses(LoadBalancerAddresses)
        /// The other replicas, as they are now.
        case fleet(Fleet)
        /// A write ended well; the object as it is now, nil when it is gone.
        case written(ObjectReference, Value?)
        case failed(ObjectReference, APIError)
        case timer
    }

    /// What is to be true of an object.
    enum Intent: Sendable, Equatable {
        case parents(RouteParents)
        case loadBalancer(LoadBalancerAddresses)
    }

    enum Action {
        /// `known` is the object as last seen: its metadata and status.
        case write(ObjectReference, known: Value, Intent)
        case wake(Instant)
        /// Told once per kind of failure.
        case report(APIError)
    }

    static let kinds: [ResourceKind] = [Ingress.kind, Route.kind]

    let settings: Settings
    var book = StatusBook()
    private var leadsUntil: Instant?
    private var isLeading: Bool { leadsUntil != nil }
    private var acknowledged: UInt64 = 0
    /// nil where this replica is taken to be alone.
    private var fleet: Fleet?
    /// Objects of which more is to be said when the fleet changes, and how they stood when they were last looked at.
    private var unsettled: [ObjectReference: Standing] = [:]
    /// Nobody is said to be late before: who has just begun to lead, or was told that a replica serves less than before, has to hear more.
    private var patientUntil = Instant.zero
    /// When one of the unsettled has waited long enough.
    private var sweepAt: Instant?
    private var sweptAt = Instant.zero
    private var addresses: LoadBalancerAddresses
    private var underWay = 0
    /// Nothing is written before: the API server asked for it, or did not answer.
    private var pausedUntil = Instant.zero
    private var backoff: Duration = .zero
    private var nextWake: Instant?
    /// Kinds whose status we may not write, and until when nobody tries again.
    private var denied: [String: Instant] = [:]
    /// The last failure that was told, by kind.
    private var reported: [String: Int] = [:]

    /// - Parameter fleet: nil where this replica is taken to be alone.
    init(_ settings: Settings, addresses: LoadBalancerAddresses = .none, fleet: Fleet? = nil) {
        self.settings = settings
        self.addresses = addresses
        self.fleet = fleet
    }

    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .round(let round): take(round, now)
        case .acknowledged(let generation):
            acknowledged = max(acknowledged, generation)
            for reference in book.served(by: acknowledged) { consider(reference, now) }
        case .leading(let until):
            let begins = !isLeading && until != nil
            leadsUntil = until
            if begins || until == nil {
                unsettled = [:]
                sweepAt = nil
            }
            if begins {
                if fleet != nil { beginPatience(now) }
                considerAll(now)
            }
        case .fleet(let fleet): see(fleet, now)
        case .addresses(let addresses):
            guard addresses != self.addresses else { return [] }
            self.addresses = addresses
            considerAll(now)
        case .written(let reference, let object):
            underWay -= 1
            backoff = .zero
            reported[reference.kind] = nil
            book.finish(reference, object)
            if denied.removeValue(forKey: reference.kind) != nil { considerAll(now) } else { consider(reference, now) }
        case .failed(let reference, let error):
            underWay -= 1
            actions = fail(reference, error, now)
        case .timer:
            if nextWake.map({ $0 <= now }) ?? false { nextWake = nil }
            for reference in book.overdue(at: now) { consider(reference, now) }
            if sweepAt.map({ $0 <= now }) ?? false { sweep(now) }
        }
        return actions + start(now)
    }

    // MARK: - What to do

    private mutating func take(_ round: Round, _ now: Instant) {
        let patientUntil = now.advanced(byNanoseconds: settings.patience.wholeNanoseconds)
        let othersUntil = fleet == nil ? Instant.zero : patientUntil
        var touched = Set(round.changes.flatMap { book.observe($0, patientUntil: othersUntil) })
        if let edits = round.edits {
            touched.formUnion(book.want(edits, generation: round.generation, patientUntil: patientUntil))
            // Workers are quick: they may have taken the graph before this was told of it.
            _ = book.served(by: acknowledged)
        }
        for reference in touched.sorted() { consider(reference, now) }
    }

    private mutating func considerAll(_ now: Instant) {
        for reference in book.references { consider(reference, now) }
    }

    /// Puts the object into the queue when something has to be written about it, and the time for it has come.
    private mutating func consider(_ reference: ObjectReference, _ now: Instant) {
        guard let entry = book[reference], intent(reference, entry, now) != nil else { return }
        book.enqueue(reference)
    }

    /// What has to be written; nil when nothing has, or not yet.
    private mutating func intent(_ reference: ObjectReference, _ entry: StatusBook.Entry, _ now: Instant) -> Intent? {
        guard let seen = entry.object, book.wasTranslated, denied[reference.kind] ?? now <= now else { return nil }
        let standing = standing(reference, entry)
        let isServed = standing.isServed
        let patience = max(entry.patientUntil, patientUntil)
        if isLeading, fleet != nil {
            unsettled[reference] = standing == .settled || !entry.isOurs ? nil : standing
            if !isServed, patience > now { sweepAt = min(sweepAt ?? patience, patience) }
        }
        guard isServed || patience <= now || !entry.isOurs else { return nil }
        let object = seen.value(of: reference)
        if reference.kind == Ingress.kind.kind {
            guard entry.isOurs else {
                // Somebody else's now: only what we wrote ourselves goes.
                guard let written = entry.written, written != .none, written.isWritten(in: object) else { return nil }
                return .loadBalancer(.none)
            }
            return isServed && !addresses.isWritten(in: object) ? .loadBalancer(addresses) : nil
        }
        let parents = RouteParents(
            statuses: entry.statuses, controllerName: settings.controllerName, programmed: standing.programmed)
        let current = object[at: "status", "parents"]
        return parents.merged(into: current, now: "") == (current?.array?.isEmpty == true ? nil : current)
            ? nil : .parents(parents)
    }

    private func standing(_ reference: ObjectReference, _ entry: StatusBook.Entry) -> Standing {
        Standing(reference, since: entry.since, here: entry.generation <= acknowledged, fleet)
    }

    private mutating func see(_ fleet: Fleet, _ now: Instant) {
        guard let known = self.fleet, fleet != known else { return }
        self.fleet = fleet
        guard isLeading else { return }
        if fleet.isLess(than: known) {
            // Rare: a replica that is new, or whose server was restored. Its feeds, and ours, do not all begin anew at the same moment.
            beginPatience(now)
            for reference in book.references where unsettled[reference] == nil {
                guard let entry = book[reference], entry.object != nil, entry.isOurs else { continue }
                let standing = standing(reference, entry)
                if !standing.isServed { unsettled[reference] = standing }
            }
        }
        let changed = unsettled.filter { reference, before in
            book[reference].map { $0.object == nil || !$0.isOurs || standing(reference, $0) != before } ?? true
        }
        for reference in changed.keys.sorted() {
            unsettled[reference] = nil
            consider(reference, now)
        }
    }

    /// Looks at those of the unsettled that have waited long enough since the last time.
    private mutating func sweep(_ now: Instant) {
        let since = sweptAt
        sweptAt = now
        sweepAt = nil
        var due: [ObjectReference] = []
        for reference in unsettled.keys {
            let patience = max(book[reference]?.patientUntil ?? .zero, patientUntil)
            if patience > now {
                sweepAt = min(sweepAt ?? patience, patience)
            } else if patience > since {
                due.append(reference)
            }
        }
        for reference in due.sorted() { consider(reference, now) }
    }

    private mutating func beginPatience(_ now: Instant) {
        patientUntil = now.advanced(byNanoseconds: settings.patience.wholeNanoseconds)
        sweepAt = min(sweepAt ?? patientUntil, patientUntil)
    }

    private mutating func start(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        while leads(at: now), underWay < settings.width, now >= pausedUntil, let reference = book.next() {
            guard let entry = book[reference], let seen = entry.object, let intent = intent(reference, entry, now) else {
                continue
            }
            if case .loadBalancer(let addresses) = intent { book.note(reference, written: addresses) }
            book.begin(reference)
            underWay += 1
            actions.append(.write(reference, known: seen.value(of: reference), intent))
        }
        return actions + wake(now)
    }

    /// The clock decides, not who told us what: this process may have stood still while another began to lead.
    private func leads(at now: Instant) -> Bool { leadsUntil.map { now < $0 } ?? false }

    private mutating func wake(_ now: Instant) -> [Action] {
        var next = book.nextDeadline
        if leads(at: now), book.hasQueued, pausedUntil > now { next = min(next ?? pausedUntil, pausedUntil) }
        if let sweepAt { next = min(next ?? sweepAt, sweepAt) }
        guard let next, nextWake.map({ next < $0 }) ?? true else { return [] }
        nextWake = next
        return [.wake(next)]
    }

    // MARK: - Failures

    private mutating func fail(_ reference: ObjectReference, _ error: APIError, _ now: Instant) -> [Action] {
        var wait: Duration
        switch error.code {
        case 403, 404, 422:
            // Asking again soon gives the same answer: a refusal, or a definition without statuses, for all of the kind; an invalid
            // object for itself.
            let next = now.advanced(byMilliseconds: 60_000)
            if error.code != 422 { denied[reference.kind] = next }
            book.retry(reference, at: next)
            return report(reference, error)
        case 409:
            book.retry(reference, at: now.advanced(byMilliseconds: 1_000))
            return []
        default:
            // What was under way when the first one failed is the same failure.
            if now >= pausedUntil { backoff = backoff == .zero ? .milliseconds(500) : min(backoff * 2, .seconds(30)) }
            wait = backoff
        }
        if let asked = error.retryAfter { wait = max(wait, min(asked, .seconds(300))) }
        pausedUntil = max(pausedUntil, now.advanced(byNanoseconds: wait.wholeNanoseconds))
        book.retry(reference, at: pausedUntil)
        return error.code == 429 ? [] : report(reference, error)
    }

    private mutating func report(_ reference: ObjectReference, _ error: APIError) -> [Action] {
        reported.updateValue(error.code, forKey: reference.kind) == error.code ? [] : [.report(error)]
    }
}
