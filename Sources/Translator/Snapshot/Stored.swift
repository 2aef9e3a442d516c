import Base
import Documents
import Resources

/// Names an object among those of its kind.
struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    var namespace: String
    var name: String

    init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }

    init(_ reference: ObjectReference) { self.init(reference.namespace, reference.name) }

    var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    static func < (a: Self, b: Self) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
}

/// One version of an object, packed. Immutable: an unchanged object is the same object from snapshot to snapshot.
///
/// Of its document only the essentials are kept (`Snapshot.essentials`), and its typed view is read from them whenever somebody asks: of ten
/// thousand objects a change touches two or three.
final class Stored<R: Resource>: Sendable {
    let key: ObjectKey
    let packed: Packed
    var problems: [FieldProblem] { remarks?.value.problems ?? [] }
    /// The values of a Secret are not kept, only their keys.
    let isElided: Bool
    /// Nothing in it that anybody could complain about, whatever the settings.
    let isPlain: Bool
    /// Where things were written. Objects of a cluster were written nowhere.
    var lines: Located { remarks?.value.lines ?? Self.nowhere }
    private let remarks: Rare<Remarks>?

    /// What there is to say of few objects of a cluster.
    private struct Remarks: Equatable {
        var problems: [FieldProblem]
        var lines: Located
    }

    /// nil when the object has no name.
    /// - Parameters:
    ///   - keepsValues: of a Secret.
    ///   - isRead: the document was read without what is `Snapshot.unread`.
    init?(_ document: Located, defaultNamespace: String, keepsValues: Bool = true, isRead: Bool = false) {
        let whole = document.packed
        var isFlawed = false
        let resource = R.unpack(whole, defaultNamespace: defaultNamespace, isFlawed: &isFlawed)
        let metadata = resource.metadata
        guard !metadata.name.isEmpty else { return nil }
        key = ObjectKey(metadata.namespace, metadata.name)
        packed = Snapshot.essentials(
            of: whole, R.kind, namespace: metadata.namespace, keepsValues: keepsValues, isRead: isRead)
        isElided = !keepsValues
        // Only a tree can say where.
        let problems = isFlawed ? R.decode(document.value, defaultNamespace: defaultNamespace).problems : []
        isPlain = problems.isEmpty && OwnDiagnostics.isPlain(resource)
        let lines = document.withoutValue
        remarks = problems.isEmpty && lines == Self.nowhere ? nil : Rare(Remarks(problems: problems, lines: lines))
    }

    private static var nowhere: Located { Located(value: .null, line: 0) }

    private init(withoutValuesOf other: Stored) {
        key = other.key
        packed = Snapshot.essentials(of: other.packed, R.kind, namespace: other.key.namespace, keepsValues: false)
        isElided = true
        isPlain = other.isPlain
        remarks = other.remarks
    }

    /// The same version of the object without a Secret's values.
    var withoutValues: Stored { Stored(withoutValuesOf: self) }

    /// The typed view; whoever needs it twice keeps it meanwhile.
    var resource: R {
        var isFlawed = false
        return R.unpack(packed, isFlawed: &isFlawed)
    }

    var reference: ObjectReference {
        ObjectReference(group: R.kind.group, kind: R.kind.kind, namespace: key.namespace, name: key.name)
    }

    func says(theSameAs other: Stored) -> Bool {
        guard isElided == other.isElided, remarks == other.remarks else { return false }
        // What nobody here reads may differ.
        return packed == other.packed || resource == other.resource
    }
}

extension ObjectMeta {
    /// Other people's annotations and labels can be larger than the object.
    static func matters(_ key: String) -> Bool {
        key.hasPrefix(ServiceAnnotation.prefix)
            || key == EndpointSlice.serviceLabel || key == IngressClass.legacyAnnotation || key == IngressClass.defaultAnnotation
    }
}
