import CNGHTTP2

/// Events that were noted and not yet read. Its memory comes from the pool with the first event and goes back with the last.
@safe struct HTTP2Queue {
    private var entries: UnsafeMutablePointer<Entry>?
    private var capacity = 0
    private var first = 0
    private(set) var count = 0

    /// An event with its stream's row, which stays until `closed` is read.
    struct Entry {
        enum Kind: UInt8, BitwiseCopyable {
            case head, data, trailers, end, reset, windowOpened, closed, goaway, pong, failed
        }
        var kind: Kind
        var row: Int32 = -1
        var range: Range<Int> = 0..<0
        var code: UInt32 = 0
        var head: HTTP2Head?
    }

    private static let smallest = 32

    /// False without memory.
    @unsafe mutating func append(_ entry: Entry, _ pool: UnsafeMutablePointer<cpool>) -> Bool {
        if count == capacity, unsafe !grow(pool) { return false }
        guard let entries = unsafe entries else { return false }
        unsafe (entries + count).initialize(to: entry)
        count &+= 1
        return true
    }

    private mutating func grow(_ pool: UnsafeMutablePointer<cpool>) -> Bool {
        let larger = max(Self.smallest, capacity &* 2)
        guard let memory = unsafe cpool_take(pool, larger &* MemoryLayout<Entry>.stride) else { return false }
        let moved = unsafe memory.bindMemory(to: Entry.self, capacity: larger)
        if let entries = unsafe entries { unsafe moved.update(from: entries, count: count) }
        unsafe cpool_give(pool, entries)
        unsafe entries = moved
        capacity = larger
        return true
    }

    var isEmpty: Bool { first == count }

    /// The oldest event.
    @unsafe mutating func next(_ pool: UnsafeMutablePointer<cpool>) -> Entry? {
        guard first < count, let entries = unsafe entries else { return nil }
        let entry = unsafe entries[first]
        first &+= 1
        if first == count { unsafe clear(pool) }
        return entry
    }

    @unsafe mutating func clear(_ pool: UnsafeMutablePointer<cpool>) {
        unsafe cpool_give(pool, entries)
        unsafe entries = nil
        capacity = 0
        first = 0
        count = 0
    }
}
