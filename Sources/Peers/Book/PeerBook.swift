import Base
import Kubernetes

/// Who the other replicas are, what each said last, and who fell silent. Pure: it asks nobody and reads no clock.
struct PeerBook {
    enum Event {
        /// This replica begins to lead: nothing is known of the others.
        case begin
        /// What the EndpointSlices say, as a whole.
        case places([PeerPlace])
        case answered(String, ReplicaReport)
        /// - problem: a sentence.
        case failed(String, problem: String)
        case timer
    }

    enum Action: Equatable {
        case ask(PeerPlace)
        case leave(String)
        case wake(Instant)
        /// - problem: of the last try; empty when there was none.
        case silent(PeerPlace, problem: String)
        case back(PeerPlace)
        /// Nobody says who the others are.
        case unfound
    }

    /// Without an answer for so long a replica is left out.
    static let silence = Duration.seconds(10)
    /// A timer that comes so much too late was held up here: this process stood still, and others had no chance to be heard.
    private static let lateness = Duration.seconds(2)

    private struct Entry {
        var place: PeerPlace
        var heardAt: Instant
        var report: ReplicaReport?
        var isSilent = false
        var problem = ""
    }

    /// Of this process: an answer with it comes from ourselves.
    private let identity: String
    private var entries: [String: Entry] = [:]
    private var beganAt = Instant.zero
    private var isFound = false
    private var isGivenUp = false
    private var nextWake: Instant?

    init(identity: String) { self.identity = identity }

    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .begin:
            self = PeerBook(identity: identity)
            beganAt = now
        case .places(let places): actions = take(places, now)
        case .answered(let name, let report):
            guard var entry = entries[name] else { return [] }
            if entry.isSilent { actions = [.back(entry.place)] }
            entry.isSilent = false
            entry.problem = ""
            entry.heardAt = now
            entry.report = report
            entries[name] = entry
            if report.identity == identity { actions.append(.leave(name)) }
        case .failed(let name, let problem): entries[name]?.problem = problem
        case .timer: actions = look(now)
        }
        return actions + wake()
    }

    private mutating func take(_ places: [PeerPlace], _ now: Instant) -> [Action] {
        isFound = true
        var actions: [Action] = []
        let known = Dictionary(places.map { ($0.name, $0) }) { first, _ in first }
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) where known[name] != entry.place {
            actions.append(.leave(name))
            entries[name] = nil
        }
        for place in places where entries[place.name] == nil {
            entries[place.name] = Entry(place: place, heardAt: now)
            actions.append(.ask(place))
        }
        return actions
    }

    private mutating func look(_ now: Instant) -> [Action] {
        guard let due = nextWake, due <= now else { return [] }
        nextWake = nil
        if now.duration(since: due) > Self.lateness {
            beganAt = now
            entries = entries.mapValues { entry in
                var entry = entry
                entry.heardAt = now
                return entry
            }
        }
        var actions: [Action] = []
        if !isFound, !isGivenUp, end(beganAt) <= now {
            isGivenUp = true
            actions.append(.unfound)
        }
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) where isAwaited(entry) && end(entry.heardAt) <= now {
            entries[name]?.isSilent = true
            actions.append(.silent(entry.place, problem: entry.problem))
        }
        return actions
    }

    private func isAwaited(_ entry: Entry) -> Bool { !entry.isSilent && entry.report?.identity != identity }

    private func end(_ heardAt: Instant) -> Instant { heardAt.advanced(byNanoseconds: Self.silence.wholeNanoseconds) }

    private mutating func wake() -> [Action] {
        var ends = entries.values.filter(isAwaited).map { end($0.heardAt) }
        if !isFound, !isGivenUp { ends.append(end(beganAt)) }
        // An answer moves the end away: then the timer comes too early once, and is set anew.
        guard let next = ends.min(), nextWake.map({ next < $0 }) ?? true else { return [] }
        nextWake = next
        return [.wake(next)]
    }

    // MARK: - What is known

    /// The other replicas, in the order of their names.
    var peers: [PeerFigures] {
        entries.values.filter { $0.report?.identity != identity }.sorted { $0.place.name < $1.place.name }.map { entry in
            var state = PeerFigures.State.serving
            if entry.isSilent {
                state = .silent
            } else if let report = entry.report {
                if !report.isReady { state = .leaving }
            } else {
                state = .unasked
            }
            return PeerFigures(place: entry.place, state: state, report: entry.report, problem: entry.problem)
        }
    }

    /// Who the others are was told, or nobody will tell.
    var isKnown: Bool { isFound || isGivenUp }
}
