public import Kubernetes
import Synchronization

/// The way to the cluster as it is now. A kubeconfig may be rewritten (another server, authority or token in it) while we run.
///
/// Files that a kubeconfig names, and those of a pod's service account, need no renewal: their paths stay the same, and what is in them
/// is read anew by `Fetch` (certificates) and `CredentialSource` (tokens).
public final class ClusterConnection: Sendable {
    private let current: Mutex<APIClient>
    private let find: @Sendable () -> ClusterAccess?

    /// - Parameter find: looks for the way again; nil when there is none at present.
    public init(_ access: ClusterAccess, find: @escaping @Sendable () -> ClusterAccess? = { nil }) {
        current = Mutex(APIClient(access))
        self.find = find
    }

    public var client: APIClient { current.withLock { $0 } }

    /// - Returns: whether it changed.
    func renew() -> Bool {
        guard let access = find() else { return false }
        return current.withLock { client in
            guard client.access != access else { return false }
            client = APIClient(access)
            return true
        }
    }
}
