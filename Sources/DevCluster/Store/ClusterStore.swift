public import Documents
public import Foundation
public import Reactor
import Secure
import Synchronization

/// The cluster's objects in memory, with everything Kubernetes promises about writing them. Safe to use from any thread.
///
/// Nothing outlives the process. Writers are never held up by watchers: a watcher reads from the history at its own pace.
public final class ClusterStore: Sendable {
    public struct Settings: Sendable {
        /// The time of day; versions begin with it.
        public var clock: @Sendable () -> Date = { Date() }
        /// Pods on a node wait for their grace period (for somebody who plays kubelet and deletes them with grace 0). Else they go at once.
        public var podsEndGracefully = false
        /// How many events of each collection are kept for watches that resume.
        public var historyEvents = 4_096

        public init() {}
    }

    private struct Guarded: Sendable {
        var state: ClusterState
        var watchers: [ResourceKey: [UInt64: Bell]] = [:]
        var serial: UInt64 = 0
    }

    let settings: Settings
    private let guarded: Mutex<Guarded>

    public init(kinds: [KindSchema], settings: Settings = Settings()) {
        self.settings = settings
        let start = Int64((settings.clock().timeIntervalSince1970 * 1_000_000).rounded(.down))
        let limits = EventHistory.Limits(events: settings.historyEvents)
        guarded = Mutex(Guarded(state: ClusterState(kinds: KindTable(kinds), version: start, limits: limits)))
    }

    // MARK: - Reading

    public var kinds: KindTable { read(\.kinds) }
    public var currentVersion: Int64 { read(\.version) }

    public func object(_ resource: ResourceKey, namespace: String = "", name: String) -> Value? {
        read { $0.object(resource, ObjectKey(namespace: namespace, name: name))?.value }
    }

    /// Objects in the order of namespace and name. Nil namespace: all.
    public func list(_ resource: ResourceKey, namespace: String? = nil, labels: LabelSelector = .everything) -> [Value] {
        view(resource).sorted(namespace: namespace).filter { labels.matches($0.labels) }.map(\.value)
    }

    /// Looks at the state; copies of what is returned are cheap.
    func read<R: Sendable>(_ body: (borrowing ClusterState) -> R) -> R { guarded.withLock { body($0.state) } }

    func view(_ resource: ResourceKey) -> CollectionView { read { $0.view(resource) } }

    // MARK: - Writing

    /// Changes the state and wakes whoever watches what was changed. The body must check everything before its first change.
    func transact<R: Sendable>(_ body: (inout ClusterState) throws(APIFailure) -> R) throws(APIFailure) -> R {
        try guarded.withLock { guarded throws(APIFailure) in
            defer {
                for resource in guarded.state.takeChanged() {
                    for bell in guarded.watchers[resource, default: [:]].values { bell.ring() }
                }
            }
            return try body(&guarded.state)
        }
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
        let (serial, now) = guarded.withLock { guarded in
            guarded.serial += 1
            guarded.watchers[resource, default: [:]][guarded.serial] = bell
            return (guarded.serial, guarded.state.version)
        }
        return StoreWatch(store: self, resource: resource, serial: serial, bell: bell, position: version ?? now)
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
