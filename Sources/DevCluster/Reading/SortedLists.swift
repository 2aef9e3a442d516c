import Synchronization

/// Collections in the order of lists, remembered while somebody pages through them: sorting a hundred thousand objects for each page would
/// take longer than the pages.
final class SortedLists: Sendable {
    private struct Entry: Sendable {
        var resource: ResourceKey
        var namespace: String?
        var version: Int64
        var objects: [StoredObject]
    }

    /// The latest few: each holds its objects alive.
    private static let kept = 4
    private let entries = Mutex<[Entry]>([])

    /// - Parameter make: sorts; nil when the version is forgotten.
    func list(_ resource: ResourceKey, _ namespace: String?, _ version: Int64, orMake make: () -> [StoredObject]?)
        -> [StoredObject]?
    {
        let found = entries.withLock { entries in
            entries.first { $0.resource == resource && $0.namespace == namespace && $0.version == version }
        }
        if let found { return found.objects }
        guard let objects = make() else { return nil }
        entries.withLock { entries in
            if entries.count == Self.kept { entries.removeFirst() }
            entries.append(Entry(resource: resource, namespace: namespace, version: version, objects: objects))
        }
        return objects
    }
}
