/// All known objects of one type. Copies are cheap, and a change after a copy touches only the object's namespace.
public struct ObjectStore: Sendable {
    private var namespaces: [String: [String: Object]] = [:]
    public private(set) var count = 0

    public init() {}

    public init(_ objects: some Sequence<Object>) {
        for object in objects { put(object) }
    }

    public subscript(_ key: ObjectKey) -> Object? { namespaces[key.namespace]?[key.name] }
    public var isEmpty: Bool { count == 0 }

    /// In order of namespace and name, so that whatever is derived is the same each time.
    public var sorted: [Object] {
        namespaces.sorted { $0.key < $1.key }.flatMap { $0.value.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// In no order.
    public var all: some Sequence<Object> { namespaces.values.lazy.flatMap { $0.values } }

    /// True when something changed: the same version again is no change.
    @discardableResult
    public mutating func put(_ object: Object) -> Bool {
        let old = namespaces[object.key.namespace, default: [:]].updateValue(object, forKey: object.key.name)
        if old == nil { count += 1 }
        guard let old else { return true }
        return old.resourceVersion.isEmpty || old.resourceVersion != object.resourceVersion || old.uid != object.uid
    }

    @discardableResult
    public mutating func remove(_ key: ObjectKey) -> Bool {
        guard namespaces[key.namespace]?.removeValue(forKey: key.name) != nil else { return false }
        count -= 1
        if namespaces[key.namespace]?.isEmpty == true { namespaces[key.namespace] = nil }
        return true
    }

    /// Swaps everything of one namespace (or all) at once; objects whose version did not change stay the same objects.
    /// Returns the keys that were added, changed or removed.
    public mutating func replace(namespace: String?, with objects: [Object]) -> [ObjectKey] {
        var next = ObjectStore()
        var changed: [ObjectKey] = []
        for object in objects {
            if let old = self[object.key], !old.resourceVersion.isEmpty, old.resourceVersion == object.resourceVersion,
                old.uid == object.uid
            {
                next.put(old)
            } else {
                next.put(object)
                changed.append(object.key)
            }
        }
        for old in all {
            if let namespace, old.key.namespace != namespace {
                next.put(old)
            } else if next[old.key] == nil {
                changed.append(old.key)
            }
        }
        self = next
        return changed
    }
}
