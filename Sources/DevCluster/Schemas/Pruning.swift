import Documents

/// Removes members that a structural schema does not know, and names them (`spec.rules[0].hots`) for `fieldValidation`.
///
/// In built-in types a null member counts as absent, because upstream decodes them into Go structs; it is removed and not named.
enum Pruning {
    static func prune(_ object: Value, _ schema: Value) -> (value: Value, unknown: [String]) {
        var unknown: [String] = []
        let value = prune(object, SchemaNode(schema), "", isTyped: false, &unknown)
        return (value, unknown)
    }

    private static func prune(_ value: Value, _ schema: SchemaNode, _ path: String, isTyped: Bool, _ unknown: inout [String])
        -> Value
    {
        let isTyped = isTyped || schema.isTyped
        switch value {
        case .array(let elements):
            guard let items = schema.items else { return value }
            return .array(
                elements.enumerated().map { prune($0.element, items, "\(path)[\($0.offset)]", isTyped: isTyped, &unknown) })
        case .object(let members):
            return .object(prune(members, schema, path, isTyped: isTyped, &unknown))
        default:
            return value
        }
    }

    private static func prune(
        _ members: Value.Fields, _ schema: SchemaNode, _ path: String, isTyped: Bool, _ unknown: inout [String]
    ) -> Value.Fields {
        var kept: [(String, Value)] = []
        for (key, value) in members.entries {
            if let member = schema.member(key) {
                if isTyped, value.isNull, !member.isNullable { continue }
                kept.append((key, prune(value, member, child(path, key), isTyped: isTyped, &unknown)))
            } else if schema.isOpen || (schema.isEmbeddedResource && envelope.contains(key)) {
                kept.append((key, value))
            } else {
                unknown.append(child(path, key))
            }
        }
        return Value.Fields(kept)
    }

    private static let envelope: Set<String> = ["apiVersion", "kind", "metadata"]
}
