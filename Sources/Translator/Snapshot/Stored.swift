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
    /// Where things were written; the document itself is not kept.
    let lines: Located

    /// nil when the object has no name.
    init?(_ document: Located, defaultNamespace: String) {
        let decoded = R.decode(document.value, defaultNamespace: defaultNamespace)
        guard !decoded.resource.metadata.name.isEmpty else { return nil }
        var resource = decoded.resource
        resource.metadata.keepOnlyWhatMatters()
        self.resource = Self.lean(resource)
        problems = decoded.problems
        lines = document.withoutValue
    }

    /// Only certificates are read: nobody else's secrets stay in memory.
    private static func lean(_ resource: R) -> R {
        guard var secret = resource as? Secret, secret.type != Secret.certificateType else { return resource }
        secret.data = [:]
        secret.stringData = [:]
        return secret as? R ?? resource
    }

    var key: ObjectKey { ObjectKey(resource.metadata.namespace, resource.metadata.name) }
    var reference: ObjectReference { resource.reference }

    func says(theSameAs other: Stored) -> Bool {
        resource == other.resource && problems == other.problems && lines == other.lines
    }
}

extension ObjectMeta {
    /// A version number alone is no change, and other people's annotations can be larger than the object.
    fileprivate mutating func keepOnlyWhatMatters() {
        resourceVersion = ""
        annotations = annotations.filter { Self.matters($0.key) }
        labels = labels.filter { Self.matters($0.key) }
    }

    private static func matters(_ key: String) -> Bool {
        key.hasPrefix(ServiceAnnotation.prefix)
            || [IngressClass.legacyAnnotation, IngressClass.defaultAnnotation, EndpointSlice.serviceLabel].contains(key)
    }
}
