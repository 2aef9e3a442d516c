import Documents

/// One collection at one moment. Making it costs nothing; sorting happens where the view is used, while others go on writing.
struct CollectionView: Sendable {
    private let objects: [ObjectKey: StoredObject]
    private let history: EventHistory
    let version: Int64

    init(objects: [ObjectKey: StoredObject], history: EventHistory, version: Int64) {
        self.objects = objects
        self.history = history
        self.version = version
    }

    /// Whether everything that happened after this version is still known.
    func knows(_ version: Int64) -> Bool { version >= history.floor }

    var unsorted: some Collection<StoredObject> { objects.values }

    /// In the order of lists. Nil namespace: all.
    func sorted(namespace: String? = nil) -> [StoredObject] { Self.sorted(objects, namespace) }

    /// The collection as it was at an earlier version, rebuilt by undoing what came after; nil when that is forgotten.
    func sorted(namespace: String?, at old: Int64) -> [StoredObject]? {
        guard let later = history.after(old) else { return nil }
        var objects = objects
        for event in later.reversed() { objects[event.object.key] = event.previous }
        return Self.sorted(objects, namespace)
    }

    private static func sorted(_ objects: [ObjectKey: StoredObject], _ namespace: String?) -> [StoredObject] {
        objects.values.filter { namespace == nil || $0.key.namespace == namespace }.sorted { $0.key < $1.key }
    }
}
