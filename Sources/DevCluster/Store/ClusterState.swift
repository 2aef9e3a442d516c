import Documents

/// Everything the cluster holds, as one value behind `ClusterStore`'s lock.
///
/// `put` and `remove` are the only ways to change an object: they count the version, remember the event and note whom to wake.
struct ClusterState: Sendable {
    struct ObjectSet: Sendable {
        var objects: [ObjectKey: StoredObject] = [:]
        var history: EventHistory
    }

    struct Reference: Hashable, Sendable {
        var resource: ResourceKey
        var key: ObjectKey
    }

    var kinds: KindTable
    /// The version of the latest write. Begins at the time of the start in microseconds, so that no version of an earlier run is valid.
    private(set) var version: Int64
    private let base: Int64
    private let limits: EventHistory.Limits
    private var collections: [ResourceKey: ObjectSet] = [:]
    /// Owner's uid to those that name it as their owner.
    private var dependents: [String: Set<Reference>] = [:]
    /// How many objects each namespace holds.
    private var populations: [String: Int] = [:]
    var addresses = ServiceAddresses()
    /// Collections changed since their watchers were woken.
    private(set) var changed: Set<ResourceKey> = []

    init(kinds: KindTable, version: Int64, limits: EventHistory.Limits = .init()) {
        self.kinds = kinds
        self.version = version
        self.limits = limits
        base = version
    }

    // MARK: - Reading

    func object(_ resource: ResourceKey, _ key: ObjectKey) -> StoredObject? { collections[resource]?.objects[key] }

    func objects(_ resource: ResourceKey) -> some Collection<StoredObject> {
        (collections[resource]?.objects ?? [:]).values
    }

    /// The whole collection at this moment, to be looked at without the lock.
    func view(_ resource: ResourceKey) -> CollectionView {
        CollectionView(
            objects: collections[resource]?.objects ?? [:], history: history(resource), version: version)
    }

    func history(_ resource: ResourceKey) -> EventHistory { collections[resource]?.history ?? EventHistory(floor: base) }

    func dependents(of uid: String) -> Set<Reference> { dependents[uid] ?? [] }

    func population(of namespace: String) -> Int { populations[namespace] ?? 0 }

    /// Everything in a namespace.
    func contents(of namespace: String) -> [Reference] {
        collections.flatMap { resource, set in
            set.objects.keys.filter { $0.namespace == namespace }.map { Reference(resource: resource, key: $0) }
        }
    }

    // MARK: - Writing

    @discardableResult
    mutating func put(_ resource: ResourceKey, _ value: Value) -> StoredObject {
        let key = ObjectKey(namespace: value.namespace, name: value.name)
        let previous = object(resource, key)
        let stored = stamp(value, key)
        unlink(previous, resource)
        for owner in value.owners {
            dependents[owner["uid"]?.string ?? "", default: []].insert(Reference(resource: resource, key: key))
        }
        record(StoreEvent(kind: previous == nil ? .added : .modified, object: stored, previous: previous), resource)
        return stored
    }

    @discardableResult
    mutating func remove(_ resource: ResourceKey, _ key: ObjectKey) -> StoredObject? {
        guard let previous = object(resource, key) else { return nil }
        unlink(previous, resource)
        let last = stamp(previous.value, key)
        record(StoreEvent(kind: .deleted, object: last, previous: previous), resource)
        return last
    }

    /// The collections whose watchers must be woken; asked once after each write.
    mutating func takeChanged() -> Set<ResourceKey> {
        defer { changed = [] }
        return changed
    }

    private mutating func stamp(_ value: Value, _ key: ObjectKey) -> StoredObject {
        version += 1
        var value = value
        value.setMetadata("resourceVersion", .string(String(version)))
        return StoredObject(value, key: key, version: version, size: value.json.count)
    }

    private mutating func unlink(_ object: StoredObject?, _ resource: ResourceKey) {
        guard let object else { return }
        for owner in object.value.owners {
            let uid = owner["uid"]?.string ?? ""
            dependents[uid]?.remove(Reference(resource: resource, key: object.key))
            if dependents[uid]?.isEmpty == true { dependents[uid] = nil }
        }
    }

    private mutating func record(_ event: StoreEvent, _ resource: ResourceKey) {
        collections[resource, default: ObjectSet(history: EventHistory(floor: base))]
            .objects[event.object.key] = event.kind == .deleted ? nil : event.object
        collections[resource]?.history.append(event, limits: limits)
        if event.kind != .modified { populations[event.object.key.namespace, default: 0] += event.kind == .added ? 1 : -1 }
        if resource == .services { addresses.follow(event) }
        changed.insert(resource)
    }
}
