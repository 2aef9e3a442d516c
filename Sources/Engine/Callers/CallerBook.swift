import Base
import Graph
import Synchronization

/// Who still sends the requests of deprecated rules: of each rule the callers that send most, by address and user agent.
///
/// How often each of 64 callers asked, in the way of Space-Saving (Metwally, Agrawal, El Abbadi, 2005): who is not among them takes the place of
/// the one with the lowest count and goes on from there, so that whoever sends more than a 64th of all requests is among them, and no count is
/// too low. It says by how much it may be too high. Ten kilobytes for a rule, 128 rules; those beyond are not looked at.
@safe final class CallerBook: @unchecked Sendable {
    // Unchecked: `known` guards what changes; a table's address is published with release ordering and never changes; its words are atomic.
    typealias Word = Atomic<UInt64>

    static let maximumRules = 128
    static let callers = 64

    /// Where things lie in a rule's table: all requests, those that found their caller's place being written, hashes of callers, callers.
    enum Place {
        static let requests = 0
        static let overlooked = 1
        static let hashes = 2
        static let slots = hashes + callers
        static let count = slots + callers * Slot.count
    }

    /// Words of a caller. The version is odd while somebody else takes the place.
    enum Slot {
        static let version = 0
        static let requests = 1
        static let excess = 2
        static let seen = 3
        static let addressHigh = 4
        static let addressLow = 5
        static let agentLength = 6
        static let agent = 7
        /// Bytes of a user agent that are kept.
        static let agentBytes = 96
        static let count = agent + agentBytes / 8
    }

    private struct Known {
        var indexes: [String: Int32] = [:]
        var rules: [(rule: String, deprecation: Deprecation)] = []
    }
    private let known = Mutex(Known())
    private let tables: UnsafeMutablePointer<Atomic<UInt>>

    init() {
        unsafe tables = .allocate(capacity: Self.maximumRules)
        for i in 0..<Self.maximumRules { unsafe (tables + i).initialize(to: Atomic(0)) }
    }

    deinit {
        for i in 0..<Self.maximumRules {
            unsafe UnsafeMutableRawPointer(bitPattern: tables[i].load(ordering: .acquiring))?.deallocate()
        }
        unsafe tables.deallocate()
    }

    /// Valid while the book lives.
    var view: CallerView { unsafe CallerView(tables) }

    /// The index of a rule's table, which never changes while the process lives; -1 when there are too many.
    func index(of rule: String, _ deprecation: Deprecation) -> Int32 {
        known.withLock { known in
            if let index = known.indexes[rule] {
                known.rules[Int(index)].deprecation = deprecation
                return index
            }
            guard known.rules.count < Self.maximumRules else { return -1 }
            let index = Int32(known.rules.count)
            known.indexes[rule] = index
            known.rules.append((rule, deprecation))
            let bytes = UnsafeMutableRawPointer.allocate(byteCount: Place.count * 8, alignment: 128)
            let start = unsafe bytes.bindMemory(to: Word.self, capacity: Place.count)
            for i in 0..<Place.count { unsafe (start + i).initialize(to: Word(0)) }
            unsafe tables[Int(index)].store(UInt(bitPattern: bytes), ordering: .releasing)
            return index
        }
    }

    /// Rules with the index of their tables.
    var rules: [(index: Int, rule: String, deprecation: Deprecation)] {
        known.withLock { known in known.rules.enumerated().map { ($0, $1.rule, $1.deprecation) } }
    }
}

/// The book's memory as workers use it: plain data. All workers count in one table.
@safe struct CallerView: @unchecked Sendable {
    // Unchecked: see `CallerBook`.
    private let tables: UnsafeMutablePointer<Atomic<UInt>>

    @unsafe fileprivate init(_ tables: UnsafeMutablePointer<Atomic<UInt>>) { unsafe self.tables = tables }

    func table(_ index: Int32) -> UnsafeMutablePointer<CallerBook.Word>? {
        guard index >= 0, Int(index) < CallerBook.maximumRules else { return nil }
        return unsafe UnsafeMutablePointer(bitPattern: tables[Int(index)].load(ordering: .acquiring))
    }

    /// A request came. Nobody waits: two workers that want one place at once count one of their requests as overlooked.
    @inline(never)
    func note(_ index: Int32, _ address: IPAddress, _ agent: borrowing Span<UInt8>, wall: UInt64) {
        guard let table = unsafe table(index) else { return }
        unsafe table[CallerBook.Place.requests].wrappingAdd(1, ordering: .relaxed)
        var hash = PieceHash(seed: address.high &+ address.low.spread)
        hash.add(agent)
        let key = hash.value | 1
        var least = 0
        var count = UInt64.max
        for i in 0..<CallerBook.callers {
            let slot = unsafe Self.slot(table, i)
            if unsafe table[CallerBook.Place.hashes &+ i].load(ordering: .relaxed) == key {
                unsafe slot[CallerBook.Slot.requests].wrappingAdd(1, ordering: .relaxed)
                return unsafe slot[CallerBook.Slot.seen].store(wall, ordering: .relaxed)
            }
            let requests = unsafe slot[CallerBook.Slot.requests].load(ordering: .relaxed)
            if requests < count { (least, count) = (i, requests) }
        }
        let isTaken = unsafe take(Self.slot(table, least), address, agent, above: count, wall)
        guard isTaken else {
            unsafe table[CallerBook.Place.overlooked].wrappingAdd(1, ordering: .relaxed)
            return
        }
        unsafe table[CallerBook.Place.hashes &+ least].store(key, ordering: .relaxed)
    }

    @unsafe static func slot(_ table: UnsafeMutablePointer<CallerBook.Word>, _ i: Int) -> UnsafeMutablePointer<CallerBook.Word> {
        unsafe table + (CallerBook.Place.slots &+ i &* CallerBook.Slot.count)
    }

    /// Gives a place to another caller. False when somebody does so at this moment.
    @unsafe private func take(
        _ slot: UnsafeMutablePointer<CallerBook.Word>, _ address: IPAddress, _ agent: borrowing Span<UInt8>, above count: UInt64,
        _ wall: UInt64
    ) -> Bool {
        let version = unsafe slot.pointee.load(ordering: .relaxed)
        guard version & 1 == 0,
            unsafe slot.pointee.compareExchange(
                expected: version, desired: version &+ 1, ordering: .acquiringAndReleasing
            ).exchanged
        else { return false }
        atomicMemoryFence(ordering: .acquiringAndReleasing)
        let length = min(agent.count, CallerBook.Slot.agentBytes)
        let values: InlineArray<6, UInt64> = [count &+ 1, count, wall, address.high, address.low, UInt64(length)]
        for i in values.indices { unsafe slot[CallerBook.Slot.requests &+ i].store(values[i], ordering: .relaxed) }
        var word: UInt64 = 0
        for i in 0..<length {
            word |= UInt64(agent[i]) << UInt64(8 &* (i & 7))
            guard i & 7 == 7 || i == length &- 1 else { continue }
            unsafe slot[CallerBook.Slot.agent &+ i / 8].store(word, ordering: .relaxed)
            word = 0
        }
        unsafe slot.pointee.store(version &+ 2, ordering: .releasing)
        return true
    }
}
