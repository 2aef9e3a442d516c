import Kubernetes
public import Telemetry
import Documents
public import Resources
import Synchronization
public import Translator

/// The objects of a cluster: a list and watch for each kind and namespace, all at the same time.
public final class ClusterSource: ObjectSource {
    private struct Feed {
        let kind: ResourceKind
        let namespace: String?
    }

    private let connection: ClusterConnection
    private let kinds: [Feed]
    private let book: Mutex<FeedBook>
    private let log: LogSink

    /// - Parameter namespaces: empty for all. Kinds that live in no namespace are watched in any case.
    public init(
        _ connection: ClusterConnection, kinds: [ResourceKind] = Snapshot.kinds, namespaces: [String], log: @escaping LogSink
    ) {
        self.connection = connection
        self.kinds = kinds.flatMap { kind in
            namespaces.isEmpty || !kind.isNamespaced
                ? [Feed(kind: kind, namespace: nil)] : namespaces.map { Feed(kind: kind, namespace: $0) }
        }
        book = Mutex(FeedBook(self.kinds.map { FeedFigures(name: $0.kind.type.description, namespace: $0.namespace) }))
        self.log = log
    }

    public var feeds: [FeedFigures] { book.withLock { $0.feeds } }

    /// Starts over, with a list of everything, whenever the way to the cluster changed (`ClusterConnection.renew`).
    public func run(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async {
        while !Task.isCancelled {
            book.withLock { $0.restart() }
            let client = connection.client
            await withTaskGroup { group in
                for (i, feed) in kinds.enumerated() {
                    group.addTask { [self] in
                        await ListWatch(client, feed.kind.type, namespace: feed.namespace).run { [self] batch in
                            receive(batch, feed: i, deliver)
                        }
                    }
                }
                group.addTask { [self] in await waitForRenewal() }
                _ = await group.next()
                group.cancelAll()
            }
        }
    }

    private func receive(_ batch: ListWatch.Batch, feed i: Int, _ deliver: @Sendable (SourceBatch) -> Void) {
        let (events, isComplete) = book.withLock { book in
            (batch.updates.flatMap { book.note($0, feed: i) }, book.isComplete)
        }
        events.forEach(log)
        let changes = batch.updates.compactMap { change($0, kinds[i]) }
        deliver(SourceBatch(changes, receivedAt: batch.receivedAt, isComplete: isComplete))
    }

    private func change(_ update: ListWatch.Update, _ feed: Feed) -> SourceChange? {
        switch update {
        case .replaced(let objects):
            .replaced(feed.kind, namespace: feed.namespace, objects.map { Located(value: $0.value, line: 0) })
        case .missing: .replaced(feed.kind, namespace: feed.namespace, [])
        case .put(let object): .put(feed.kind, Located(value: object.value, line: 0))
        case .removed(let key): .removed(feed.kind, ObjectReference(feed.kind, key))
        case .trouble, .recovered: nil
        }
    }

    /// Returns when the connection was made anew. Looks only while the server does not believe us or we do not believe it.
    private func waitForRenewal() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            if book.withLock({ $0.needsRenewal }), connection.renew() {
                log(LogEvent(.info, "the way to the cluster changed", ["server": connection.client.access.server]))
                return
            }
        }
    }
}

extension ObjectReference {
    init(_ kind: ResourceKind, _ key: ObjectKey) {
        self.init(group: kind.group, kind: kind.kind, namespace: key.namespace, name: key.name)
    }

    var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
}
