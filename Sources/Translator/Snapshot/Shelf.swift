import Base
import Documents
import Resources

/// The objects of one kind.
struct Shelf<R: Resource>: Sendable {
    /// What became of one object; both are nil never.
    struct Change {
        var old: Stored<R>?
        var new: Stored<R>?
        var reference: ObjectReference? { (new ?? old)?.reference }
    }

    private var table = ObjectTable<Stored<R>>()

    var objects: some Sequence<Stored<R>> { table.all }
    var count: Int { table.count }

    subscript(_ key: ObjectKey) -> Stored<R>? { table.first(key.hashValue) { $0.key == key } }

    /// nil when the object has no name or says what the known one says.
    mutating func put(_ arrival: Arrival, defaultNamespace: String, keepsValues: (Located) -> Bool = { _ in true }) -> Change? {
        arrival.stored(R.self, defaultNamespace: defaultNamespace, keepsValues: keepsValues).flatMap { put($0) }
    }

    /// Lets go of a Secret's values, which counts as no change.
    mutating func dropValues(_ key: ObjectKey) { if let stored = self[key] { set(stored.withoutValues, key) } }

    private mutating func put(_ new: Stored<R>) -> Change? {
        let key = new.key
        let old = self[key]
        if let old, old.says(theSameAs: new) { return nil }
        set(new, key)
        return Change(old: old, new: new)
    }

    private mutating func set(_ new: Stored<R>, _ key: ObjectKey) { table.put(new, key.hashValue) { $0.key == key } }

    /// Brings one object to what another shelf holds of it.
    mutating func take(_ key: ObjectKey, from other: Shelf) -> (old: Stored<R>?, new: Stored<R>?) {
        let new = other[key]
        guard let new else { return (table.remove(key.hashValue) { $0.key == key }, nil) }
        return (table.put(new, key.hashValue) { $0.key == key }, new)
    }

    mutating func remove(_ key: ObjectKey) -> Change? {
        table.remove(key.hashValue) { $0.key == key }.map { Change(old: $0) }
    }

    /// Swaps all objects of a namespace (nil: of all).
    mutating func replace(
        namespace: String?, with arrivals: [Arrival], defaultNamespace: String,
        keepsValues: @Sendable (Located) -> Bool = { _ in true }
    ) -> [Change] {
        var changes: [Change] = []
        var seen: Set<ObjectKey> = []
        seen.reserveCapacity(arrivals.count)
        let made = concurrentMap(arrivals) {
            $0.stored(R.self, defaultNamespace: defaultNamespace, keepsValues: keepsValues)
        }
        for case let new? in made where namespace == nil || new.key.namespace == namespace {
            seen.insert(new.key)
            if let change = put(new) { changes.append(change) }
        }
        let gone = objects.map(\.key).filter { !seen.contains($0) && (namespace == nil || $0.namespace == namespace) }
        return changes + gone.compactMap { remove($0) }
    }
}
