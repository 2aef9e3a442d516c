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

/// One version of an object, packed, in one piece of memory. Immutable: an unchanged object is the same piece from snapshot to snapshot.
///
/// Of its document only the essentials are kept (`Snapshot.essentials`), and its typed view is read from them whenever somebody asks: of ten
/// thousand objects a change touches two or three.
struct Stored<R: Resource>: Equatable, Sendable {
    /// One word, whatever there is to say.
    private enum Content: Equatable {
        case plain(Packed)
        case remarked(Rare<Remarked>)
    }

    /// What there is to say of few objects of a cluster.
    private struct Remarked: Equatable {
        var packed: Packed
        var key: ObjectKey
        var problems: [FieldProblem]
        var lines: Located
    }

    private let content: Content

    /// With the note behind it.
    var packed: Packed {
        switch content {
        case .plain(let packed): packed
        case .remarked(let remarked): remarked.value.packed
        }
    }

    private var remarked: Remarked? { if case .remarked(let remarked) = content { remarked.value } else { nil } }

    var problems: [FieldProblem] { remarked?.problems ?? [] }
    /// Where things were written. Objects of a cluster were written nowhere.
    var lines: Located { remarked?.lines ?? Self.nowhere }
    /// Read anew each time: whoever needs it twice keeps it meanwhile.
    var key: ObjectKey { remarked?.key ?? StoredNote(packed).key(in: packed) }
    /// The values of a Secret are not kept, only their keys.
    var isElided: Bool { StoredNote(packed).flags.contains(.isElided) }
    /// Nothing in it that anybody could complain about, whatever the settings.
    var isPlain: Bool { StoredNote(packed).flags.contains(.isPlain) }

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
        // Only a tree can say where.
        let problems = isFlawed ? R.decode(document.value, defaultNamespace: defaultNamespace).problems : []
        var flags: StoredNote.Flags = keepsValues ? [] : .isElided
        if problems.isEmpty, OwnDiagnostics.isPlain(resource) { flags.insert(.isPlain) }
        self.init(
            whole, ObjectKey(metadata.namespace, metadata.name), flags, problems, document.withoutValue, isRead: isRead)
    }

    private init(
        _ document: Packed, _ key: ObjectKey, _ flags: StoredNote.Flags, _ problems: [FieldProblem], _ lines: Located,
        isRead: Bool
    ) {
        let packed = Snapshot.essentials(
            of: document, R.kind, namespace: key.namespace, keepsValues: !flags.contains(.isElided), isRead: isRead
        ) { StoredNote($0, flags).bytes }
        // A namespace that is no text is the default one, which the document does not say.
        let isPlain = problems.isEmpty && lines == Self.nowhere && StoredNote(packed).key(in: packed) == key
        content =
            isPlain
            ? .plain(packed) : .remarked(Rare(Remarked(packed: packed, key: key, problems: problems, lines: lines)))
    }

    private static var nowhere: Located { Located(value: .null, line: 0) }

    /// The same version of the object without a Secret's values.
    var withoutValues: Stored {
        Stored(packed, key, StoredNote(packed).flags.union(.isElided), problems, lines, isRead: false)
    }

    /// The typed view; whoever needs it twice keeps it meanwhile.
    var resource: R {
        var isFlawed = false
        return R.unpack(packed, isFlawed: &isFlawed)
    }

    var reference: ObjectReference {
        let key = self.key
        return ObjectReference(group: R.kind.group, kind: R.kind.kind, namespace: key.namespace, name: key.name)
    }

    func says(theSameAs other: Stored) -> Bool {
        if self == other { return true }
        guard isElided == other.isElided, problems == other.problems, lines == other.lines else { return false }
        // What nobody here reads may differ.
        return resource == other.resource
    }
}

extension ObjectMeta {
    /// Other people's annotations and labels can be larger than the object.
    static func matters(_ key: String) -> Bool {
        key.hasPrefix(ServiceAnnotation.prefix)
            || key == EndpointSlice.serviceLabel || key == IngressClass.legacyAnnotation || key == IngressClass.defaultAnnotation
    }
}
