public import Base
public import Kubernetes

/// What the install says about the other replicas.
public struct PeersSettings: Sendable {
    /// Where this replica answers the others.
    public var address: SocketAddress
    /// The headless Service whose endpoints the replicas are.
    public var service: ObjectKey
    /// The Secret that holds what they prove to one another.
    public var secret: ObjectKey
    /// Unique among the replicas.
    public var identity = "martlet"
    /// This pod's name; empty outside of pods.
    public var pod = ""
    /// Of the program.
    public var version = ""
    public var workers = 0
    /// Under which name Events are written.
    public var component = "martlet"

    public init(address: SocketAddress, service: ObjectKey, secret: ObjectKey) {
        self.address = address
        self.service = service
        self.secret = secret
    }
}

/// The way to the cluster, which may become another one.
public struct ClusterDoor: Sendable {
    public var client: @Sendable () -> APIClient
    /// Returns when `client` gives another one than this, or the task is cancelled.
    public var replacement: @Sendable (APIClient) async -> Void

    public init(
        client: @escaping @Sendable () -> APIClient, replacement: @escaping @Sendable (APIClient) async -> Void
    ) {
        self.client = client
        self.replacement = replacement
    }

    /// Runs `body` with the client in force, again whenever that is another one, until the task is cancelled.
    func run(_ body: @escaping @Sendable (APIClient) async -> Void) async {
        while !Task.isCancelled {
            let client = client()
            await withTaskGroup { group in
                group.addTask { await body(client) }
                group.addTask { await replacement(client) }
                _ = await group.next()
                group.cancelAll()
            }
        }
    }
}
