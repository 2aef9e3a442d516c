import Documents

/// A list under strategic merge: its elements are found by merge key, or by value when they are scalars.
struct StrategicList {
    private let schema: SchemaNode?
    private let mergeKey: String?

    init(_ schema: SchemaNode?) {
        self.schema = schema
        mergeKey = schema?.patchMergeKey
    }

    typealias MergeElement = (Value, Value, SchemaNode?) throws(PatchError) -> Value

    /// The patch's elements come in the patch's order; those that only `target` has stay before the ones that they preceded.
    func merge(_ patch: [Value], into target: [Value], mergeElement: MergeElement) throws(PatchError) -> [Value] {
        guard let mergeKey else { return ordered(union(target, patch), by: patch, old: target) }
        if patch.contains(where: { $0["$patch"]?.string == "replace" }) {
            return Self.withoutDirectives(patch.filter { $0["$patch"]?.string != "replace" })
        }
        var result = target
        for change in patch {
            guard let key = change[mergeKey] else {
                throw .malformed("an element of a merged list does not contain the merge key: \(mergeKey)")
            }
            let at = result.firstIndex { $0[mergeKey] == key }
            if change["$patch"]?.string == "delete" {
                result.removeAll { $0[mergeKey] == key }
            } else if let at {
                result[at] = try mergeElement(change, result[at], schema?.items)
            } else {
                result.append(StrategicMergePatch.withoutDirectives(change))
            }
        }
        return ordered(result, by: patch, old: target)
    }

    private func union(_ target: [Value], _ patch: [Value]) -> [Value] {
        var result: [Value] = []
        for value in target + patch where !result.contains(value) { result.append(value) }
        return result
    }

    /// Brings a merged list into the order that the client asked for. Elements that the client does not name were added by others:
    /// they keep their place before the first named element that they preceded in `old`.
    func ordered(_ list: [Value], by order: [Value], old: [Value]) -> [Value] {
        let wanted = order.map(identity)
        let named = list.filter { wanted.contains(identity($0)) }
            .sorted { (wanted.firstIndex(of: identity($0)) ?? 0) < (wanted.firstIndex(of: identity($1)) ?? 0) }
        var others = list.filter { !wanted.contains(identity($0)) }[...]
        let places = old.map(identity)
        var result: [Value] = []
        for element in named {
            let place = places.firstIndex(of: identity(element))
            while let place, let other = others.first, let before = places.firstIndex(of: identity(other)), before < place {
                result.append(other)
                others.removeFirst()
            }
            result.append(element)
        }
        return result + others
    }

    private func identity(_ element: Value) -> Value {
        mergeKey.flatMap { element[$0] } ?? element
    }

    static func withoutDirectives(_ elements: [Value]) -> [Value] {
        elements.filter { $0["$patch"] == nil || $0["$patch"]?.string == "merge" }.map(StrategicMergePatch.withoutDirectives)
    }
}
