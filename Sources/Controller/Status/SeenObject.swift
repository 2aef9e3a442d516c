import Documents
import Resources

/// What is kept of an Ingress or Route to judge and write its status: who it is, which version, and the status that it has.
///
/// Kept packed: each is looked at a few times in its life.
struct SeenObject: Sendable {
    private let uid: ObjectUID
    /// nil when the server's versions are no numbers.
    private let version: UInt64?
    /// Of the specification: the API server counts it up when that changes, and not when a status is written.
    let generation: Int64
    private let packed: Packed

    init(_ document: Value) {
        let metadata = document["metadata"]
        uid = ObjectUID(metadata?["uid"]?.string ?? "")
        version = metadata?["resourceVersion"]?.string.flatMap { UInt64($0) }
        generation = metadata?["generation"]?.integer ?? 0
        var identity = Value.Fields()
        for name in ["name", "namespace", "resourceVersion"] { identity[name] = metadata?[name] }
        var kept: Value = ["metadata": .object(identity)]
        kept["status"] = document["status"]
        packed = Packed(kept)
    }

    /// `metadata` and `status`.
    var value: Value {
        var value = packed.value
        if !uid.isEmpty { value["metadata"]?["uid"] = .string(uid.description) }
        return value
    }

    /// Whether it is the same object with the same specification.
    func means(_ other: SeenObject) -> Bool { uid == other.uid && generation == other.generation }

    /// Whether this version of an object certainly came after the other: versions of one object that are numbers compare.
    func isNewer(than other: SeenObject) -> Bool {
        guard uid == other.uid, let version, let theirs = other.version else { return false }
        return version > theirs
    }
}
