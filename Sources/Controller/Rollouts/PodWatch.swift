import Documents
import Kubernetes
import Synchronization
import Telemetry

/// Follows what the pods of some namespaces say of their revision: the hash of the template that they were made from.
///
/// Of a pod nothing but its metadata is asked for, and only where a Rollout goes by it.
final class PodWatch: Sendable {
    private static let type = ResourceType(group: "", version: "v1", plural: "pods", kind: "Pod")
    /// Of Deployments; then of StatefulSets and DaemonSets.
    private static let labels = ["pod-template-hash", "controller-revision-hash"]

    private let connection: ClusterConnection
    private let log: LogSink
    private let changed: @Sendable (_ namespace: String, _ revisions: [String: String]?) -> Void
    private let wanted = Mutex<Set<String>>([])
    private let news: AsyncStream<Set<String>>
    private let sink: AsyncStream<Set<String>>.Continuation

    /// - Parameter changed: told the revisions of a namespace's pods by their names whenever they are others, and nil when they are not
    ///   known any more.
    init(
        _ connection: ClusterConnection, log: @escaping LogSink,
        changed: @escaping @Sendable (_ namespace: String, _ revisions: [String: String]?) -> Void
    ) {
        self.connection = connection
        self.log = log
        self.changed = changed
        (news, sink) = AsyncStream.makeStream()
    }

    /// Follows these namespaces and no others; returns at once.
    func follow(_ namespaces: Set<String>) {
        wanted.withLock { wanted in
            guard wanted != namespaces else { return }
            wanted = namespaces
            sink.yield(namespaces)
        }
    }

    /// Runs until the task is cancelled.
    func run() async {
        var running: [String: Task<Void, Never>] = [:]
        for await namespaces in news {
            for (namespace, task) in running where !namespaces.contains(namespace) {
                task.cancel()
                running[namespace] = nil
                changed(namespace, nil)
            }
            for namespace in namespaces where running[namespace] == nil {
                running[namespace] = Task { [self] in
                    while !Task.isCancelled { await follow(namespace, connection.client) }
                }
            }
        }
        for task in running.values { task.cancel() }
    }

    private func follow(_ namespace: String, _ client: APIClient) async {
        await withTaskGroup { group in
            group.addTask { [self] in
                let reader = ObjectReader(unread: [["spec"], ["status"]], isMetadataOnly: true) { ($0, nil) }
                let pods = Mutex<[String: String]>([:])
                await ListWatch(client, Self.type, namespace: namespace, reader: reader).run { [self] batch in
                    let revisions = pods.withLock { pods in
                        for update in batch.updates { take(update, namespace, &pods) }
                        return pods
                    }
                    guard !Task.isCancelled else { return }
                    // Before the first list there is nothing to tell.
                    if batch.updates.contains(where: \.isOfObjects) { changed(namespace, revisions) }
                }
            }
            group.addTask { [self] in await connection.replacement(of: client) }
            _ = await group.next()
            group.cancelAll()
        }
    }

    private func take(_ update: ListWatch.Update, _ namespace: String, _ pods: inout [String: String]) {
        switch update {
        case .replaced(let objects):
            pods = Dictionary(objects.map { ($0.key.name, Self.revision(of: $0)) }) { first, _ in first }
        case .put(let object): pods[object.key.name] = Self.revision(of: object)
        case .removed(let key): pods[key.name] = nil
        case .trouble(let error):
            log(LogEvent(.warning, "pods cannot be read", ["namespace": namespace, "problem": error.description]))
        case .missing, .recovered: break
        }
    }

    /// Empty for a pod that was made from no template.
    private static func revision(of pod: Object) -> String {
        labels.lazy.compactMap { pod.packed.string(at: "metadata", "labels", $0) }.first ?? ""
    }
}

extension ListWatch.Update {
    fileprivate var isOfObjects: Bool {
        switch self {
        case .replaced, .put, .removed: true
        case .missing, .trouble, .recovered: false
        }
    }
}
