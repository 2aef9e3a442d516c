import Documents
import Kubernetes
import Resources
import Synchronization
import Telemetry

/// Follows one Service's selector, and of the pods that it selects what they were made from.
struct ServicePods: Sendable {
    private static let type = ResourceType(group: "", version: "v1", plural: "pods", kind: "Pod")
    /// Of Deployments; then of StatefulSets and DaemonSets.
    private static let labels = ["pod-template-hash", "controller-revision-hash"]

    private let service: ObjectKey
    private let client: APIClient
    private let log: LogSink
    private let changed: @Sendable (PodWatch.Revisions?) -> Void

    /// - Parameter changed: told the revisions of the pods by their names; nil while they are not known, as those of a Service that selects
    ///   none by itself.
    init(
        _ service: ObjectKey, _ client: APIClient, _ log: @escaping LogSink,
        changed: @escaping @Sendable (PodWatch.Revisions?) -> Void
    ) {
        self.service = service
        self.client = client
        self.log = log
        self.changed = changed
    }

    /// Runs until the task is cancelled.
    func run() async {
        let (selectors, sink) = AsyncStream<String?>.makeStream()
        await withTaskGroup { group in
            group.addTask { await followSelector(sink) }
            group.addTask { await followPods(selectors) }
        }
    }

    private func followSelector(_ sink: AsyncStream<String?>.Continuation) async {
        let watch = ListWatch(
            client, Service.kind.type, namespace: service.namespace, fieldSelector: "metadata.name=\(service.name)")
        await watch.run { batch in
            for update in batch.updates {
                switch update {
                case .replaced(let objects): sink.yield(objects.first { $0.key == service }.flatMap(Self.selector))
                case .put(let object) where object.key == service: sink.yield(Self.selector(of: object))
                case .removed(let key) where key == service: sink.yield(nil)
                // Whoever reads Services tells of trouble.
                case .put, .removed, .missing, .trouble, .recovered: break
                }
            }
        }
        sink.finish()
    }

    /// As the API server takes it: `app=web,tier=front`. nil for a Service whose endpoints somebody else writes.
    private static func selector(of service: Object) -> String? {
        let labels = service.value[at: "spec", "selector"]?.object?.entries ?? []
        guard !labels.isEmpty else { return nil }
        return labels.compactMap { name, value in value.string.map { "\(name)=\($0)" } }.sorted().joined(separator: ",")
    }

    private func followPods(_ selectors: AsyncStream<String?>) async {
        var current: String?
        var following: Task<Void, Never>?
        for await selector in selectors where selector != current {
            current = selector
            following?.cancel()
            await following?.value
            changed(nil)
            following = selector.map { selector in Task { await followPods(selector) } }
        }
        following?.cancel()
        await following?.value
    }

    private func followPods(_ selector: String) async {
        let reader = ObjectReader(unread: [["spec"], ["status"]], isMetadataOnly: true) { ($0, nil) }
        let pods = Mutex<PodWatch.Revisions>([:])
        let watch = ListWatch(client, Self.type, namespace: service.namespace, labelSelector: selector, reader: reader)
        await watch.run { batch in
            let revisions = pods.withLock { pods in
                for update in batch.updates { take(update, &pods) }
                return pods
            }
            // Before the first list there is nothing to tell.
            if !Task.isCancelled, batch.updates.contains(where: \.isOfObjects) { changed(revisions) }
        }
    }

    private func take(_ update: ListWatch.Update, _ pods: inout PodWatch.Revisions) {
        switch update {
        case .replaced(let objects):
            pods = Dictionary(objects.map { ($0.key.name, Self.revision(of: $0)) }) { first, _ in first }
        case .put(let object): pods[object.key.name] = Self.revision(of: object)
        case .removed(let key): pods[key.name] = nil
        case .trouble(let error):
            log(LogEvent(.warning, "pods cannot be read", ["service": service.description, "problem": error.description]))
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
