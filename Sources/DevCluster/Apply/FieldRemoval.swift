import Documents

/// Takes fields out of an object (structured-merge-diff, typed/remove.go).
enum FieldRemoval {
    /// A member of the set goes with everything below it. Where only parts go, what held them stays, if need be empty.
    static func remove(_ fields: FieldSet, from value: Value, _ schema: SchemaNode) -> Value {
        guard !fields.isEmpty else { return value }
        switch schema.part(value) {
        case .whole, .nothing: return value
        case .members(let members):
            return .object(
                Value.Fields(
                    members.entries.compactMap { name, member in
                        guard let node = fields[.field(name)] else { return (name, member) }
                        return node.isMember
                            ? nil : (name, remove(node.below, from: member, schema.declared(name) ?? .undescribed))
                    }))
        case .elements(let elements):
            return .array(
                elements.compactMap { element in
                    guard let node = fields[element.identity] else { return element.value }
                    return node.isMember ? nil : remove(node.below, from: element.value, schema.element)
                })
        }
    }
}
