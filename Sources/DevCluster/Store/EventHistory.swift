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
        var bytes = 64 << 20
    }

    /// Everything that happened after this version is still known.
    private(set) var floor: Int64
    private var events: ArraySlice<StoreEvent> = []
    private var bytes = 0

    init(floor: Int64) { self.floor = floor }

    mutating func append(_ event: StoreEvent, limits: Limits) {
        events.append(event)
        bytes += event.object.size
        while events.count > limits.events || bytes > limits.bytes, events.count > 1, let oldest = events.popFirst() {
            floor = oldest.version
            bytes -= oldest.object.size
        }
        // A slice keeps the memory of what was dropped in front of it until it is copied.
        if events.startIndex > limits.events { events = ArraySlice(Array(events)) }
    }

    /// The events after a version, at most `limit`; nil when some of them are forgotten.
    func after(_ version: Int64, limit: Int = .max) -> ArraySlice<StoreEvent>? {
        guard version >= floor else { return nil }
        var low = events.startIndex
        var high = events.endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if events[middle].version <= version { low = middle + 1 } else { high = middle }
        }
        return events[low...].prefix(limit)
    }
}
