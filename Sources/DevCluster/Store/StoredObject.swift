public import Documents

/// One version of an object. Never changed: a write makes another.
public final class StoredObject: Sendable {
    public let value: Value
    public let key: ObjectKey
    public let version: Int64
    /// Bytes as compact JSON; the history is bounded by them.
    let size: Int

    init(_ value: Value, key: ObjectKey, version: Int64, size: Int) {
        self.value = value
        self.key = key
        self.version = version
        self.size = size
    }

    public var uid: String { value.uid }
    public var labels: Value.Fields { value[at: "metadata", "labels"]?.object ?? Value.Fields() }
}

/// What every object's metadata says.
extension Value {
    var name: String { self[at: "metadata", "name"]?.string ?? "" }
    var namespace: String { self[at: "metadata", "namespace"]?.string ?? "" }
    var uid: String { self[at: "metadata", "uid"]?.string ?? "" }
    var resourceVersion: String { self[at: "metadata", "resourceVersion"]?.string ?? "" }
    var isBeingDeleted: Bool { self[at: "metadata", "deletionTimestamp"]?.string != nil }
    var finalizers: [String] { self[at: "metadata", "finalizers"]?.array?.compactMap(\.string) ?? [] }
    var owners: [Value] { self[at: "metadata", "ownerReferences"]?.array ?? [] }

    /// Sets or removes a member of the metadata.
    mutating func setMetadata(_ member: String, _ new: Value?) {
        var metadata = self["metadata"] ?? [:]
        metadata[member] = new
        self["metadata"] = metadata
    }

    /// An empty list is no member at all.
    mutating func setMetadata(_ member: String, list: [Value]) {
        if list.isEmpty { removeMetadata(member) } else { setMetadata(member, .array(list)) }
    }

    mutating func removeMetadata(_ member: String) { setMetadata(member, Value?.none) }

    mutating func setFinalizers(_ names: [String]) { setMetadata("finalizers", list: names.map(Value.string)) }
}
