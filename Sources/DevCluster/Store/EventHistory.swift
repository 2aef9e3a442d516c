/// What happened to one object.
public struct StoreEvent: Sendable {
    public enum Kind: String, Sendable { case added = "ADDED", modified = "MODIFIED", deleted = "DELETED" }

    public let kind: Kind
    /// The object after the change; for a deletion its last state, with the version of the deletion.
    public let object: StoredObject
    /// The object before the change.
    public let previous: StoredObject?

    public var version: Int64 { object.version }
}

/// The latest events of one collection, from which watches are served and older lists are rebuilt.
struct EventHistory: Sendable {
    struct Limits: Sendable {
        var events = 4_096
        var bytes = 16 << 20
    }

    /// Everything that happened after this version is still known.
    private(set) var floor: Int64
    /// Forgotten events leave their place empty until enough of them make moving worth it.
    private var slots: [StoreEvent?] = []
    private var first = 0
    private var bytes = 0

    init(floor: Int64) { self.floor = floor }

    private var count: Int { slots.count - first }

    /// At least the newest event is kept, however large it is.
    mutating func append(_ event: StoreEvent, limits: Limits) {
        slots.append(event)
        bytes += event.object.size
        while count > 1, count > limits.events || bytes > limits.bytes { forgetOldest() }
        if first > limits.events {
            slots.removeFirst(first)
            first = 0
        }
    }

    /// Takes back the newest event. Older ones that it pushed out stay forgotten.
    mutating func removeNewest() {
        guard count > 0, let newest = slots.removeLast() else { return }
        bytes -= newest.object.size
    }

    private mutating func forgetOldest() {
        if let oldest = slots[first] {
            floor = oldest.version
            bytes -= oldest.object.size
        }
        slots[first] = nil
        first += 1
    }

    /// The events after a version, at most `limit`; nil when some of them are forgotten.
    func after(_ version: Int64, limit: Int = .max) -> [StoreEvent]? {
        guard version >= floor else { return nil }
        var low = first
        var high = slots.count
        while low < high {
            let middle = low + (high - low) / 2
            if slots[middle].map({ $0.version <= version }) ?? true { low = middle + 1 } else { high = middle }
        }
        return slots[low...].prefix(limit).compactMap { $0 }
    }
}
