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

    /// One change, as `put` or `remove` made it.
    struct Write: Sendable {
        var resource: ResourceKey
        var event: StoreEvent
    }

    var kinds: KindTable
    /// The version of the latest write. Begins at the time of the start in microseconds, or after what a journal says if that is later, so
    /// that no watch of an earlier run goes on.
    private(set) var version: Int64
    private let base: Int64
    private let limits: EventHistory.Limits
    private var collections: [ResourceKey: ObjectSet] = [:]
    /// Owner's uid to those that name it as their owner.
    private var dependents: [String: Set<Reference>] = [:]
    /// How many objects each namespace holds.
    private var populations: [String: Int] = [:]
    var addresses = ServiceAddresses()
    /// What was changed since `takeWrites`.
    private var writes: [Write] = []

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
        link(stored, resource)
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

    /// What happened since the last call; asked once after each transaction.
    mutating func takeWrites() -> [Write] {
        defer { writes = [] }
        return writes
    }

    private mutating func stamp(_ value: Value, _ key: ObjectKey) -> StoredObject {
        version += 1
        var value = value
        value.setMetadata("resourceVersion", .string(String(version)))
        return StoredObject(value, key: key, version: version, size: value.json.count)
    }

    private mutating func link(_ object: StoredObject?, _ resource: ResourceKey) {
        guard let object else { return }
        for owner in object.value.owners {
            dependents[owner["uid"]?.string ?? "", default: []].insert(Reference(resource: resource, key: object.key))
        }
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
        set(event.kind == .deleted ? nil : event.object, resource, event.object.key)
        collections[resource]?.history.append(event, limits: limits)
        if event.kind != .modified { count(event, by: event.kind == .added ? 1 : -1) }
        if resource == .services { addresses.follow(event) }
        writes.append(Write(resource: resource, event: event))
    }

    private mutating func set(_ object: StoredObject?, _ resource: ResourceKey, _ key: ObjectKey) {
        collections[resource, default: ObjectSet(history: EventHistory(floor: base))].objects[key] = object
    }

    private mutating func count(_ event: StoreEvent, by change: Int) {
        populations[event.object.key.namespace, default: 0] += change
    }
}

// MARK: - Keeping

extension ClusterState {
    /// Puts an object in place as it was in an earlier run, with its version and without an event.
    mutating func restore(_ resource: ResourceKey, _ key: ObjectKey, _ value: Value) {
        let object = StoredObject(value, key: key, version: Int64(value.resourceVersion) ?? 0, size: value.json.count)
        let event = StoreEvent(kind: .added, object: object, previous: nil)
        set(object, resource, key)
        link(object, resource)
        count(event, by: 1)
        if resource == .services { addresses.follow(event) }
        if resource == .customResourceDefinitions { kinds.replace(ResourceKey(crd: value), with: KindSchema.kinds(crd: value)) }
    }

    /// Takes back the latest write that is not taken back yet, with its version: nobody has seen it.
    mutating func undo(_ write: Write) {
        let (resource, event) = (write.resource, write.event)
        version = event.version - 1
        set(event.previous, resource, event.object.key)
        collections[resource]?.history.removeNewest()
        if event.kind != .deleted { unlink(event.object, resource) }
        link(event.previous, resource)
        if event.kind != .modified { count(event, by: event.kind == .added ? -1 : 1) }
        if resource == .services {
            let back: StoreEvent.Kind = event.previous == nil ? .deleted : .modified
            let taken = event.kind == .deleted ? nil : event.object
            addresses.follow(StoreEvent(kind: back, object: event.previous ?? event.object, previous: taken))
        }
        if resource == .customResourceDefinitions {
            kinds.replace(
                ResourceKey(crd: event.object.value), with: event.previous.map { KindSchema.kinds(crd: $0.value) } ?? [])
        }
    }

    /// Everything there is.
    var everything: [(resource: ResourceKey, objects: [StoredObject])] {
        collections.map { ($0.key, Array($0.value.objects.values)) }
    }
}
