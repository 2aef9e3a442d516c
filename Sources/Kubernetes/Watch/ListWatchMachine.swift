public import Base
import Fetch

/// Keeps up with one type of object: a list, then a watch, resumed for as long as the server allows it.
///
/// A list is streamed as the beginning of the watch (KEP-3157) where the server can do that, and taken in pages where it cannot: then
/// both sides hold one object at a time in its long form, not a page of 500, and the server answers from its cache.
///
/// States: `idle`, `streaming` and `listing` (objects are collected, nothing of them shows until the last), `watching`, `probing` (one
/// small list that tells whether the server still knows our version) and `resting` until a timer. It does no I/O and reads no clock:
/// the driver performs the actions in order, has at most one request open, and answers with events.
///
/// It promises that what it handed on is always one consistent list plus the changes since, in order; that a list replaces
/// everything at once; and that no failure stops it.
public struct ListWatchMachine: Sendable {
    public struct Settings: Sendable {
        /// Objects per page of a list.
        public var pageLimit = 500
        /// What the server is asked to end a watch after; up to a fifth less, so that watches do not end all at once.
        public var watchSeconds = 290
        /// How much longer than that silence on a watch is believed.
        public var idleMargin: Duration = .seconds(20)
        /// Ask for lists as the beginning of a watch.
        public var streams = true
        /// Silence after which a streamed list is believed to have no end.
        public var streamSilence: Duration = .seconds(10)

        public init() {}
    }

    enum State {
        case idle
        case listing(Listing)
        case streaming(Listing)
        case probing(resourceVersion: String)
        case watching(Watching)
        case resting(Next)
    }

    /// A list of which some pages may have come.
    struct Listing {
        enum Form {
            /// As the beginning of a watch, where that is not known to be refused.
            case streamed
            case paged
            /// After the second list that expired half-way, one answer without pages: it cannot expire.
            case whole
        }

        var form = Form.streamed
        var objects: [Object] = []
        var continueToken: String?
        var expirations = 0
        /// Streams that broke before their end.
        var cuts = 0
    }

    struct Watching {
        var resourceVersion: String
        var openedAt: Instant?
        var endsAfter: Duration
        var isProductive = false
    }

    enum Next {
        case list(Listing)
        case watch(resourceVersion: String)
        case probe(resourceVersion: String)
    }

    public enum Event: Sendable {
        case start
        /// The answer to `.list` and `.probe`.
        case page(objects: [Object], resourceVersion: String, continueToken: String?)
        case requestFailed(APIError)
        case watchOpened
        case changed(Object)
        case deleted(Object)
        /// - endsInitialEvents: everything that existed at that version was sent.
        case bookmark(resourceVersion: String, endsInitialEvents: Bool)
        /// A line of the watch that is no event, or an event of no known type.
        case unreadable(String)
        /// The watch ended: nil when the server closed it in order.
        case watchEnded(APIError?)
        /// The rest is over; or, in a streamed list, time went by.
        case timer
    }

    public enum Action: Sendable {
        case list(limit: Int?, continueToken: String?)
        case probe
        case watch(resourceVersion: String, timeoutSeconds: Int, idle: Duration)
        /// A watch that begins with all objects. Until `replace`, `timer` is expected now and then.
        case stream(timeoutSeconds: Int, idle: Duration)
        case closeWatch
        case rest(Duration)
        /// All objects that exist, at once.
        case replace([Object])
        case put(Object)
        case remove(ObjectKey)
        /// The server has no such resource: there are no objects.
        case missing
        /// Told once per trouble, not once per attempt.
        case report(APIError)
        case recovered
    }

    var state = State.idle
    let settings: Settings
    var random: SeededRandom
    var transient = Backoff(first: .milliseconds(200), most: .seconds(30))
    var denied = Backoff(first: .seconds(5), most: .seconds(120))
    var absent = Backoff(first: .seconds(2), most: .seconds(30))
    var reported: Trouble?
    /// What came of a streamed list; outside of the state, so that it grows in place.
    var initial = InitialStream(endsAfter: .zero)
    /// The server was asked for a streamed list and cannot do it; it is not asked again.
    var refusesStreams = false
    /// Waits before lists that follow a version given up, for as long as no watch makes progress.
    private var relisting = Backoff(first: .milliseconds(200), most: .seconds(30))
    var hasObjects = false
    let call: APIError.Call

    /// What makes two failures the same trouble.
    enum Trouble: Equatable {
        case denied(Int)
        case absent
        case server(Int)
        case unreachable
        case unreadable
    }

    /// `call` names the type and namespace in troubles that the machine itself finds.
    public init(_ settings: Settings = Settings(), seed: UInt64, watching call: APIError.Call) {
        self.settings = settings
        self.call = call
        random = SeededRandom(seed: seed)
    }

    /// The resource version up to which everything is known; nil while there is no such.
    var position: String? {
        switch state {
        case .watching(let watch): watch.resourceVersion
        case .probing(let version), .resting(.watch(let version)), .resting(.probe(let version)): version
        case .idle, .listing, .streaming, .resting(.list): nil
        }
    }

    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch (state, event) {
        case (.idle, .start): begin(.list(Listing()))
        case (.resting(let next), .timer): begin(next)
        case (.listing(let listing), .page(let objects, let version, let token)):
            page(listing, objects, resourceVersion: version, continueToken: token)
        case (.listing(let listing), .requestFailed(let error)): listFailed(listing, error)
        case (.streaming(let listing), _): handle(event, listing, now)
        case (.probing(let version), .page(_, let current, _)):
            ResourceVersion.isOlder(current, than: version) ? relist() : begin(.watch(resourceVersion: version))
        case (.probing(let version), .requestFailed(let error)): rest(after: error, then: .probe(resourceVersion: version))
        case (.watching(let watch), _): handle(event, watch, now)
        // An answer to a request that was given up.
        default: []
        }
    }

    mutating func begin(_ next: Next) -> [Action] {
        switch next {
        case .list(let listing) where listing.form == .streamed && settings.streams && !refusesStreams:
            let (seconds, idle) = watchLimits()
            state = .streaming(listing)
            initial = InitialStream(endsAfter: .seconds(seconds))
            return [.stream(timeoutSeconds: seconds, idle: idle)]
        case .list(var listing):
            if listing.form == .streamed { listing.form = .paged }
            state = .listing(listing)
            return [.list(limit: listing.form == .whole ? nil : settings.pageLimit, continueToken: listing.continueToken)]
        case .probe(let version):
            state = .probing(resourceVersion: version)
            return [.probe]
        case .watch(let version):
            let (seconds, idle) = watchLimits()
            state = .watching(Watching(resourceVersion: version, endsAfter: .seconds(seconds)))
            return [.watch(resourceVersion: version, timeoutSeconds: seconds, idle: idle)]
        }
    }

    private mutating func watchLimits() -> (seconds: Int, idle: Duration) {
        let seconds = settings.watchSeconds - Int(random.below(UInt32(clamping: settings.watchSeconds / 5 + 1)))
        return (seconds, .seconds(seconds) + settings.idleMargin)
    }
}

// MARK: - Lists

extension ListWatchMachine {
    private mutating func page(
        _ listing: Listing, _ objects: [Object], resourceVersion: String, continueToken: String?
    ) -> [Action] {
        var listing = listing
        listing.objects += objects
        transient.reset()
        if let continueToken, !continueToken.isEmpty {
            listing.continueToken = continueToken
            return begin(.list(listing))
        }
        return listed(listing.objects) + begin(.watch(resourceVersion: resourceVersion))
    }

    /// Everything that exists is known.
    mutating func listed(_ objects: [Object]) -> [Action] {
        transient.reset()
        denied.reset()
        absent.reset()
        hasObjects = !objects.isEmpty
        initial = InitialStream(endsAfter: .zero)
        return [.replace(objects)] + recovery()
    }

    mutating func listFailed(_ listing: Listing, _ error: APIError) -> [Action] {
        guard error.isGone else {
            if error.code == 404 { return missing(error) }
            return rest(after: error, then: .list(listing))
        }
        // The pages belong to a version that is no longer kept: what came so far is of no use.
        var next = Listing()
        next.expirations = listing.expirations + 1
        next.form = listing.form == .streamed ? .streamed : next.expirations < 2 ? .paged : .whole
        return next.expirations > 2 ? rest(after: error, then: .list(next)) : begin(.list(next))
    }

    mutating func missing(_ error: APIError) -> [Action] {
        let isFirst = absent.attempts == 0
        let wait = absent.next(&random)
        state = .resting(.list(Listing()))
        var actions = report(error, .absent)
        // A server that just started may not know its CRDs yet, so objects are believed gone only at the second answer.
        if !hasObjects || !isFirst {
            hasObjects = false
            actions.append(.missing)
        }
        return actions + [.rest(wait)]
    }

    /// Everything anew. The first time at once; again without progress between, after a rest.
    private mutating func relist() -> [Action] {
        let isFirst = relisting.attempts == 0
        let wait = relisting.next(&random)
        if isFirst { return begin(.list(Listing())) }
        state = .resting(.list(Listing()))
        return [.rest(wait)]
    }
}

// MARK: - Watches

extension ListWatchMachine {
    private mutating func handle(_ event: Event, _ watch: Watching, _ now: Instant) -> [Action] {
        var watch = watch
        switch event {
        case .watchOpened:
            watch.openedAt = now
            state = .watching(watch)
            return reported == .unreadable ? [] : recovery()
        case .changed(let object):
            return advance(watch, to: object.resourceVersion) { [.put(object)] }
        case .deleted(let object):
            return advance(watch, to: object.resourceVersion) { [.remove(object.key)] }
        case .bookmark(let version, _):
            return advance(watch, to: version) { [] }
        case .unreadable(let line):
            let trouble = report(APIError(call, .unreadable(line)), .unreadable)
            // Met twice at the same version, the line will be there a third time: read everything instead.
            let next: Next =
                watch.isProductive || transient.attempts == 0
                ? .watch(resourceVersion: watch.resourceVersion) : .list(Listing())
            state = .resting(next)
            return [.closeWatch] + trouble + [.rest(transient.next(&random))]
        case .requestFailed(let error), .watchEnded(.some(let error)): return watchFailed(watch, error)
        case .watchEnded(nil): return watchClosed(watch, now)
        case .start, .page, .timer: return []
        }
    }

    private mutating func advance(_ watch: Watching, to version: String, _ actions: () -> [Action]) -> [Action] {
        // Versions only grow, unless the server was restored from a backup or started afresh: then nothing we hold is true.
        guard !ResourceVersion.isOlder(version, than: watch.resourceVersion) else { return [.closeWatch] + relist() }
        var watch = watch
        watch.resourceVersion = version.isEmpty ? watch.resourceVersion : version
        watch.isProductive = true
        state = .watching(watch)
        transient.reset()
        denied.reset()
        relisting.reset()
        hasObjects = true
        return recovery() + actions()
    }

    private mutating func watchFailed(_ watch: Watching, _ error: APIError) -> [Action] {
        // 504 with this reason: the server has not (or no longer) come as far as our version.
        let isAhead = error.code == 504 && error.message.contains("Too large resource version")
        if error.isGone || isAhead { return [.closeWatch] + relist() }
        if error.code == 404 { return [.closeWatch] + missing(error) }
        if error.isTransport, watch.isProductive || watch.openedAt != nil, transient.attempts == 0 {
            // Cut while it worked: usual with proxies between, and told only if it does not come back.
            state = .resting(.probe(resourceVersion: watch.resourceVersion))
            return [.closeWatch, .rest(transient.next(&random))]
        }
        return [.closeWatch] + rest(after: error, then: .probe(resourceVersion: watch.resourceVersion))
    }

    private mutating func watchClosed(_ watch: Watching, _ now: Instant) -> [Action] {
        let lived = watch.openedAt.map { now.duration(since: $0) } ?? .zero
        if lived >= watch.endsAfter - .seconds(2) {
            transient.reset()
            return [.closeWatch] + begin(.watch(resourceVersion: watch.resourceVersion))
        }
        // Closed before its time: perhaps the server stops, and another one with another history follows.
        if lived >= .seconds(5) { transient.reset() }
        state = .resting(.probe(resourceVersion: watch.resourceVersion))
        return [.closeWatch, .rest(transient.next(&random))]
    }
}

// MARK: - Trouble

extension ListWatchMachine {
    mutating func rest(after error: APIError, then next: Next) -> [Action] {
        state = .resting(next)
        switch error.code {
        case 401, 403:
            let trouble = report(error, .denied(error.code))
            let wait = denied.next(&random)
            // Another token is one file away, and with it everything that changed meanwhile.
            return trouble + [.rest(error.code == 401 && wait > .seconds(30) ? wait / 4 : wait)]
        case 404: return missing(error)
        case 410: state = .resting(.list(Listing()))
        default: break
        }
        var wait = transient.next(&random)
        if case .transport(let failure) = error.cause {
            // A refusal costs nobody anything, and people wait for the server to come back.
            wait = min(wait, .seconds(8))
            // Nothing listened: what comes back may have another history, even with versions like ours.
            if failure.kind == .connectionRefused, case .resting(.probe) = state { state = .resting(.list(Listing())) }
        }
        if let asked = error.retryAfter {
            // As long as the server asks (RFC 9110 section 10.2.3), within reason, and not all clients at the same moment.
            wait = min(asked, .seconds(300)) + jitter(upTo: min(asked, .seconds(10)) / 5, &random)
        }
        return report(error, error.isTransport ? .unreachable : .server(error.code)) + [.rest(wait)]
    }

    mutating func report(_ error: APIError, _ trouble: Trouble) -> [Action] {
        guard reported != trouble else { return [] }
        reported = trouble
        return [.report(error)]
    }

    mutating func recovery() -> [Action] {
        guard reported != nil else { return [] }
        reported = nil
        return [.recovered]
    }
}
