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
    public let note: (any Sendable)?

    /// nil when there is no `metadata.name`. Objects in lists come without `apiVersion` and `kind`; `type` fills them in.
    public init?(_ document: Packed, type: ResourceType? = nil, reader: ObjectReader = .whole) {
        guard let name = document.string(at: "metadata", "name"), !name.isEmpty else { return nil }
        key = ObjectKey(namespace: document.string(at: "metadata", "namespace") ?? "", name: name)
        resourceVersion = document.string(at: "metadata", "resourceVersion") ?? ""
        (packed, note) = reader.keep(Object.lean(document, type))
    }

    public convenience init?(_ value: Value, type: ResourceType? = nil) { self.init(Packed(value), type: type) }

    private static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    /// Bookkeeping that is often larger than the object itself, and holds nothing that routing needs. Whatever way an object takes, `init`
    /// holds that it is gone; read with these it is not even built.
    static let bookkeeping = JSONOmissions(bookkeepingPaths)
    static let bookkeepingPaths = [["metadata", "managedFields"], ["metadata", "annotations", lastApplied]]

    private static func lean(_ document: Packed, _ type: ResourceType?) -> Packed {
        if isLean(document, type) { return document }
        let named = type.map { [(name: "apiVersion", text: $0.apiVersion), (name: "kind", text: $0.kind)] } ?? []
        return PackedCopier.copy(document) { copier in
            copier.object(adding: named) { name, copier in
                guard name == "metadata" else { return copier.keep() }
                copier.object { name, copier in
                    switch name {
                    case "managedFields": copier.drop()
                    case "annotations":
                        copier.object(dropsEmpty: true) { if $0 == lastApplied { $1.drop() } else { $1.keep() } }
                    default: copier.keep()
                    }
                }
            }
        }
    }
}

extension Object {
    /// As most objects are that were read without their bookkeeping: nothing has to be left out or added.
    private static func isLean(_ document: Packed, _ type: ResourceType?) -> Bool {
        if type != nil, document.string(at: "apiVersion") == nil || document.string(at: "kind") == nil { return false }
        var reader = document.reader
        guard reader.enter("metadata") else { return false }
        for _ in 0..<(reader.object() ?? 0) {
            switch reader.name() {
            case "managedFields": return false
            case "annotations":
                guard let count = reader.object() else { continue }
                for _ in 0..<count {
                    if reader.name() == lastApplied { return false }
                    reader.skip()
                }
            default: reader.skip()
            }
        }
        return true
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
