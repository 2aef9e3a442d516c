import Documents

/// JSON merge patch (RFC 7396): objects are merged, null removes, everything else replaces.
enum MergePatch {
    static func apply(_ patch: Value, to target: Value) -> Value {
        guard case .object(let changes) = patch else { return patch }
        var members = target.object ?? Value.Fields()
        for (key, change) in changes.entries {
            if change.isNull { members.remove(key) } else { members[key] = apply(change, to: members[key] ?? .null) }
        }
        return .object(members)
    }
}
