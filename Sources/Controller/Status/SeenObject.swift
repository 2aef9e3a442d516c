import Base
import Documents
import Resources

/// What is kept of an Ingress or Route to judge and write its status: which object and version it is, and the status that it has.
///
/// Who it is, whoever keeps it knows. The status is kept packed: each is looked at a few times in its life.
struct SeenObject: Sendable {
    private enum Version: Sendable {
        case number(UInt64)
        /// Of a server whose versions are no numbers.
        case text(Rare<String>)
    }

    /// nil when it has none.
    private let status: Packed?
    /// Of the specification: the API server counts it up when that changes, and not when a status is written.
    let generation: Int64
    private let version: Version
    private let uid: ObjectUID

    init(_ document: Packed) {
        let metadata = ObjectMeta(of: document)
        uid = metadata.uid
        let text = metadata.resourceVersion
        version = UInt64(text).flatMap { String($0) == text ? .number($0) : nil } ?? .text(Rare(text))
        generation = Int64(metadata.generation)
        status = document.part(at: "status")
    }

    /// `metadata` and `status` of the object, whose name is this.
    func value(of reference: ObjectReference) -> Value {
        var metadata = Value.Fields()
        metadata["name"] = .string(reference.name)
        if !reference.namespace.isEmpty { metadata["namespace"] = .string(reference.namespace) }
        switch version {
        case .number(let number): metadata["resourceVersion"] = .string(String(number))
        case .text(let text): if !text.value.isEmpty { metadata["resourceVersion"] = .string(text.value) }
        }
        if !uid.isEmpty { metadata["uid"] = .string(uid.description) }
        var value: Value = ["metadata": .object(metadata)]
        if let status { value["status"] = status.value }
        return value
    }

    /// Whether it is the same object with the same specification.
    func means(_ other: SeenObject) -> Bool { uid == other.uid && generation == other.generation }

    /// Whether this version of an object certainly came after the other: versions of one object that are numbers compare.
    func isNewer(than other: SeenObject) -> Bool {
        guard uid == other.uid, case .number(let mine) = version, case .number(let theirs) = other.version else { return false }
        return mine > theirs
    }
}
