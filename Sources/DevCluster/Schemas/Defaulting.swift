import Documents

/// Fills in the `default` of every absent member whose parent is there, as structural schemas define it.
///
/// A null where the schema allows none counts as absent if there is a default.
enum Defaulting {
    static func apply(_ object: Value, _ schema: Value) -> Value {
        apply(object, SchemaNode(schema))
    }

    private static func apply(_ value: Value, _ schema: SchemaNode) -> Value {
        switch value {
        case .array(let elements):
            guard let items = schema.items else { return value }
            return .array(elements.map { apply($0, items) })
        case .object(var members):
            fillIn(&members, schema)
            for entry in members.entries {
                guard let member = schema.member(entry.key) else { continue }
                members[entry.key] = apply(entry.value, member)
            }
            return .object(members)
        default:
            return value
        }
    }

    private static func fillIn(_ members: inout Value.Fields, _ schema: SchemaNode) {
        for property in schema.properties?.entries ?? [] {
            guard let preset = property.value["default"] else { continue }
            let isNullable = property.value["nullable"]?.bool ?? false
            if members[property.key].map({ $0.isNull && !isNullable }) ?? true { members[property.key] = preset }
        }
    }
}
