import Documents

/// Kubernetes' strategic merge patch: lists with a merge key are merged by element, and directives say what a plain merge cannot.
///
/// - `$patch: replace | delete | merge` in an object or in an element of a list
/// - `$retainKeys: [a, b]`: of the object only these members stay
/// - `$setElementOrder/<list>`: the order of the merged list
/// - `$deleteFromPrimitiveList/<list>`: values that go
///
/// Strategies and merge keys come from the schema (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`); where the schema says
/// nothing, objects are merged and lists replaced.
enum StrategicMergePatch {
    static func apply(_ patch: Value, to target: Value, schema: Value) throws(PatchError) -> Value {
        guard case .object(let changes) = patch else {
            throw .malformed("a strategic merge patch is an object, found \(patch.kindName)")
        }
        return .object(try merge(changes, into: target.object ?? Value.Fields(), SchemaNode(schema)))
    }

    static let orderPrefix = "$setElementOrder/"
    static let deletePrefix = "$deleteFromPrimitiveList/"

    // MARK: - Objects

    private static func merge(_ patch: Value.Fields, into target: Value.Fields, _ schema: SchemaNode?) throws(PatchError)
        -> Value.Fields
    {
        var patch = patch
        switch patch.remove("$patch") {
        case nil, .string("merge"): break
        case .string("replace"): return withoutDirectives(patch)
        case .string("delete"): return Value.Fields()
        case .some(let other): throw .malformed("unrecognized patch type: \(other.string ?? other.jsonText)")
        }
        var target = target
        if let retained = patch.remove("$retainKeys") { try retain(retained, patch, &target) }
        for (key, order) in patch.entries where key.hasPrefix(orderPrefix) {
            let name = String(key.dropFirst(orderPrefix.count))
            patch.remove(key)
            let change = patch.remove(name)
            try mergeOrdered(name, change, order, &target, schema?.member(name))
        }
        for (key, change) in patch.entries {
            if key.hasPrefix(deletePrefix) {
                try deleteValues(change, String(key.dropFirst(deletePrefix.count)), &target)
            } else {
                target[key] = try merged(change, target[key], schema?.member(key))
            }
        }
        return target
    }

    /// What a member becomes; nil when it goes.
    private static func merged(_ change: Value, _ old: Value?, _ schema: SchemaNode?) throws(PatchError) -> Value? {
        let isReplaced = schema?.patchStrategies.contains("replace") ?? false
        switch (change, old) {
        case (.null, _):
            return nil
        case (.object(let patch), .object(let target)) where !isReplaced:
            return .object(try merge(patch, into: target, schema))
        case (.object(let patch), _):
            if patch["$patch"]?.string == "delete" { return nil }
            return .object(withoutNulls(withoutDirectives(patch)))
        case (.array(let patch), .array(let target)) where schema?.patchStrategies.contains("merge") ?? false:
            return .array(try StrategicList(schema).merge(patch, into: target, mergeElement: mergeElement))
        case (.array(let patch), _):
            return .array(StrategicList.withoutDirectives(patch))
        default:
            return change
        }
    }

    private static func mergeElement(_ patch: Value, _ target: Value, _ schema: SchemaNode?) throws(PatchError) -> Value {
        guard case .object(let changes) = patch, case .object(let old) = target else { return patch }
        return .object(try merge(changes, into: old, schema))
    }

    // MARK: - Directives

    private static func retain(_ keys: Value, _ patch: Value.Fields, _ target: inout Value.Fields) throws(PatchError) {
        guard let names = keys.array?.compactMap(\.string), names.count == keys.array?.count else {
            throw .malformed("$retainKeys must be a list of strings")
        }
        for (key, value) in patch.entries where !key.hasPrefix("$") && !value.isNull && !names.contains(key) {
            throw .malformed("$retainKeys must name every member that the patch sets; '\(key)' is missing")
        }
        for key in target.keys where !names.contains(key) { target.remove(key) }
    }

    private static func mergeOrdered(
        _ name: String, _ change: Value?, _ order: Value, _ target: inout Value.Fields, _ schema: SchemaNode?
    ) throws(PatchError) {
        guard let order = order.array else { throw .malformed("\(orderPrefix)\(name) must be a list") }
        let old = target[name]?.array ?? []
        let merged = try change.map { change throws(PatchError) in try self.merged(change, target[name], schema) } ?? target[name]
        guard let list = merged?.array else {
            target[name] = merged
            return
        }
        target[name] = .array(StrategicList(schema).ordered(list, by: order, old: old))
    }

    private static func deleteValues(_ values: Value, _ name: String, _ target: inout Value.Fields) throws(PatchError) {
        guard let gone = values.array else { throw .malformed("\(deletePrefix)\(name) must be a list") }
        guard let list = target[name]?.array else { return }
        target[name] = .array(list.filter { !gone.contains($0) })
    }

    static func withoutDirectives(_ members: Value.Fields) -> Value.Fields {
        Value.Fields(
            members.entries.filter { !$0.key.hasPrefix("$") || !isDirective($0.key) }.map {
                ($0.key, withoutDirectives($0.value))
            })
    }

    static func withoutDirectives(_ value: Value) -> Value {
        switch value {
        case .object(let members): .object(withoutDirectives(members))
        case .array(let elements): .array(StrategicList.withoutDirectives(elements))
        default: value
        }
    }

    private static func isDirective(_ key: String) -> Bool {
        key == "$patch" || key == "$retainKeys" || key.hasPrefix(orderPrefix) || key.hasPrefix(deletePrefix)
    }

    /// A null in what is new says that nothing shall be there.
    private static func withoutNulls(_ members: Value.Fields) -> Value.Fields {
        Value.Fields(
            members.entries.filter { !$0.value.isNull }.map { key, value in
                if case .object(let inner) = value { return (key, .object(withoutNulls(inner))) }
                return (key, value)
            })
    }
}
