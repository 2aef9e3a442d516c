import Base
import Kubernetes
import Resources

/// What sources delivered and no round has taken yet. Pure.
///
/// EndpointSlices have a lane of their own without any waiting: they cost no translation, and requests fail meanwhile. A storm is taken in
/// parts, one after the other: what a round makes and what it replaces are there at the same time, and with thousands of objects that would
/// be as much as all of them take.
struct Inbox {
    struct Round {
        var changes: [SourceChange]
        /// Of how many batches they are.
        var deliveries = 0
        /// When the oldest of them was there.
        var oldest: Instant
        var isComplete: Bool
        /// False for a round of EndpointSlices and marks only.
        var isPaced: Bool
        /// How far the changes bring their feeds.
        var marks = FeedMarks()
        /// There is more, which waits for nothing.
        var isPart = false

        /// Nothing changed up to the marks.
        var isEmpty: Bool { changes.isEmpty && !isPaced }
    }

    private struct Lane {
        var changes: [SourceChange] = []
        var deliveries = 0
        var oldest: Instant?
        var marks = FeedMarks()
        /// None of the changes belong together.
        private var isDivisible = true

        mutating func add(_ more: [SourceChange], _ marks: FeedMarks, _ receivedAt: Instant, isWhole: Bool) {
            guard !more.isEmpty || !marks.isEmpty else { return }
            changes += more
            if isWhole { isDivisible = false }
            self.marks.merge(marks)
            if !more.isEmpty { deliveries += 1 }
            oldest = min(oldest ?? receivedAt, receivedAt)
        }

        /// Takes out what is one round's.
        mutating func take(all: Bool) -> [SourceChange] {
            guard !all, isDivisible, changes.count > Inbox.mostOfRound else {
                defer { self = Lane() }
                return changes
            }
            defer { changes.removeFirst(Inbox.mostOfRound) }
            return Array(changes.prefix(Inbox.mostOfRound))
        }

        /// Others were taken, and what these marks speak of was not.
        mutating func wait(with marks: FeedMarks, since oldest: Instant) {
            guard !marks.isEmpty else { return }
            self.marks = marks
            self.oldest = oldest
        }
    }

    /// Changes of a lane that one round takes; a folder's, which belong together, are never divided.
    static let mostOfRound = 1024

    private var endpoints = Lane()
    private var others = Lane()
    private var debounce: Debounce
    private var isComplete = false
    /// The first translation is news without any change.
    private var isNewlyComplete = false
    /// When somebody will come and take.
    private var wake: Instant?

    init(_ debounce: Debounce = Debounce()) { self.debounce = debounce }

    /// - Returns: when to come and take; nil when that is arranged already.
    mutating func add(_ batch: SourceBatch, at now: Instant) -> Instant? {
        let isUrgent = { (change: SourceChange) in change.kind == EndpointSlice.kind && !batch.isWhole }
        let urgent = batch.changes.filter(isUrgent)
        endpoints.add(urgent, FeedMarks(), batch.receivedAt, isWhole: false)
        // Marks never overtake the changes that they speak of: those without changes wait where changes wait longest.
        others.add(batch.changes.filter { !isUrgent($0) }, batch.marks, batch.receivedAt, isWhole: batch.isWhole)
        if batch.isComplete, !isComplete {
            isComplete = true
            isNewlyComplete = true
        }
        return arrange(now)
    }

    /// What is due now; nil when nothing is.
    mutating func take(at now: Instant) -> Round? {
        wake = nil
        let takesAll = isNewlyComplete || others.oldest.map { debounce.due($0) <= now } ?? false
        guard takesAll || endpoints.oldest != nil else { return nil }
        var round = Round(
            changes: [], oldest: endpoints.oldest ?? now, isComplete: isComplete,
            isPaced: takesAll && (isNewlyComplete || others.deliveries > 0))
        // There is nothing yet that the first translation would replace, and it shall be of everything.
        let urgent = endpoints.take(all: isNewlyComplete)
        guard takesAll else {
            round.changes = urgent
            return round
        }
        round.deliveries = others.deliveries
        round.oldest = min(round.oldest, others.oldest ?? now)
        let marks = others.marks
        round.changes = others.take(all: isNewlyComplete) + urgent
        round.isPart = !others.changes.isEmpty || !endpoints.changes.isEmpty
        // They hold when everything before them was taken.
        if round.isPart { others.wait(with: marks, since: round.oldest) } else { round.marks = marks }
        isNewlyComplete = false
        return round
    }

    /// A visit ended that had found `round`. - Returns: when to come again; nil when that is arranged, or nothing waits.
    mutating func finished(_ round: Round?, startedAt: Instant, at now: Instant) -> Instant? {
        if let round, round.isPaced, !round.isPart {
            debounce.finished(deliveries: round.deliveries, oldest: round.oldest, startedAt: startedAt, at: now)
        }
        return arrange(now)
    }

    private mutating func arrange(_ now: Instant) -> Instant? {
        var next: Instant?
        if endpoints.oldest != nil || isNewlyComplete { next = now }
        if let oldest = others.oldest { next = min(next ?? debounce.due(oldest), debounce.due(oldest)) }
        guard let next, wake.map({ next < $0 }) ?? true else { return nil }
        wake = next
        return next
    }
}
