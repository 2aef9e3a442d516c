import Base
import Documents
import Kubernetes
import Resources
import Synchronization
import Telemetry
import Translator

/// Writes Events one after the other, beside everything else, at a bounded rate. When too many wait, new ones are dropped.
final class EventWriter: Sendable {
    /// Those that wait for their turn: 4096 objects that break at once.
    static let queue = 4096
    /// Of one Event, while the API server asks to wait.
    private static let attempts = 5

    private struct State {
        var recorder: EventRecorder
        /// Whose the recorder is.
        var client: APIClient
        var limits = EventLimits()
        var figures = EventFigures()
        /// The API server asked for it.
        var pausedUntil = Instant.zero
        /// The last failure that was told.
        var reported: Int?

        /// How long the next write has to wait; nil when it is its turn.
        mutating func wait(at now: Instant) -> Duration? {
            now < pausedUntil ? pausedUntil.duration(since: now) : limits.turn(at: now)
        }
    }

    private let connection: ClusterConnection
    private let component: String
    private let instance: String
    private let term: LeaderTerm
    private let log: LogSink
    private let notes: AsyncStream<EventRecorder.Note>
    private let sink: AsyncStream<EventRecorder.Note>.Continuation
    private let state: Mutex<State>

    /// - Parameters:
    ///   - component: the controller's name.
    ///   - instance: which replica.
    ///   - term: asked before each write; what is not said then, the next leader says.
    init(_ connection: ClusterConnection, component: String, instance: String, term: LeaderTerm, log: @escaping LogSink) {
        self.connection = connection
        self.component = component
        self.instance = instance
        self.term = term
        self.log = log
        (notes, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queue))
        let client = connection.client
        state = Mutex(State(recorder: EventRecorder(client, component: component, instance: instance), client: client))
    }

    var figures: EventFigures { state.withLock { $0.figures } }

    /// Returns at once.
    func offer(_ note: EventRecorder.Note) {
        if case .dropped = sink.yield(note) { state.withLock { $0.figures.overflowed += 1 } }
    }

    /// Writes nothing for that long.
    func pause(_ wait: Duration) {
        let until = MonotonicClock.now.advanced(byNanoseconds: min(wait, .seconds(300)).wholeNanoseconds)
        state.withLock { $0.pausedUntil = max($0.pausedUntil, until) }
    }

    /// Runs until the task is cancelled.
    func run() async {
        for await note in notes where admit(note) {
            for attempt in 1...Self.attempts {
                while let wait = wait() {
                    guard (try? await Task.sleep(for: wait)) != nil else { return }
                }
                if await write(note, isLast: attempt == Self.attempts) { break }
            }
        }
    }

    /// How long the next write has to wait; nil when it is its turn, or will not be while another leads.
    private func wait() -> Duration? {
        guard term.isHeld else { return nil }
        return term.isInForce ? state.withLock { $0.wait(at: MonotonicClock.now) } : .milliseconds(200)
    }

    private func admit(_ note: EventRecorder.Note) -> Bool {
        state.withLock { state in
            switch state.limits.admit(note, at: MonotonicClock.now) {
            case .write: return true
            case .repeated: state.figures.repeated += 1
            case .excessive: state.figures.excessive += 1
            }
            return false
        }
    }

    /// - Returns: whether that was all; else the API server asked to wait.
    private func write(_ note: EventRecorder.Note, isLast: Bool) async -> Bool {
        guard term.isInForce else {
            forget(note)
            return true
        }
        do {
            let outcome = try await current().record(note) { [term] in term.isInForce }
            state.withLock { $0.reported = nil }
            switch outcome {
            case .written: state.withLock { $0.figures.written += 1 }
            case .repeated: state.withLock { $0.figures.repeated += 1 }
            case .notAllowed: forget(note)
            }
            return true
        } catch {
            if let wait = error.retryAfter {
                pause(wait)
                if !isLast { return false }
            }
            refuse(note, error)
            return true
        }
    }

    private func forget(_ note: EventRecorder.Note) { state.withLock { $0.limits.forget(note) } }

    private func refuse(_ note: EventRecorder.Note, _ error: APIError) {
        forget(note)
        let isNews = state.withLock { state in
            state.figures.refused += 1
            defer { state.reported = error.code }
            return state.reported != error.code
        }
        if isNews, !Task.isCancelled { log(LogEvent(.warning, "an event cannot be written", ["problem": error.description])) }
    }

    private func current() -> EventRecorder {
        let client = connection.client
        return state.withLock { state in
            if state.client !== client {
                state.client = client
                state.recorder = EventRecorder(client, component: component, instance: instance)
            }
            return state.recorder
        }
    }
}

extension EventRecorder.Note {
    /// nil for kinds that Martlet does not read.
    init?(_ diagnostic: Diagnostic, uid: String) {
        let field = diagnostic.path.isRoot ? "" : "\(diagnostic.path): "
        self.init(diagnostic.subject, uid: uid, reason: diagnostic.reason, message: field + diagnostic.message)
    }

    init?(_ complaint: Complaint, about object: ObjectReference, uid: String) {
        self.init(object, uid: uid, reason: complaint.reason, message: complaint.message)
    }

    private init?(_ object: ObjectReference, uid: String, reason: String, message: String) {
        guard let kind = Snapshot.kinds.first(where: { $0.kind == object.kind && $0.group == object.group }) else { return nil }
        self.init(
            .warning, apiVersion: kind.apiVersion, kind: kind.kind, object: object.key, uid: uid, reason: reason, message: message
        )
    }
}
