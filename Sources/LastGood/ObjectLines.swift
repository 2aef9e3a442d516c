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
    /// Secrets whose values are in their lines.
    private var valued: Set<Key> = []
    /// Secrets whose values matter; nil while that is not known.
    private var wanted: Set<ObjectReference>?
    private(set) var bytes = 0

    var count: Int { lines.count }
    /// All lines in a row, in no order.
    var text: [UInt8] { Self.joined(lines.values, count: bytes) }

    /// Copied piece by piece: tens of thousands of pieces, byte by byte, would take seconds.
    static func joined(_ parts: some Collection<[UInt8]>, count: Int? = nil) -> [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(count ?? parts.reduce(0) { $0 + $1.count })
        for part in parts { all.append(contentsOf: part) }
        return all
    }

    /// - Returns: whether anything changed that a translation could see.
    mutating func take(_ change: SnapshotChange) -> Bool {
        switch change {
        case .put(let kind, let document): return key(kind, document).map { put($0, document) } ?? false
        case .removed(let kind, let namespace, let name): return set(Key(kind: kind, namespace: namespace, name: name), nil)
        case .replaced(let kind, let namespace, let documents):
            var kept: Set<Key> = []
            var isChanged = false
            for document in documents {
                guard let key = key(kind, document) else { continue }
                kept.insert(key)
                if put(key, document) { isChanged = true }
            }
            let gone = lines.keys.filter {
                $0.kind == kind && (namespace == nil || $0.namespace == namespace) && !kept.contains($0)
            }
            for key in gone where set(key, nil) { isChanged = true }
            return isChanged
        }
    }

    /// From now on keeps the values of these Secrets only. One that is referred to later is read again by whoever needs it, and comes then.
    ///
    /// - Returns: whether values went.
    mutating func keepSecrets(_ wanted: Set<ObjectReference>) -> Bool {
        guard wanted != self.wanted else { return false }
        self.wanted = wanted
        var isChanged = false
        for key in valued where !keepsValues(key, nil) {
            guard let line = lines[key], let document = try? Value(json: line) else { continue }
            valued.remove(key)
            if set(key, Self.line(document, keepsValues: false)) { isChanged = true }
        }
        return isChanged
    }

    private func keepsValues(_ key: Key, _ document: Value?) -> Bool {
        guard let wanted else { return document?["type"]?.string == Secret.certificateType }
        return wanted.contains(
            ObjectReference(group: key.kind.group, kind: key.kind.kind, namespace: key.namespace, name: key.name))
    }

    private mutating func put(_ key: Key, _ document: Value) -> Bool {
        guard key.kind == Secret.kind else { return set(key, Self.line(document)) }
        let keepsValues = keepsValues(key, document)
        if keepsValues { valued.insert(key) } else { valued.remove(key) }
        return set(key, Self.line(document, keepsValues: keepsValues))
    }

    private mutating func set(_ key: Key, _ line: [UInt8]?) -> Bool {
        let old = lines[key]
        guard old != line else { return false }
        bytes += (line?.count ?? 0) - (old?.count ?? 0)
        lines[key] = line
        if line == nil { valued.remove(key) }
        return true
    }

    private func key(_ kind: ResourceKind, _ document: Value) -> Key? {
        guard let name = document[at: "metadata", "name"]?.string else { return nil }
        return Key(kind: kind, namespace: document[at: "metadata", "namespace"]?.string ?? "", name: name)
    }

    private static func line(_ document: Value, keepsValues: Bool = true) -> [UInt8]? {
        Snapshot.essentials(document, keepsValues: keepsValues).map { $0.json + [0x0a] }
    }
}
