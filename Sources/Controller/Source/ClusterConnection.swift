public import Kubernetes
import Synchronization

/// The way to the cluster as it is now. A kubeconfig may be rewritten (another server, authority or token in it) while we run.
///
/// Files that a kubeconfig names, and those of a pod's service account, need no renewal: their paths stay the same, and what is in them
/// is read anew by `Fetch` (certificates) and `CredentialSource` (tokens).
public final class ClusterConnection: Sendable {
    private struct State {
        var client: APIClient
        /// Of those who wait for another client, by their number.
        var waiting: [Int: AsyncStream<Never>.Continuation] = [:]
        var number = 0
    }

    private let state: Mutex<State>
    private let find: @Sendable () -> ClusterAccess?

    /// - Parameter find: looks for the way again; nil when there is none at present.
    public init(_ access: ClusterAccess, find: @escaping @Sendable () -> ClusterAccess? = { nil }) {
        state = Mutex(State(client: APIClient(access)))
        self.find = find
    }

    public var client: APIClient { state.withLock { $0.client } }

    /// - Returns: whether it changed.
    func renew() -> Bool {
        guard let access = find() else { return false }
        return state.withLock { state in
            guard state.client.access != access else { return false }
            state.client = APIClient(access)
            for waiter in state.waiting.values { waiter.finish() }
            return true
        }
    }

    /// Returns when another client is in force than `client`, or the task is cancelled.
    public func replacement(of client: APIClient) async {
        let (changes, change) = AsyncStream<Never>.makeStream()
        let number = state.withLock { state in
            if state.client !== client { change.finish() }
            state.number += 1
            state.waiting[state.number] = change
            return state.number
        }
        for await _ in changes {}
        state.withLock { _ = $0.waiting.removeValue(forKey: number) }
    }
}
