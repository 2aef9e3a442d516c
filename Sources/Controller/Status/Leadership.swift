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
        var isLeader = false
        /// Whether a Lease could ever be read or written.
        var isElected = false
        var isTold = false
    }

    private let namespace: String
    private let identity: String
    private let log: LogSink
    private let changed: @Sendable (Bool) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - namespace: where the Lease lives.
    ///   - identity: unique among the replicas.
    init(namespace: String, identity: String, log: @escaping LogSink, changed: @escaping @Sendable (Bool) -> Void) {
        self.namespace = namespace
        self.identity = identity
        self.log = log
        self.changed = changed
    }

    var isLeader: Bool { state.withLock { $0.isLeader } }

    /// Takes part until the task is cancelled, then gives the Lease up.
    func run(_ client: APIClient) async {
        let key = ObjectKey(namespace: namespace, name: Self.lease)
        await LeaderElection(client, lease: key, identity: identity) { [self] in failed($0) }.run { [self] isLeader in
            state.withLock { state in
                state.isElected = true
                state.isTold = false
            }
            lead(isLeader)
        }
        lead(false)
    }

    private func lead(_ isLeader: Bool) {
        let isNews = state.withLock { state in
            defer { state.isLeader = isLeader }
            return state.isLeader != isLeader
        }
        guard isNews else { return }
        log(
            LogEvent(
                .info, isLeader ? "this replica leads: it writes statuses" : "this replica no longer leads",
                ["identity": identity]))
        changed(isLeader)
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
        if isAlone { lead(true) }
    }
}
