public import Documents
public import Resources
import Translator

/// What is new in the cluster's objects.
public enum SnapshotChange: Sendable {
    /// All objects of a kind that exist, in one namespace or (nil) anywhere.
    case replaced(ResourceKind, namespace: String?, [Value])
    case put(ResourceKind, Value)
    case removed(ResourceKind, namespace: String, name: String)
}

/// Every object as the line that a snapshot file has for it: an object that did not change is not written out as text again.
struct ObjectLines {
    private struct Key: Hashable {
        let kind: ResourceKind
        let namespace: String
        let name: String
    }

    private var lines: [Key: [UInt8]] = [:]
    private(set) var bytes = 0

    var count: Int { lines.count }
    var all: [[UInt8]] { Array(lines.values) }

    /// - Returns: whether anything changed that a translation could see.
    mutating func take(_ change: SnapshotChange) -> Bool {
        switch change {
        case .put(let kind, let document): return put(kind, document) != nil
        case .removed(let kind, let namespace, let name): return set(Key(kind: kind, namespace: namespace, name: name), nil)
        case .replaced(let kind, let namespace, let documents):
            var kept: Set<Key> = []
            var isChanged = false
            for document in documents {
                guard let key = key(kind, document) else { continue }
                kept.insert(key)
                if set(key, line(document)) { isChanged = true }
            }
            let gone = lines.keys.filter {
                $0.kind == kind && (namespace == nil || $0.namespace == namespace) && !kept.contains($0)
            }
            for key in gone where set(key, nil) { isChanged = true }
            return isChanged
        }
    }

    private mutating func put(_ kind: ResourceKind, _ document: Value) -> Key? {
        guard let key = key(kind, document), set(key, line(document)) else { return nil }
        return key
    }

    private mutating func set(_ key: Key, _ line: [UInt8]?) -> Bool {
        let old = lines[key]
        guard old != line else { return false }
        bytes += (line?.count ?? 0) - (old?.count ?? 0)
        lines[key] = line
        return true
    }

    private func key(_ kind: ResourceKind, _ document: Value) -> Key? {
        guard let name = document[at: "metadata", "name"]?.string else { return nil }
        return Key(kind: kind, namespace: document[at: "metadata", "namespace"]?.string ?? "", name: name)
    }

    private func line(_ document: Value) -> [UInt8]? { Snapshot.essentials(document).map { $0.json + [0x0a] } }
}
