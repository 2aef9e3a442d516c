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

/// One version of an object as it was read, once. Immutable: an unchanged object is the same object from snapshot to snapshot.
final class Stored<R: Resource>: Sendable {
    let resource: R
    let problems: [FieldProblem]
    /// Where things were written; the document itself is not kept. Objects of a cluster were written nowhere.
    var lines: Located { place?.value ?? Self.nowhere }
    private let place: Rare<Located>?

    /// nil when the object has no name.
    /// - Parameter adjust: takes away what shall not be kept.
    init?(_ document: Located, defaultNamespace: String, adjust: (inout R) -> Void) {
        let decoded = R.decode(document.value, defaultNamespace: defaultNamespace)
        guard !decoded.resource.metadata.name.isEmpty else { return nil }
        var resource = decoded.resource
        resource.metadata.keepOnlyWhatMatters()
        adjust(&resource)
        self.resource = resource
        problems = decoded.problems
        let lines = document.withoutValue
        place = lines == Self.nowhere ? nil : Rare(lines)
    }

    private static var nowhere: Located { Located(value: .null, line: 0) }

    private init(_ other: Stored, _ resource: R) {
        self.resource = resource
        problems = other.problems
        place = other.place
    }

    /// The same version of the object with less in it.
    func adjusted(_ adjust: (inout R) -> Void) -> Stored {
        var resource = resource
        adjust(&resource)
        return Stored(self, resource)
    }

    var key: ObjectKey { ObjectKey(resource.metadata.namespace, resource.metadata.name) }
    var reference: ObjectReference { resource.reference }

    func says(theSameAs other: Stored) -> Bool {
        resource == other.resource && problems == other.problems && place == other.place
    }
}

extension ObjectMeta {
    /// A version number alone is no change, and other people's annotations can be larger than the object.
    fileprivate mutating func keepOnlyWhatMatters() {
        resourceVersion = ""
        annotations = annotations.filter { Self.matters($0.key) }
        labels = labels.filter { Self.matters($0.key) }
    }

    static func matters(_ key: String) -> Bool {
        key.hasPrefix(ServiceAnnotation.prefix)
            || [IngressClass.legacyAnnotation, IngressClass.defaultAnnotation, EndpointSlice.serviceLabel].contains(key)
    }
}
