import Base
import Dispatch
import Documents
import Foundation
import Graph
import Synchronization
import Telemetry
import Translator

/// Serves the last good state from the moment that the source turns out not to be reachable until it has listed everything.
///
/// It publishes a graph as the controller does, on the controller's queue, and its endpoints as they are seen to accept connections. It
/// writes no status and no Event, because it knows nothing of the cluster as it is.
final class Stopgap: Sendable {
    enum Event: Sendable {
        /// The source gives no answer.
        case unreachable
        /// The source had its time to list everything.
        case patienceIsOver
    }

    private struct State {
        var hasBegun = false
        var hasEnded = false
        var endpoints: ProvenEndpoints?
    }

    /// Endpoints are asked in rounds of so many. What one found is used before the next begins.
    private static let mostOfRound = 2_000
    /// Long enough for those that are near.
    private static let shortRound = Duration.milliseconds(100)
    /// For those that are far, when no others are found.
    private static let longRound = Duration.milliseconds(1500)

    private let memory: Memory
    private let settings: TranslatorSettings
    private let outlet: Outlet
    private let log: LogSink
    private let state = Mutex(State())

    init(_ memory: Memory, _ settings: TranslatorSettings, _ outlet: Outlet, log: @escaping LogSink) {
        self.memory = memory
        self.settings = settings
        self.outlet = outlet
        self.log = log
    }

    var patience: Duration { memory.patience }

    /// The first event is the one that counts.
    ///
    /// - Parameters:
    ///   - queue: where the proxy is spoken to.
    ///   - served: called there, with the age of the state, when it is served.
    func note(_ event: Event, on queue: DispatchQueue, served: @escaping @Sendable (Int64) -> Void) {
        let begins = state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun && !state.hasEnded
        }
        guard begins else { return }
        // Reading, translating and asking endpoints takes time in which the source may come after all.
        DispatchQueue.global(qos: .userInitiated).async { [self] in
            guard let recollection = memory.recall() else { return }
            var core = ControllerCore(settings, isFromCluster: false)
            guard
                case .translation(let translation) = core.take(
                    changes(recollection), isComplete: true, now: Int64(Date().timeIntervalSince1970))
            else { return }
            var endpoints = ProvenEndpoints(translation.graph)
            endpoints.findSomebody(of: Self.mostOfRound, within: [Self.shortRound, Self.longRound], memory.answering)
            let certificates = core.certificateUpdates.before
            state.withLock { [endpoints] in $0.endpoints = endpoints }
            queue.async { [self, endpoints] in serve(endpoints, certificates, recollection, event, served) }
            // Linking the graph takes time, too.
            askRest(on: queue, isPatient: false)
        }
    }

    /// The source has listed everything, or the process ends.
    func end() { state.withLock { $0.hasEnded = true } }

    private var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// A list of each kind: lists are taken over by all processors.
    private func changes(_ recollection: Memory.Recollection) -> [SourceChange] {
        let known = concurrentMap(recollection.objects) { document in
            Snapshot.kind(of: document).map { kind in
                let kept = Arrival.read(document, kind, isWhole: false)
                return (kind: kind, arrival: Arrival(kept.packed, kind, stored: kept.stored))
            }
        }
        let byKind = Dictionary(grouping: known.compactMap(\.self), by: \.kind)
        return byKind.map { .replaced($0.key, namespace: nil, $0.value.map(\.arrival)) }
    }

    private func serve(
        _ endpoints: ProvenEndpoints, _ certificates: [CellUpdate], _ recollection: Memory.Recollection, _ event: Event,
        _ served: @Sendable (Int64) -> Void
    ) {
        guard !hasEnded else { return }
        for update in certificates { _ = outlet.update(update) }
        _ = outlet.publish(endpoints.usable)
        served(recollection.written)
        log(
            LogEvent(
                .warning, "the last good state is served until the api server can be asked",
                [
                    "because": event == .unreachable ? "the api server gives no answer" : "the api server takes too long",
                    "written": "\(recollection.written)", "objects": "\(recollection.objects.count)",
                    "endpoints": "\(endpoints.count.all)", "answering": "\(endpoints.count.proven)",
                ]))
    }

    /// Asks those that were not asked yet or did not answer: at once as long as some are found, and else every second.
    private func askRest(on queue: DispatchQueue, isPatient: Bool) {
        let pause = DispatchTimeInterval.seconds(isPatient ? 1 : 0)
        DispatchQueue.global(qos: isPatient ? .utility : .userInitiated).asyncAfter(deadline: .now() + pause) { [self] in
            guard !hasEnded, let next = state.withLock({ $0.endpoints?.nextToAsk(most: Self.mostOfRound) }), !next.isEmpty else {
                return
            }
            let seen = memory.answering(next, isPatient ? Self.longRound : Self.shortRound)
            queue.async { [self] in
                guard !hasEnded else { return }
                let updates = state.withLock { $0.endpoints?.prove(seen) ?? [] }
                for update in updates { _ = outlet.update(update) }
                askRest(on: queue, isPatient: updates.isEmpty)
            }
        }
    }
}
