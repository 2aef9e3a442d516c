import Base
import Kubernetes
import Synchronization
import Telemetry

/// Takes part in the election of the one replica that writes statuses and Events, by the Lease `martlet-leader`.
///
/// Where Leases are forbidden, this replica writes as if it were alone, and says so: several that do so write the same things, since
/// nothing is written that is there already.
final class Leadership: Sendable {
    static let lease = "martlet-leader"

    private struct State {
        /// Whether a Lease could ever be read or written.
        var isElected = false
        var isTold = false
    }

    private let namespace: String
    private let identity: String
    private let log: LogSink
    private let term: LeaderTerm
    private let changed: @Sendable (_ until: Instant?, _ isNews: Bool) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - namespace: where the Lease lives.
    ///   - identity: unique among the replicas.
    ///   - term: what this replica knows of its own.
    ///   - changed: told with each renewal until when this replica leads, and nil when it does not.
    init(
        namespace: String, identity: String, term: LeaderTerm, log: @escaping LogSink,
        changed: @escaping @Sendable (_ until: Instant?, _ isNews: Bool) -> Void
    ) {
        self.term = term
        self.namespace = namespace
        self.identity = identity
        self.log = log
        self.changed = changed
    }

    /// Takes part until the task is cancelled, then gives the Lease up.
    func run(_ client: APIClient) async {
        let key = ObjectKey(namespace: namespace, name: Self.lease)
        await LeaderElection(client, lease: key, identity: identity) { [self] in failed($0) }.run { [self] until in
            state.withLock { state in
                state.isElected = true
                state.isTold = false
            }
            lead(until)
        }
        lead(nil)
    }

    private func lead(_ until: Instant?) {
        let isNews = term.set(until)
        if isNews {
            log(
                LogEvent(
                    .info, until == nil ? "this replica no longer leads" : "this replica leads: it writes statuses",
                    ["identity": identity]))
        }
        changed(until, isNews)
    }

    private func failed(_ error: APIError) {
        let (isAlone, isNews) = state.withLock { state in
            defer { state.isTold = true }
            return (!state.isElected && [403, 404].contains(error.code), !state.isTold)
        }
        if isNews {
            let what =
                isAlone
                ? "no lease can be kept; this replica writes statuses as if it were alone" : "the leader's lease cannot be kept"
            log(LogEvent(.warning, what, ["problem": error.description]))
        }
        if isAlone { lead(Instant(nanoseconds: .max)) }
    }
}
