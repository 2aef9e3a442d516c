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

    private(set) var objects: [ObjectKey: Stored<R>] = [:]

    subscript(_ key: ObjectKey) -> Stored<R>? { objects[key] }

    /// nil when the object has no name or says what the known one says.
    mutating func put(_ document: Located, defaultNamespace: String, adjust: (inout R) -> Void = { _ in }) -> Change? {
        guard let new = Stored<R>(document, defaultNamespace: defaultNamespace, adjust: adjust) else { return nil }
        return put(new)
    }

    /// Takes something away from a known object, which counts as no change.
    mutating func adjust(_ key: ObjectKey, _ adjust: (inout R) -> Void) { objects[key] = objects[key]?.adjusted(adjust) }

    private mutating func put(_ new: Stored<R>) -> Change? {
        let key = new.key
        let old = objects[key]
        if let old, old.says(theSameAs: new) { return nil }
        objects[key] = new
        return Change(old: old, new: new)
    }

    mutating func remove(_ key: ObjectKey) -> Change? { objects.removeValue(forKey: key).map { Change(old: $0) } }

    /// Swaps all objects of a namespace (nil: of all).
    mutating func replace(
        namespace: String?, with documents: [Located], defaultNamespace: String, adjust: (inout R) -> Void = { _ in }
    ) -> [Change] {
        var changes: [Change] = []
        var seen: Set<ObjectKey> = []
        for document in documents {
            guard let new = Stored<R>(document, defaultNamespace: defaultNamespace, adjust: adjust),
                namespace == nil || new.key.namespace == namespace
            else { continue }
            seen.insert(new.key)
            if let change = put(new) { changes.append(change) }
        }
        let gone = objects.keys.filter { !seen.contains($0) && (namespace == nil || $0.namespace == namespace) }
        return changes + gone.compactMap { remove($0) }
    }
}
