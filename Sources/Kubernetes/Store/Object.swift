public import Documents

/// What names an object among those of its type.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Empty for objects that live in no namespace.
    public let namespace: String
    public let name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    public var description: String { namespace.isEmpty ? name : namespace + "/" + name }

    public static func < (a: Self, b: Self) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
}

/// One version of a cluster object, without the parts that nobody here reads.
///
/// A class so that an unchanged object is the same object from snapshot to snapshot: what was derived from it can be kept.
public final class Object: Sendable {
    public let key: ObjectKey
    public let resourceVersion: String
    /// Tens of thousands of objects of a list wait for its end.
    public let packed: Packed
    public var value: Value { packed.value }
    /// What the reader made beside it.
    public let note: (any AnyObject & Sendable)?

    /// nil when there is no `metadata.name`. Objects in lists come without `apiVersion` and `kind`; `type` fills them in.
    public init?(_ value: Value, type: ResourceType? = nil, reader: ObjectReader = .whole) {
        guard let metadata = value["metadata"], let name = metadata["name"]?.string, !name.isEmpty else { return nil }
        key = ObjectKey(namespace: metadata["namespace"]?.string ?? "", name: name)
        resourceVersion = metadata["resourceVersion"]?.string ?? ""
        (packed, note) = reader.keep(Object.lean(value, type: type))
    }

    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    /// Bookkeeping that is often larger than the object itself, and holds nothing that routing needs. Whatever way an object takes, `init`
    /// holds that it is gone; read with these it is not even built.
    static let bookkeeping = JSONOmissions(bookkeepingPaths)
    static let bookkeepingPaths = [["metadata", "managedFields"], ["metadata", "annotations", lastApplied]]

    private static func lean(_ value: Value, type: ResourceType?) -> Value {
        guard var fields = value.object else { return value }
        if isLean(fields, type) { return value }
        fields.update("metadata") { metadata in
            guard var inner = metadata?.object else { return }
            inner.remove("managedFields")
            inner.update("annotations") { annotations in
                guard var entries = annotations?.object else { return }
                entries.remove(lastApplied)
                annotations = entries.isEmpty ? nil : .object(entries)
            }
            metadata = .object(inner)
        }
        if let type {
            if fields["apiVersion"] == nil { fields["apiVersion"] = .string(type.apiVersion) }
            if fields["kind"] == nil { fields["kind"] = .string(type.kind) }
        }
        return .object(fields)
    }

    /// As most objects are that were read without their bookkeeping.
    private static func isLean(_ fields: Value.Fields, _ type: ResourceType?) -> Bool {
        guard type == nil || fields["apiVersion"] != nil && fields["kind"] != nil, let metadata = fields["metadata"]?.object
        else {
            return false
        }
        guard metadata["managedFields"] == nil else { return false }
        guard let annotations = metadata["annotations"]?.object else { return true }
        return !annotations.isEmpty && annotations[lastApplied] == nil
    }
}

/// Resource versions compare as whole numbers of any length where a server makes them so, which Kubernetes promises (KEP-5504); others are
/// compared for equality only.
public enum ResourceVersion {
    /// Whether the first is certainly older.
    public static func isOlder(_ a: String, than b: String) -> Bool {
        guard isNumber(a), isNumber(b) else { return false }
        return (a.utf8.count, a) < (b.utf8.count, b)
    }

    /// Whether somebody who has come as far as `mark` certainly has what was there at `version`.
    static func reaches(_ mark: String, _ version: String) -> Bool {
        mark == version || isNumber(mark) && isNumber(version) && !isOlder(mark, than: version)
    }

    /// Digits, the first of several no zero.
    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && (text == "0" || text.utf8.first != UInt8(ascii: "0"))
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
