import Documents

/// What becomes of an object's dependents when it is deleted.
public enum Propagation: String, Sendable {
    /// The object goes at once, its dependents right after.
    case background = "Background"
    /// Its dependents go first; until then it waits with the finalizer `foregroundDeletion`.
    case foreground = "Foreground"
    /// Its dependents stay and forget their owner.
    case orphan = "Orphan"
}

/// Deletion with finalizers, owners and namespaces. What Kubernetes' garbage collector does a moment later happens here in the same write.
extension ClusterState {
    struct Deletion: Sendable {
        /// RFC 3339.
        var now: String
        var propagation = Propagation.background
        /// Seconds that a Pod gets to end; nil or 0: none.
        var graceSeconds: Int64?
        /// When the grace is over, RFC 3339.
        var graceEnd = ""
    }

    static let foregroundFinalizer = "foregroundDeletion"
    static let crdFinalizer = "customresourcecleanup.apiextensions.k8s.io"

    /// Deletes, or marks as being deleted what has to wait. Returns the object as it is afterwards (its last state when it is gone).
    @discardableResult
    mutating func delete(_ resource: ResourceKey, _ key: ObjectKey, _ deletion: Deletion) -> (object: StoredObject, isGone: Bool)?
    {
        guard let object = object(resource, key) else { return nil }
        if deletion.propagation == .orphan { orphanDependents(of: object) }
        var value = object.value
        var finalizers = value.finalizers
        if deletion.propagation == .foreground, !dependents(of: object.uid).isEmpty {
            add(Self.foregroundFinalizer, to: &finalizers)
        }
        if resource == .customResourceDefinitions { add(Self.crdFinalizer, to: &finalizers) }
        let waits = !finalizers.isEmpty || resource == .namespaces || deletion.graceSeconds ?? 0 > 0
        guard waits else { return finish(resource, key, deletion).map { ($0, true) } }
        value.setFinalizers(finalizers)
        mark(&value, deletion)
        if resource == .namespaces { value["status"] = ["phase": "Terminating"] }
        let marked = value == object.value ? object : put(resource, value)
        deleteContents(resource, marked, deletion, wasMarked: object.value.finalizers.contains(Self.foregroundFinalizer))
        settle(resource, key, deletion)
        return self.object(resource, key).map { ($0, false) } ?? (marked, true)
    }

    /// Removes an object that waited, once nothing holds it any more.
    mutating func settle(_ resource: ResourceKey, _ key: ObjectKey, _ deletion: Deletion) {
        guard let object = object(resource, key), object.value.isBeingDeleted else { return }
        var finalizers = object.value.finalizers
        if !dependents(of: object.uid).contains(where: { blocks($0, owner: object.uid) }) {
            finalizers.removeAll { $0 == Self.foregroundFinalizer }
        }
        if resource == .customResourceDefinitions, objects(ResourceKey(crd: object.value)).isEmpty {
            finalizers.removeAll { $0 == Self.crdFinalizer }
        }
        let holdsContents = resource == .namespaces && population(of: key.name) > 0
        let hasGrace = object.value[at: "metadata", "deletionGracePeriodSeconds"]?.integer ?? 0 > 0
        if finalizers.isEmpty, !holdsContents, !hasGrace {
            _ = finish(resource, key, deletion)
        } else if finalizers != object.value.finalizers {
            var value = object.value
            value.setFinalizers(finalizers)
            put(resource, value)
        }
    }

    private func add(_ finalizer: String, to finalizers: inout [String]) {
        if !finalizers.contains(finalizer) { finalizers.append(finalizer) }
    }

    private func mark(_ value: inout Value, _ deletion: Deletion) {
        let grace = deletion.graceSeconds ?? 0
        if !value.isBeingDeleted {
            value.setMetadata("deletionTimestamp", .string(grace > 0 ? deletion.graceEnd : deletion.now))
            value.setMetadata("deletionGracePeriodSeconds", .integer(grace))
        } else if grace < value[at: "metadata", "deletionGracePeriodSeconds"]?.integer ?? 0 {
            value.setMetadata("deletionGracePeriodSeconds", .integer(grace))
        }
    }

    private mutating func deleteContents(_ resource: ResourceKey, _ object: StoredObject, _ deletion: Deletion, wasMarked: Bool) {
        var inner = deletion
        inner.graceSeconds = nil
        inner.propagation = .background
        switch resource {
        case .namespaces:
            for content in contents(of: object.key.name) { delete(content.resource, content.key, inner) }
        case .customResourceDefinitions:
            let custom = ResourceKey(crd: object.value)
            for content in objects(custom).map(\.key) { delete(custom, content, inner) }
        default:
            // Owners may go round in a circle: each is asked once.
            guard deletion.propagation == .foreground, !wasMarked else { return }
            inner.propagation = .foreground
            for dependent in dependents(of: object.uid) { delete(dependent.resource, dependent.key, inner) }
        }
    }

    /// The object is gone now; what depended on that follows.
    private mutating func finish(_ resource: ResourceKey, _ key: ObjectKey, _ deletion: Deletion) -> StoredObject? {
        guard let last = remove(resource, key) else { return nil }
        var inner = deletion
        inner.graceSeconds = nil
        inner.propagation = .background
        for dependent in dependents(of: last.uid) { disown(dependent, by: last.uid, inner) }
        for owner in last.value.owners { settleOwner(owner, namespace: key.namespace, inner) }
        if resource == .customResourceDefinitions { kinds.replace(ResourceKey(crd: last.value), with: []) }
        if !key.namespace.isEmpty { settle(.namespaces, ObjectKey(name: key.namespace), inner) }
        for definition in objects(.customResourceDefinitions) where definition.value.isBeingDeleted {
            settle(.customResourceDefinitions, definition.key, inner)
        }
        return last
    }

    // MARK: - Owners

    private mutating func orphanDependents(of owner: StoredObject) {
        for dependent in dependents(of: owner.uid) {
            guard let object = object(dependent.resource, dependent.key) else { continue }
            put(dependent.resource, without(owner.uid, object.value))
        }
    }

    /// A dependent with another owner that still exists only forgets this one.
    private mutating func disown(_ dependent: Reference, by uid: String, _ deletion: Deletion) {
        guard let object = object(dependent.resource, dependent.key) else { return }
        let rest = without(uid, object.value)
        let isStillOwned = rest.owners.contains { find($0, namespace: dependent.key.namespace) != nil }
        if isStillOwned { put(dependent.resource, rest) } else { delete(dependent.resource, dependent.key, deletion) }
    }

    private mutating func settleOwner(_ owner: Value, namespace: String, _ deletion: Deletion) {
        guard let found = find(owner, namespace: namespace) else { return }
        settle(found.resource, found.key, deletion)
    }

    private func find(_ owner: Value, namespace: String) -> Reference? {
        guard let kind = kinds.kind(apiVersion: owner["apiVersion"]?.string ?? "", kind: owner["kind"]?.string ?? "") else {
            return nil
        }
        let key = ObjectKey(namespace: kind.isNamespaced ? namespace : "", name: owner["name"]?.string ?? "")
        guard object(kind.resource, key)?.uid == owner["uid"]?.string else { return nil }
        return Reference(resource: kind.resource, key: key)
    }

    /// Owners in a circle would wait for each other for ever: there nobody blocks.
    private func blocks(_ dependent: Reference, owner uid: String) -> Bool {
        guard let object = object(dependent.resource, dependent.key) else { return false }
        let wants = object.value.owners.contains { $0["uid"]?.string == uid && $0["blockOwnerDeletion"]?.bool == true }
        return wants && !owns(object.uid, uid)
    }

    /// Whether one is the other's owner, directly or through others.
    private func owns(_ owner: String, _ uid: String) -> Bool {
        var seen: Set<String> = []
        var next = [owner]
        while let current = next.popLast() {
            for dependent in dependents(of: current) {
                guard let found = object(dependent.resource, dependent.key)?.uid, seen.insert(found).inserted else { continue }
                if found == uid { return true }
                next.append(found)
            }
        }
        return false
    }

    private func without(_ uid: String, _ value: Value) -> Value {
        var value = value
        let rest = value.owners.filter { $0["uid"]?.string != uid }
        value.setMetadata("ownerReferences", list: rest)
        return value
    }
}

extension ResourceKey {
    /// The resource that a CustomResourceDefinition defines.
    init(crd: Value) {
        self.init(crd[at: "spec", "names", "plural"]?.string ?? "", group: crd[at: "spec", "group"]?.string ?? "")
    }
}
