import Documents
import Kubernetes
import Resources
import Synchronization
import Telemetry

/// Follows what the pods of some Services say of their revision: the hash of the template that they were made from.
///
/// Of a pod nothing but its metadata is asked for, and only of those that a Service selects whose Rollout goes by them: whatever else runs in
/// the namespace is not read.
final class PodWatch: Sendable {
    /// The revisions of pods by their names.
    typealias Revisions = [String: String]

    private let connection: ClusterConnection
    private let log: LogSink
    private let changed: @Sendable (_ namespace: String, _ revisions: Revisions?) -> Void
    private let known = Mutex<[ObjectKey: Revisions]>([:])
    private let wanted = Mutex<Set<ObjectKey>>([])
    private let news: AsyncStream<Set<ObjectKey>>
    private let sink: AsyncStream<Set<ObjectKey>>.Continuation

    /// - Parameter changed: told the revisions of the pods of a namespace's Services whenever they are others, and nil when none are known
    ///   any more.
    init(
        _ connection: ClusterConnection, log: @escaping LogSink,
        changed: @escaping @Sendable (_ namespace: String, _ revisions: Revisions?) -> Void
    ) {
        self.connection = connection
        self.log = log
        self.changed = changed
        (news, sink) = AsyncStream.makeStream()
    }

    /// Follows the pods of these Services and no others; returns at once.
    func follow(_ services: Set<ObjectKey>) {
        wanted.withLock { wanted in
            guard wanted != services else { return }
            wanted = services
            sink.yield(services)
        }
    }

    /// Runs until the task is cancelled.
    func run() async {
        var running: [ObjectKey: Task<Void, Never>] = [:]
        for await services in news {
            for (service, task) in running where !services.contains(service) {
                task.cancel()
                await task.value
                running[service] = nil
                learn(nil, of: service)
            }
            for service in services where running[service] == nil {
                running[service] = Task { [self] in
                    while !Task.isCancelled { await follow(service, connection.client) }
                }
            }
        }
        for task in running.values { task.cancel() }
    }

    private func follow(_ service: ObjectKey, _ client: APIClient) async {
        let pods = ServicePods(service, client, log) { [self] in learn($0, of: service) }
        await withTaskGroup { group in
            group.addTask { await pods.run() }
            group.addTask { [self] in await connection.replacement(of: client) }
            _ = await group.next()
            group.cancelAll()
        }
    }

    private func learn(_ revisions: Revisions?, of service: ObjectKey) {
        let isNews = known.withLock { known in
            defer { known[service] = revisions }
            return known[service] != revisions
        }
        guard isNews else { return }
        changed(service.namespace, all(in: service.namespace))
    }

    /// nil while those of no Service are known.
    private func all(in namespace: String) -> Revisions? {
        let each = known.withLock { $0.filter { $0.key.namespace == namespace } }.values
        return each.isEmpty ? nil : each.reduce(into: [:]) { all, more in all.merge(more) { first, _ in first } }
    }
}
