import Kubernetes
public import Telemetry
import Documents
public import Resources
import Synchronization
public import Translator

/// The objects of a cluster: a list and watch for each kind and namespace, all at the same time.
public final class ClusterSource: ObjectSource {
    private let connection: ClusterConnection
    private let plan: [WatchScope.Feed]
    private let book: Mutex<FeedBook>
    private let rereads = Mutex(RereadBook())
    private let wanted: AsyncStream<ObjectReference>
    private let want: AsyncStream<ObjectReference>.Continuation
    private let log: LogSink

    public init(
        _ connection: ClusterConnection, kinds: [ResourceKind] = Snapshot.kinds, scope: WatchScope = WatchScope(),
        log: @escaping LogSink
    ) {
        self.connection = connection
        plan = scope.feeds(kinds)
        book = Mutex(
            FeedBook(plan.map { FeedFigures(name: $0.kind.type.description, namespace: $0.namespace, object: $0.name) }))
        (wanted, want) = AsyncStream.makeStream()
        self.log = log
    }

    public var feeds: [FeedFigures] { book.withLock { $0.feeds } }
    public var isUnreachable: Bool { book.withLock { $0.isUnreachable } }

    public func run(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async {
        await withTaskGroup { group in
            group.addTask { [self] in
                while !Task.isCancelled { await follow(deliver) }
            }
            group.addTask { [self] in await reread(deliver) }
        }
    }

    // MARK: - Watching

    /// Ends when the way to the cluster changed (`ClusterConnection.renew`): then everything is listed anew.
    private func follow(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async {
        book.withLock { $0.restart() }
        let client = connection.client
        let (doubts, doubt) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup { group in
            for (i, feed) in plan.enumerated() {
                group.addTask { [self] in
                    let watch = ListWatch(
                        client, feed.kind.type, namespace: feed.namespace, fieldSelector: feed.fieldSelector,
                        reader: Self.reader(feed.kind))
                    await watch.run { [self] batch in
                        receive(batch, feed: i, deliver)
                        if book.withLock({ $0.needsRenewal }) { doubt.yield() }
                    }
                }
            }
            group.addTask { [self] in await waitForRenewal(doubts) }
            _ = await group.next()
            group.cancelAll()
        }
    }

    private func receive(_ batch: ListWatch.Batch, feed i: Int, _ deliver: @Sendable (SourceBatch) -> Void) {
        if plan[i].kind == Secret.kind {
            rereads.withLock { book in
                for update in batch.updates { book.note(update, of: plan[i]) }
            }
        }
        let (events, isComplete) = book.withLock { book in
            (batch.updates.flatMap { book.note($0, feed: i) }, book.isComplete)
        }
        events.forEach(log)
        let changes = batch.updates.compactMap { change($0, plan[i]) }
        var delivery = SourceBatch(changes, receivedAt: batch.receivedAt, isComplete: isComplete)
        delivery.marks[plan[i].mark] = batch.version
        deliver(delivery)
    }

    private func change(_ update: ListWatch.Update, _ feed: WatchScope.Feed) -> SourceChange? {
        switch update {
        case .replaced(let objects):
            if let name = feed.name { return only(objects.first { $0.key.name == name }, feed) }
            return .replaced(feed.kind, namespace: feed.namespace, objects.map { arrival($0, feed) })
        case .missing:
            return feed.name == nil ? .replaced(feed.kind, namespace: feed.namespace, []) : only(nil, feed)
        case .put(let object): return .put(feed.kind, arrival(object, feed))
        case .removed(let key): return .removed(feed.kind, ObjectReference(feed.kind, key))
        case .trouble, .recovered: return nil
        }
    }

    /// Whoever keeps statuses has to see them, and how objects were changed.
    private static func reader(_ kind: ResourceKind) -> ObjectReader {
        let isWhole = StatusMachine.kinds.contains(kind) || kind == Rollout.kind
        return ObjectReader(unread: Snapshot.unread(kind, isWhole: isWhole)) {
            let kept = Arrival.read($0, kind, isWhole: isWhole)
            return (kept.packed, kept.stored)
        }
    }

    private func arrival(_ object: Object, _ feed: WatchScope.Feed) -> Arrival {
        Arrival(object.packed, feed.kind, stored: object.note)
    }

    /// All that a feed of one object can bring: others of its namespace are none of its business.
    private func only(_ object: Object?, _ feed: WatchScope.Feed) -> SourceChange {
        let key = ObjectKey(namespace: feed.namespace ?? "", name: feed.name ?? "")
        return object.map { .put(feed.kind, arrival($0, feed)) }
            ?? .removed(feed.kind, ObjectReference(feed.kind, key))
    }

    /// Returns when the connection was made anew. Looks only while the server does not believe us or we do not believe it.
    ///
    /// - Parameter doubts: brings something when that begins.
    private func waitForRenewal(_ doubts: AsyncStream<Void>) async {
        for await _ in doubts {
            while !Task.isCancelled, book.withLock({ $0.needsRenewal }) {
                if connection.renew() {
                    log(LogEvent(.info, "the way to the cluster changed", ["server": connection.client.access.server]))
                    return
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    // MARK: - Reading again

    public func read(_ objects: [ObjectReference]) {
        for object in objects where rereads.withLock({ $0.begin(object.key) }) { want.yield(object) }
    }

    /// One after the other: it happens when a reference appears, and a list of one object takes milliseconds.
    private func reread(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async {
        await withDiscardingTaskGroup { group in
            for await reference in wanted {
                guard let pause = await reread(reference, deliver) else { continue }
                group.addTask { [self] in
                    try? await Task.sleep(for: pause)
                    want.yield(reference)
                }
            }
            group.cancelAll()
        }
    }

    /// Asks for a list of one object, so that nothing but what watching needs has to be granted.
    /// - Returns: after how long to try again; nil when it was answered, or the watch was faster.
    private func reread(_ reference: ObjectReference, _ deliver: @Sendable (SourceBatch) -> Void) async -> Duration? {
        guard rereads.withLock({ $0.isWanted(reference.key) }) else { return nil }
        do {
            let page = try await connection.client.list(
                Secret.kind.type, namespace: reference.namespace, fieldSelector: "metadata.name=\(reference.name)")
            guard rereads.withLock({ $0.finish(reference.key) }) else { return nil }
            let feed = WatchScope.Feed(kind: Secret.kind, namespace: reference.namespace, name: reference.name)
            let isComplete = book.withLock { $0.isComplete }
            deliver(SourceBatch([only(page.objects.first, feed)], isComplete: isComplete))
            return nil
        } catch {
            guard let (pause, isFirst) = rereads.withLock({ $0.fail(reference.key, retryAfter: error.retryAfter) }) else {
                return nil
            }
            if isFirst, !Task.isCancelled {
                log(LogEvent(.warning, "a secret cannot be read again", ["problem": error.description]))
            }
            return pause
        }
    }
}

extension ObjectReference {
    init(_ kind: ResourceKind, _ key: ObjectKey) {
        self.init(group: kind.group, kind: kind.kind, namespace: key.namespace, name: key.name)
    }

    var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
}
