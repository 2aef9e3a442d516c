import Documents

/// Merges an applied configuration into an object: objects by member, list maps and sets by element, everything else is replaced
/// (structured-merge-diff, typed/merge.go).
enum TypedMerge {
    static func merge(_ configuration: Value, into object: Value, _ schema: SchemaNode) -> Value {
        switch (schema.part(object), schema.part(configuration)) {
        case (.members(let old), .members(let new)):
            return .object(merge(new, into: old, schema))
        case (.elements(let old), .elements(let new)):
            return .array(merge(new, into: old, schema.element))
        // Null is no value for what is made of parts: it leaves the parts to their owners.
        case (.members(let old), .nothing) where !old.isEmpty: return object
        case (.elements(let old), .nothing) where !old.isEmpty: return object
        default: return configuration
        }
    }

    private static func merge(_ new: Value.Fields, into old: Value.Fields, _ schema: SchemaNode) -> Value.Fields {
        var result = old
        for (name, value) in new.entries {
            result[name] = old[name].map { merge(value, into: $0, schema.declared(name) ?? .undescribed) } ?? value
        }
        return result
    }

    /// The applied elements come in the applied order. Elements that only the object has keep their places among them.
    private static func merge(_ new: [FieldPart.Element], into old: [FieldPart.Element], _ schema: SchemaNode) -> [Value] {
        var list = ListMerge(old: old, new: new, schema)
        return list.merged()
    }
}

/// One list on its way. Elements of the object that exist twice are replaced by the applied one of their identity.
private struct ListMerge {
    private let old: [FieldPart.Element]
    private let new: [FieldPart.Element]
    private let schema: SchemaNode
    private var ofOld: [PathElement: [Value]]
    private let isNew: Set<PathElement>
    /// The elements that both have, in the applied order.
    private var shared: ArraySlice<PathElement>
    private var done: Set<PathElement> = []
    private var result: [Value] = []

    init(old: [FieldPart.Element], new: [FieldPart.Element], _ schema: SchemaNode) {
        self.old = old
        self.new = new
        self.schema = schema
        let ofOld = Dictionary(grouping: old, by: \.identity).mapValues { $0.map(\.value) }
        self.ofOld = ofOld
        isNew = Set(new.map(\.identity))
        shared = new.map(\.identity).filter { ofOld[$0] != nil }[...]
    }

    mutating func merged() -> [Value] {
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if i < old.count {
                let identity = old[i].identity
                if j < new.count, identity == new[j].identity {
                    take(new[j])
                    (i, j) = (i + 1, j + 1)
                    continue
                }
                if !isNew.contains(identity) {
                    result.append(old[i].value)
                    i += 1
                    continue
                }
                // An element of both that comes at another place in the applied order, or came already.
                if done.contains(identity) || (j < new.count && shared.first != identity) {
                    i += 1
                    continue
                }
            }
            if j < new.count {
                take(new[j])
                j += 1
            }
        }
        return result
    }

    private mutating func take(_ element: FieldPart.Element) {
        done.insert(element.identity)
        if shared.first == element.identity { shared.removeFirst() }
        let before = ofOld[element.identity] ?? []
        result.append(before.count == 1 ? TypedMerge.merge(element.value, into: before[0], schema) : element.value)
    }
}
