/// A dictionary whose values lie in boxes of their own: one is replaced when its value changes, so that tables of large values take twelve
/// bytes a place and copies of a table share all that did not change.
public struct BoxTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let key: Key
        let value: Value

        init(_ key: Key, _ value: Value) {
            self.key = key
            self.value = value
        }
    }
    private var boxes = ObjectTable<Box>()

    public init() {}

    public var keys: some Sequence<Key> { boxes.all.lazy.map(\.key) }

    public subscript(_ key: Key) -> Value? {
        get { boxes.first(key.hashValue) { $0.key == key }?.value }
        set {
            if let newValue {
                boxes.put(Box(key, newValue), key.hashValue) { $0.key == key }
            } else {
                boxes.remove(key.hashValue) { $0.key == key }
            }
        }
    }

    public subscript(_ key: Key, default fresh: @autoclosure () -> Value) -> Value {
        get { self[key] ?? fresh() }
        set { self[key] = newValue }
    }
}
