import Base
import Fetch

/// The beginning of a watch that was asked for everything that exists (KEP-3157): what came of it so far.
struct InitialStream {
    /// What the server was asked to end the watch after.
    let endsAfter: Duration
    var openedAt: Instant?
    /// When it last brought an object.
    private(set) var heardAt = Instant.zero
    private var objects: [ObjectKey: Object] = [:]

    init(endsAfter: Duration) { self.endsAfter = endsAfter }

    mutating func open(at now: Instant) {
        openedAt = now
        heardAt = now
    }

    /// Objects may change while they are sent: the last word counts.
    mutating func take(_ object: Object, isDeleted: Bool, at now: Instant) {
        heardAt = now
        objects[object.key] = isDeleted ? nil : object
    }

    var sorted: [Object] { objects.values.sorted { $0.key < $1.key } }
}

extension ListWatchMachine {
    /// Statuses of servers that do not know what a streamed list is: the parameters are refused (Kubernetes answers 422 while its
    /// feature WatchList is off), or something between refuses the form of the request.
    private static let refusals: Set<Int> = [400, 405, 406, 415, 422, 501]

    mutating func handle(_ event: Event, _ listing: Listing, _ now: Instant) -> [Action] {
        switch event {
        case .watchOpened: initial.open(at: now)
        case .changed(let object): initial.take(object, isDeleted: false, at: now)
        case .deleted(let object): initial.take(object, isDeleted: true, at: now)
        case .bookmark(let version, endsInitialEvents: true): return ended(version)
        // A server that streams lists sends no other bookmark before (kube-apiserver holds them back): this one ignored what we asked.
        case .bookmark(_, endsInitialEvents: false): return [.closeWatch] + takePages(for: .good)
        case .timer:
            let silence = now.duration(since: initial.heardAt)
            if initial.openedAt != nil, silence >= settings.streamSilence {
                return [.closeWatch] + takePages(for: .good)
            }
        case .unreadable(let line):
            return [.closeWatch] + report(APIError(call, .unreadable(line)), .unreadable) + cut(listing)
        case .watchEnded(nil):
            // In order, but without the end: the server stops, or knows no better.
            return [.closeWatch] + cut(listing, isRefusal: true)
        case .requestFailed(let error), .watchEnded(.some(let error)): return [.closeWatch] + failed(listing, error)
        case .start, .page: break
        }
        return []
    }

    /// The watch goes on behind the list, on the same connection.
    private mutating func ended(_ version: String) -> [Action] {
        state = .watching(
            Watching(resourceVersion: version, openedAt: initial.openedAt, endsAfter: initial.endsAfter, isProductive: true))
        return listed(initial.sorted)
    }

    private mutating func failed(_ listing: Listing, _ error: APIError) -> [Action] {
        if initial.openedAt == nil {
            if Self.refusals.contains(error.code) { return takePages(for: .good) }
            // The verb "watch" may be missing where "list" is granted, and what 404 means, a list tells.
            if error.code == 403 || error.code == 404 { return takePages(for: .once) }
        } else if error.isTransport {
            return report(error, .unreachable) + cut(listing)
        }
        return error.isGone ? listFailed(listing, error) : rest(after: error, then: .list(listing))
    }

    /// A stream ended in the middle: what came of it is no list. The second time in a row pages are tried, of which each is short.
    private mutating func cut(_ listing: Listing, isRefusal: Bool = false) -> [Action] {
        var next = listing
        next.cuts += 1
        if next.cuts >= 2 {
            next.form = .paged
            if isRefusal { refusesStreams = true }
        }
        state = .resting(.list(next))
        return [.rest(transient.next(&random))]
    }

    /// Everything that exists is on its way.
    var isStreaming: Bool { if case .streaming = state { true } else { false } }

    private enum Time { case once, good }

    private mutating func takePages(for time: Time) -> [Action] {
        if time == .good { refusesStreams = true }
        return begin(.list(Listing(form: .paged)))
    }
}
