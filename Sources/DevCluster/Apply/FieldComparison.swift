import Documents

/// What a write did to the fields of an object. No field is in more than one of the sets.
struct FieldComparison: Equatable {
    var removed = FieldSet()
    var modified = FieldSet()
    var added = FieldSet()

    /// - Parameter old: nil for a new object.
    init(from old: Value?, to new: Value, _ schema: SchemaNode) {
        let changes = Changes(old ?? [:], new, schema)
        removed = changes.removed.below
        modified = changes.modified.below
        added = changes.added.below
    }

    /// Everything that got another value.
    var set: FieldSet { modified.union(added) }

    func filtered(_ filter: (FieldSet) -> FieldSet) -> FieldComparison {
        var result = self
        result.removed = filter(removed)
        result.modified = filter(modified)
        result.added = filter(added)
        return result
    }
}

/// The three sets at one place in the object.
private struct Changes {
    var removed = FieldSet.Node()
    var modified = FieldSet.Node()
    var added = FieldSet.Node()

    init() {}

    init(_ old: Value?, _ new: Value?, _ schema: SchemaNode) {
        let (before, after) = (schema.part(old), schema.part(new))
        guard !(before.isHollow && after.isHollow) else {
            compareWhole(old, new)
            return
        }
        switch (before, after) {
        case (.members, .members), (.members, .nothing), (.nothing, .members):
            compareMembers(before, after, schema)
            noteOwn(old, new)
        case (.elements, .elements), (.elements, .nothing), (.nothing, .elements):
            compareElements(before, after, schema)
            noteOwn(old, new)
        default:
            compareWhole(old, new)
            addParts(before, .nothing, schema)
            addParts(.nothing, after, schema)
        }
    }

    private mutating func compareWhole(_ old: Value?, _ new: Value?) {
        noteOwn(old, new)
        if let old, let new, old != new { modified.isMember = true }
    }

    private mutating func noteOwn(_ old: Value?, _ new: Value?) {
        if old == nil, new != nil { added.isMember = true }
        if old != nil, new == nil { removed.isMember = true }
    }

    /// Something became something else, such as a map a scalar.
    private mutating func addParts(_ before: FieldPart, _ after: FieldPart, _ schema: SchemaNode) {
        switch (before, after) {
        case (.members, _), (_, .members): compareMembers(before, after, schema)
        case (.elements, _), (_, .elements): compareElements(before, after, schema)
        default: break
        }
    }

    // MARK: - Objects

    private mutating func compareMembers(_ before: FieldPart, _ after: FieldPart, _ schema: SchemaNode) {
        let (old, new) = (Self.members(before), Self.members(after))
        var parts: [(PathElement, Changes)] = []
        func compare(_ name: String, _ old: Value?, _ new: Value?) {
            parts.append((.field(name), Changes(old, new, schema.declared(name) ?? .undescribed)))
        }
        for (name, value) in old.entries { compare(name, value, new[name]) }
        for (name, value) in new.entries where old[name] == nil { compare(name, nil, value) }
        add(parts)
    }

    private static func members(_ part: FieldPart) -> Value.Fields {
        if case .members(let members) = part { members } else { Value.Fields() }
    }

    // MARK: - Lists

    private mutating func compareElements(_ before: FieldPart, _ after: FieldPart, _ schema: SchemaNode) {
        let (old, new) = (Self.elements(before), Self.elements(after))
        var parts: [(PathElement, Changes)] = []
        for (identity, values) in old { parts.append((identity, Self.ofElements(values, new[identity] ?? [], schema.element))) }
        for (identity, values) in new where old[identity] == nil {
            parts.append((identity, Self.ofElements([], values, schema.element)))
        }
        add(parts)
    }

    private static func elements(_ part: FieldPart) -> [PathElement: [Value]] {
        guard case .elements(let elements) = part else { return [:] }
        return Dictionary(grouping: elements, by: \.identity).mapValues { $0.map(\.value) }
    }

    /// The elements of one identity. Several of them count as one value.
    private static func ofElements(_ old: [Value], _ new: [Value], _ schema: SchemaNode) -> Changes {
        guard old.count > 1 || new.count > 1 else { return Changes(old.first, new.first, schema) }
        if old.count > 1, new.count > 1 {
            var changes = Changes()
            changes.modified.isMember = old != new
            return changes
        }
        if old.count > 1 {
            var changes = new.first.map { Changes(nil, $0, schema) } ?? Changes()
            changes.removed.isMember = true
            return changes
        }
        var changes = old.first.map { Changes($0, nil, schema) } ?? Changes()
        changes.added.isMember = true
        return changes
    }

    private mutating func add(_ parts: [(PathElement, Changes)]) {
        func gather(_ set: FieldSet, _ node: (Changes) -> FieldSet.Node) -> FieldSet {
            let gathered = FieldSet(parts.map { FieldSet.Branch(element: $0.0, node: node($0.1)) })
            return set.union(gathered)
        }
        removed.below = gather(removed.below, \.removed)
        modified.below = gather(modified.below, \.modified)
        added.below = gather(added.below, \.added)
    }
}
