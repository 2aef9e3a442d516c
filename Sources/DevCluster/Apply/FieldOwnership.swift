import Documents

/// Who writes: what `metadata.managedFields` says of a request.
struct FieldWriter: Sendable {
    /// `?fieldManager=`, or the first part of the User-Agent.
    var name: String
    var subresource: Subresource
    /// RFC 3339.
    var now: String
}

/// Keeps the owners of an object's fields through a write (KEP-555; k8s.io/apimachinery/pkg/util/managedfields).
struct FieldOwnership {
    /// The version in which the request speaks.
    let kind: KindSchema
    let kinds: KindTable
    let writer: FieldWriter

    // MARK: - Create, update, patch

    /// `metadata.managedFields` of an object after a write.
    ///
    /// - Parameters:
    ///   - old: the object before; nil for a new one.
    ///   - proposed: managedFields as the client sent them.
    ///   - owners: of an apply, which has found them already.
    func managedFields(from old: Value?, to new: Value, proposed: Value?, owners: ManagedFields?) -> Value? {
        let stored = old?.managedFields
        if let owners {
            // Who applies what is there already changes nothing, not even the time.
            let isSame = new.with(managedFields: nil) == old?.with(managedFields: nil)
            if isSame, owners.hasSameFields(as: .before(nil, stored: stored)) { return stored }
            return owners.value
        }
        // Managers of the whole object are not given through a subresource.
        let proposed = writer.subresource == .object ? proposed : stored
        if proposed == stored, let old, new.with(managedFields: stored) == old { return stored }
        return afterUpdate(from: old, to: new, .before(proposed, stored: stored)).value
    }

    /// The owners after a write that was not an apply: whoever changes a field owns it, alone.
    ///
    /// - Parameters:
    ///   - old: the object before; nil for a new one.
    ///   - managed: the owners before.
    func afterUpdate(from old: Value?, to new: Value, _ managed: ManagedFields) -> ManagedFields {
        // Whoever took the owners away wanted them gone: they are kept again from the next apply on.
        if managed.isEmpty, old != nil { return managed }
        let before = old.map { reconciled(managed, $0) } ?? managed
        var (managed, changes) = moved(from: old, to: new, before, by: nil)
        let fields = ownable(changes.set)
        if !fields.isEmpty {
            let manager = identity(.update)
            let before = managed[manager]?.fields ?? FieldSet()
            managed[manager] = .init(apiVersion: kind.apiVersion, time: writer.now, fields: before.union(fields))
        }
        managed.forgetOldUpdaters()
        return managed
    }

    // MARK: - Apply

    /// An object with an applied configuration merged into it, and its owners then.
    struct Applied {
        var object: Value
        var managed: ManagedFields
    }

    /// - Parameters:
    ///   - live: the object as it is; nil for a new one.
    ///   - force: takes fields away from others where values differ.
    func apply(_ configuration: Value, to live: Value?, force: Bool) throws(FieldConflicts) -> Applied {
        var managed = ManagedFields.before(nil, stored: live?.managedFields)
        let live = (live ?? emptyObject).with(managedFields: nil)
        if managed.isEmpty, live != emptyObject { managed = beforeFirstApply(live) }
        managed = reconciled(managed, live)
        let manager = identity(.apply)
        let last = managed[manager]
        let fields = writable(FieldSet(of: configuration, schema))
        var new = TypedMerge.merge(configuration, into: live, schema)
        managed[manager] = .init(apiVersion: kind.apiVersion, time: last?.time, fields: fields)
        if let last { new = pruned(new, last, managed) }
        if !force { try requireNoConflict(from: live, to: new, managed, except: manager) }
        managed = moved(from: live, to: new, managed, by: manager).managed
        managed[manager] = managed[manager].map { entry in
            var entry = entry
            entry.fields = ownable(entry.fields)
            if entry.time == nil || new != live || entry.fields != last?.fields { entry.time = writer.now }
            return entry
        }
        return Applied(object: new, managed: managed)
    }

    /// What an object holds that nobody kept the owners of.
    private func beforeFirstApply(_ live: Value) -> ManagedFields {
        var earlier = writer
        earlier.name = "before-first-apply"
        return FieldOwnership(kind: kind, kinds: kinds, writer: earlier).afterUpdate(from: nil, to: live, ManagedFields())
    }

    private func requireNoConflict(from live: Value, to new: Value, _ managed: ManagedFields, except own: ManagerIdentity)
        throws(FieldConflicts)
    {
        var conflicts: [FieldConflict] = []
        var comparisons = Comparisons(self, live, new)
        for manager in managed.managers where manager != own {
            guard let entry = managed[manager], let changes = comparisons[entry.apiVersion] else { continue }
            for route in entry.fields.intersection(changes.set).routes {
                conflicts.append(FieldConflict(manager: manager, route: route))
            }
        }
        if !conflicts.isEmpty { throw FieldConflicts(all: conflicts) }
    }

    // MARK: - Both

    var schema: SchemaNode { SchemaNode(kind.schema) }
    var emptyObject: Value { ["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": [:]] }

    func identity(_ operation: ManagerOperation) -> ManagerIdentity {
        ManagerIdentity(
            writer.name, operation, apiVersion: kind.apiVersion,
            subresource: writer.subresource == .object ? "" : writer.subresource.rawValue)
    }

    /// Takes what was changed or removed from its owners, other than the one who applies. Versions that are no longer served are forgotten.
    private func moved(from old: Value?, to new: Value, _ managed: ManagedFields, by own: ManagerIdentity?)
        -> (managed: ManagedFields, changes: FieldComparison)
    {
        var managed = managed
        var comparisons = Comparisons(self, old ?? emptyObject, new)
        for (manager, entry) in managed.entries where manager != own {
            guard let changes = comparisons[entry.apiVersion] else {
                managed[manager] = nil
                continue
            }
            managed[manager]?.fields = entry.fields.subtracting(changes.set).subtracting(changes.removed)
        }
        return (managed, comparisons.own)
    }

    /// What a write to this resource or subresource can change: a status belongs to `/status` alone, where there is one.
    func writable(_ fields: FieldSet) -> FieldSet {
        switch writer.subresource {
        case .status: fields.filter { $0 == .field("status") }
        case .object, .scale: kind.hasStatus ? fields.filter { $0 != .field("status") } : fields
        }
    }

    /// What can have an owner: not what names the object, and not what the server alone writes.
    private func ownable(_ fields: FieldSet) -> FieldSet { fields.subtracting(Self.ownerless) }

    private static let ownerless = FieldSet(
        routes: [[.field("apiVersion")], [.field("kind")], [.field("metadata")]]
            + [
                "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
                "resourceVersion",
            ].map { [.field("metadata"), .field($0)] })
}

/// The difference of two objects in each version in which owners name their fields.
struct Comparisons {
    private let ownership: FieldOwnership
    private let old: Value
    private let new: Value
    /// In the version of the request.
    let own: FieldComparison
    private var others: [String: FieldComparison?] = [:]

    init(_ ownership: FieldOwnership, _ old: Value, _ new: Value) {
        self.ownership = ownership
        self.old = old.with(managedFields: nil)
        self.new = new.with(managedFields: nil)
        own = Self.comparison(self.old, self.new, ownership.kind, ownership)
    }

    private static func comparison(_ old: Value, _ new: Value, _ kind: KindSchema, _ ownership: FieldOwnership)
        -> FieldComparison
    {
        FieldComparison(
            from: EmptyShapes.completed(old, kind), to: EmptyShapes.completed(new, kind), SchemaNode(kind.schema)
        ).filtered(ownership.writable)
    }

    /// Nil for a version that is not served.
    subscript(_ apiVersion: String) -> FieldComparison? {
        mutating get {
            if apiVersion == ownership.kind.apiVersion { return own }
            if let known = others[apiVersion] { return known }
            let made = ownership.version(apiVersion).map { version in
                Self.comparison(
                    ownership.convert(old, to: version), ownership.convert(new, to: version), version, ownership)
            }
            others[apiVersion] = .some(made)
            return made
        }
    }
}

extension FieldOwnership {
    /// The kind in another version; nil when it is not served.
    func version(_ apiVersion: String) -> KindSchema? {
        apiVersion == kind.apiVersion ? kind : kinds.all.first { $0.resource == kind.resource && $0.apiVersion == apiVersion }
    }

    func convert(_ object: Value, from: KindSchema? = nil, to version: KindSchema) -> Value {
        let from = from ?? kind
        return from.apiVersion == version.apiVersion ? object : version.served(from.stored(object))
    }
}

extension Value {
    func with(managedFields: Value?) -> Value {
        guard self[at: "metadata", "managedFields"] != managedFields else { return self }
        var object = self
        object.managedFields = managedFields
        return object
    }
}
