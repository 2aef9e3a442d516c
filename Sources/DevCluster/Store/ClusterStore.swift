public import Documents
public import Foundation
public import Reactor
import Secure
import Synchronization

/// The cluster's objects in memory, with everything Kubernetes promises about writing them. Safe to use from any thread.
///
/// With a journal a write returns when it is on the disk, and nobody sees it before; without one nothing outlives the process. Writers are never held up by watchers: a watcher reads from the history at its own pace.
public final class ClusterStore: Sendable {
    public struct Settings: Sendable {
        /// The time of day; versions begin with it.
        public var clock: @Sendable () -> Date = { Date() }
        /// Pods on a node wait for their grace period (for somebody who plays kubelet and deletes them with grace 0). Else they go at once.
        public var podsEndGracefully = false
        /// How many events of each collection are kept for watches that resume.
        public var historyEvents = 4_096
        /// Bytes: a journal of this size is read so fast that it is not worth rewriting.
        public var journalBytes = 8 << 20

        public init() {}
    }

    struct Guarded: Sendable {
        var state: ClusterState
        var watchers: [ResourceKey: [UInt64: Bell]] = [:]
        var serial: UInt64 = 0
        /// Made and not yet on the disk, oldest first.
        var pending: [PendingWrite] = []
        /// The end of what is not on the disk yet, whether pending or being written; nil: everything is.
        var latest: CommitTicket?
        /// The same for what changes the kinds.
        var latestDefinition: CommitTicket?

        func wake(_ resources: Set<ResourceKey>) {
            for resource in resources { for bell in watchers[resource, default: [:]].values { bell.ring() } }
        }
    }

    let settings: Settings
    let guarded: Mutex<Guarded>
    /// Taken before `guarded` where both are. Nil: nothing is kept.
    let journal: Mutex<Journal?>
    private let isJournalled: Bool
    let sortedLists = SortedLists()

    public convenience init(kinds: [KindSchema], settings: Settings = Settings()) {
        self.init(ClusterState(kinds, settings, after: 0), journal: nil, settings)
    }

    init(_ state: ClusterState, journal: Journal?, _ settings: Settings) {
        self.settings = settings
        guarded = Mutex(Guarded(state: state))
        isJournalled = journal != nil
        self.journal = Mutex(journal)
    }

    // MARK: - Reading

    public var kinds: KindTable {
        // Every request asks: it waits only for what changes them.
        while true {
            let (kinds, ticket) = guarded.withLock { ($0.state.kinds, $0.latestDefinition) }
            if ticket.map(isKept) ?? true { return kinds }
        }
    }
    public var currentVersion: Int64 { read(\.version) }

    public func object(_ resource: ResourceKey, namespace: String = "", name: String) -> Value? {
        read { $0.object(resource, ObjectKey(namespace: namespace, name: name))?.value }
    }

    /// Objects in the order of namespace and name. Nil namespace: all.
    public func list(_ resource: ResourceKey, namespace: String? = nil, labels: LabelSelector = .everything) -> [Value] {
        view(resource).sorted(namespace: namespace).filter { labels.matches($0.labels) }.map(\.value)
    }

    /// Objects in no order: where there may be very many of them, sorting them would cost more than looking at them.
    func all(_ resource: ResourceKey) -> [Value] { view(resource).unsorted.map(\.value) }

    /// Looks at the state; copies of what is returned are cheap. Nothing is shown that a crash could take back.
    func read<R: Sendable>(_ body: (borrowing ClusterState) -> R) -> R {
        while true {
            let (result, ticket) = guarded.withLock { (body($0.state), $0.latest) }
            if ticket.map(isKept) ?? true { return result }
        }
    }

    func view(_ resource: ResourceKey) -> CollectionView { read { $0.view(resource) } }

    // MARK: - Writing

    /// Changes the state and wakes whoever watches what was changed. The body must check everything before its first change.
    ///
    /// - Throws: what the body throws, or a 500 when the disk did not take the change; then nothing has changed.
    func transact<R: Sendable>(_ body: (inout ClusterState) throws(APIFailure) -> R) throws(APIFailure) -> R {
        let (result, ticket) = guarded.withLock { guarded -> (Result<R, APIFailure>, CommitTicket?) in
            let result: Result<R, APIFailure>
            do throws(APIFailure) { result = .success(try body(&guarded.state)) } catch { result = .failure(error) }
            let writes = guarded.state.takeWrites()
            if isJournalled {
                guarded.enqueue(writes)
            } else {
                guarded.wake(Set(writes.map(\.resource)))
            }
            return (result, guarded.latest)
        }
        // A refusal, too, may rest on what is not on the disk yet.
        if let ticket { try commit(ticket) }
        return try result.get()
    }

    // MARK: - Watching

    /// Follows a collection from just after `version`, or from now on. Whoever follows several may have them ring one bell.
    public func watch(_ resource: ResourceKey, after version: Int64? = nil, ringing shared: Bell? = nil) throws(APIFailure)
        -> StoreWatch
    {
        let bell: Bell
        do { bell = try shared ?? Bell() } catch {
            throw APIFailure(503, "ServiceUnavailable", "the server cannot watch more: \(error)")
        }
        let serial = guarded.withLock { guarded in
            guarded.serial += 1
            guarded.watchers[resource, default: [:]][guarded.serial] = bell
            return guarded.serial
        }
        return StoreWatch(store: self, resource: resource, serial: serial, bell: bell, position: version ?? currentVersion)
    }

    func forget(_ resource: ResourceKey, _ serial: UInt64) {
        guarded.withLock { guarded in _ = guarded.watchers[resource]?.removeValue(forKey: serial) }
    }
}

/// A reader of one collection's events. It keeps only its position: however slow its owner is, nobody waits for it.
public final class StoreWatch: Sendable {
    public enum Batch: Sendable {
        /// In order; empty when there is nothing new.
        case events([StoreEvent])
        /// Some events are forgotten: list again.
        case expired
    }

    /// Rings when there may be something new.
    public let bell: Bell
    private let store: ClusterStore
    private let resource: ResourceKey
    private let serial: UInt64
    private let progress: Mutex<Int64>
    /// Bounds the memory of one turn.
    private static let batch = 256

    init(store: ClusterStore, resource: ResourceKey, serial: UInt64, bell: Bell, position: Int64) {
        self.store = store
        self.resource = resource
        self.serial = serial
        self.bell = bell
        progress = Mutex(position)
    }

    deinit { store.forget(resource, serial) }

    /// Everything up to this version has been handed over.
    public var position: Int64 { progress.withLock { $0 } }

    /// What happened since the last call, without waiting. Call again until it is empty, then wait for the bell.
    public func next() -> Batch {
        let position = position
        let (events, now) = store.read {
            ($0.history(self.resource).after(position, limit: Self.batch), $0.version)
        }
        guard let events else { return .expired }
        progress.withLock { $0 = events.last?.version ?? max(now, position) }
        return .events(events)
    }
}
