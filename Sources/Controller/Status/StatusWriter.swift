import Base
import Documents
import Foundation
import Kubernetes
import Resources
import Synchronization
import Telemetry

/// Runs a `StatusMachine` against the API server.
final class StatusWriter: Sendable {
    struct Counts: Sendable, Equatable {
        var written: UInt64 = 0
        var failed: UInt64 = 0
    }

    private let connection: ClusterConnection
    private let term: LeaderTerm
    private let asked: @Sendable (Duration) -> Void
    private let log: LogSink
    private let events: AsyncStream<StatusMachine.Event>
    private let sink: AsyncStream<StatusMachine.Event>.Continuation
    private let machine: Mutex<StatusMachine>
    private let counted = Mutex(Counts())

    /// - Parameters:
    ///   - term: asked before each attempt of each write.
    ///   - asked: told when the API server asks to wait, and how long.
    init(
        _ connection: ClusterConnection, settings: StatusMachine.Settings, addresses: LoadBalancerAddresses,
        fleet: Fleet? = nil, term: LeaderTerm, asked: @escaping @Sendable (Duration) -> Void, log: @escaping LogSink
    ) {
        self.connection = connection
        self.term = term
        self.asked = asked
        self.log = log
        machine = Mutex(StatusMachine(settings, addresses: addresses, fleet: fleet))
        (events, sink) = AsyncStream.makeStream()
    }

    var counts: Counts { counted.withLock { $0 } }

    /// Returns at once; events are handled in this order.
    func tell(_ event: StatusMachine.Event) { sink.yield(event) }

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await event in events {
                for action in machine.withLock({ $0.handle(event, at: MonotonicClock.now) }) {
                    switch action {
                    case .write(let reference, let known, let intent):
                        group.addTask { [self] in tell(await write(reference, known, intent)) }
                    case .wake(let time):
                        group.addTask { [self] in
                            let wait = time.nanoseconds(since: MonotonicClock.now)
                            try? await Task.sleep(for: .nanoseconds(Int64(clamping: wait)))
                            tell(.timer)
                        }
                    // What is cut off at the end is no news.
                    case .report where Task.isCancelled: break
                    case .report(let error): log(LogEvent(.warning, "a status cannot be written", ["problem": error.description]))
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func write(_ reference: ObjectReference, _ known: Value, _ intent: StatusMachine.Intent) async -> StatusMachine.Event
    {
        guard let kind = StatusMachine.kinds.first(where: { $0.kind == reference.kind }) else {
            return .written(reference, known)
        }
        do {
            let object = try await connection.client.editStatus(kind.type, reference.key, known: Object(known, type: kind.type)) {
                [term] object in
                term.isInForce ? intent.members(for: object.value, now: Timestamp.text(Date())) : [:]
            }
            counted.withLock { $0.written += 1 }
            return .written(reference, object?.value)
        } catch {
            counted.withLock { $0.failed += 1 }
            if let wait = error.retryAfter { asked(wait) }
            return .failed(reference, error)
        }
    }
}

extension StatusMachine.Intent {
    /// The members of the object's status that have to change, as they shall be.
    func members(for object: Value, now: String) -> [String: Value?] {
        switch self {
        case .parents(let parents): ["parents": parents.merged(into: object[at: "status", "parents"], now: now)]
        case .loadBalancer(let addresses): addresses.isWritten(in: object) ? [:] : ["loadBalancer": addresses.member]
        }
    }
}
