/// Timers of one thread: a hierarchical wheel of 1 ms ticks in four levels of 64 (64 ms, 4 s, 4 min, 4.6 h).
///
/// Timers are named by small integers that the user owns (a socket's or exchange's index). Arming a timer that is already set to
/// fire no later only stores the new deadline: the entry moves when it comes up. So keep-alive costs one store per request.
@safe public struct TimerWheel: ~Copyable {
    @usableFromInline struct Entry: BitwiseCopyable {
        /// What the user asked for; `never` when disarmed.
        @usableFromInline var deadline: UInt64
        /// The tick at which the wheel looks at the entry; meaningful while `bucket >= 0`.
        @usableFromInline var look: UInt64
        @usableFromInline var next: Int32
        @usableFromInline var previous: Int32
        @usableFromInline var bucket: Int32
    }
    @usableFromInline static let never = UInt64.max
    static let levels = 4

    @usableFromInline let entries: UnsafeMutablePointer<Entry>
    let heads: UnsafeMutablePointer<Int32>
    var occupied: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    public let capacity: Int
    @usableFromInline var made: Int = 0
    /// Every tick up to and including this one has been looked at.
    public private(set) var tick: UInt64

    /// - Parameter now: milliseconds on the clock that deadlines refer to.
    public init(capacity: Int, now: UInt64) {
        self.capacity = capacity
        unsafe entries = .allocate(capacity: capacity)
        unsafe heads = .allocate(capacity: Self.levels * 64)
        unsafe heads.initialize(repeating: -1, count: Self.levels * 64)
        tick = now
    }

    deinit {
        unsafe entries.deallocate()
        unsafe heads.deallocate()
    }

    /// Sets timer `id` to `deadline` (milliseconds), replacing an earlier setting.
    @inlinable public mutating func arm(_ id: Int32, at deadline: UInt64) {
        precondition(id >= 0 && Int(id) < capacity, "a timer is named by an index below the capacity")
        if Int(id) >= made { makeEntries(through: Int(id)) }
        unsafe entries[Int(id)].deadline = deadline
        if unsafe entries[Int(id)].bucket >= 0 && entries[Int(id)].look <= deadline { return }
        place(id)
    }

    @inlinable public mutating func disarm(_ id: Int32) {
        if id >= 0 && Int(id) < made { unsafe entries[Int(id)].deadline = Self.never }
    }

    @inlinable public func isArmed(_ id: Int32) -> Bool {
        unsafe id >= 0 && Int(id) < made && entries[Int(id)].deadline != Self.never
    }

    @usableFromInline mutating func makeEntries(through last: Int) {
        while made <= last {
            unsafe (entries + made).initialize(to: Entry(deadline: Self.never, look: 0, next: -1, previous: -1, bucket: -1))
            made += 1
        }
    }

    @usableFromInline mutating func place(_ id: Int32) {
        unlink(id)
        let i = Int(id)
        let due = unsafe max(entries[i].deadline, tick + 1)
        let distance = due - tick
        let level = distance < 64 ? 0 : distance < 4096 ? 1 : distance < 262_144 ? 2 : 3
        let shift = UInt64(level * 6)
        // Beyond the horizon the entry comes up early and is placed again.
        let look = level == 3 ? min(due, tick + (63 << 18)) : due
        let slot = Int((look >> shift) & 63)
        let bucket = level * 64 + slot
        unsafe entries[i].look = (look >> shift) << shift
        unsafe entries[i].bucket = Int32(bucket)
        let head = unsafe heads[bucket]
        unsafe entries[i].next = head
        unsafe entries[i].previous = -1
        if head >= 0 { unsafe entries[Int(head)].previous = id }
        unsafe heads[bucket] = id
        mark(level, slot, true)
    }

    private mutating func unlink(_ id: Int32) {
        let entry = unsafe entries[Int(id)]
        guard entry.bucket >= 0 else { return }
        if entry.previous >= 0 {
            unsafe entries[Int(entry.previous)].next = entry.next
        } else {
            unsafe heads[Int(entry.bucket)] = entry.next
            if entry.next < 0 { mark(Int(entry.bucket) / 64, Int(entry.bucket) % 64, false) }
        }
        if entry.next >= 0 { unsafe entries[Int(entry.next)].previous = entry.previous }
        unsafe entries[Int(id)].bucket = -1
    }

    private mutating func mark(_ level: Int, _ slot: Int, _ on: Bool) {
        let bit: UInt64 = 1 << UInt64(slot)
        switch level {
        case 0: occupied.0 = on ? occupied.0 | bit : occupied.0 & ~bit
        case 1: occupied.1 = on ? occupied.1 | bit : occupied.1 & ~bit
        case 2: occupied.2 = on ? occupied.2 | bit : occupied.2 & ~bit
        default: occupied.3 = on ? occupied.3 | bit : occupied.3 & ~bit
        }
    }

    private func bits(_ level: Int) -> UInt64 {
        switch level {
        case 0: occupied.0
        case 1: occupied.1
        case 2: occupied.2
        default: occupied.3
        }
    }

    /// The earliest tick at which anything may be due, or nil when no timer is set. Never later than the first deadline.
    public var nextLook: UInt64? {
        var best: UInt64?
        for level in 0..<Self.levels {
            let set = bits(level)
            guard set != 0 else { continue }
            let shift = UInt64(level * 6)
            let current = (tick >> shift) & 63
            // The slot of the current unit itself has been looked at: what is in it lies a full turn ahead.
            let turned = (set >> ((current + 1) & 63)) | (set << ((64 - (current + 1)) & 63))
            let steps = UInt64(turned.trailingZeroBitCount) + 1
            let look = ((tick >> shift) + steps) << shift
            best = min(best ?? .max, look)
        }
        return best
    }

    /// Looks at the ticks up to `now`, and returns the first timer that is due; call again until it returns nil.
    ///
    /// A returned timer is disarmed.
    public mutating func next(now: UInt64) -> Int32? {
        while true {
            if let id = due() { return id }
            guard tick < now else { return nil }
            guard let look = nextLook, look <= now else {
                tick = now
                return nil
            }
            tick = look
            pull(look)
        }
    }

    /// Moves what the buckets of this tick hold into the list of due entries (bucket of level 0 at this tick), or further down.
    private mutating func pull(_ look: UInt64) {
        for level in (1..<Self.levels).reversed() {
            let shift = UInt64(level * 6)
            guard look & ((1 << shift) - 1) == 0 else { continue }
            var id = unsafe heads[level * 64 + Int((look >> shift) & 63)]
            while id >= 0 {
                let following = unsafe entries[Int(id)].next
                let entry = unsafe entries[Int(id)]
                if entry.look <= look { replace(id, look) }
                id = following
            }
        }
    }

    /// Puts an entry that came up where its deadline says, or into the bucket of `look` itself when it is due.
    private mutating func replace(_ id: Int32, _ look: UInt64) {
        unlink(id)
        let deadline = unsafe entries[Int(id)].deadline
        if deadline == Self.never { return }
        if deadline > look { return place(id) }
        let bucket = Int(look & 63)
        let head = unsafe heads[bucket]
        unsafe entries[Int(id)].look = look
        unsafe entries[Int(id)].bucket = Int32(bucket)
        unsafe entries[Int(id)].next = head
        unsafe entries[Int(id)].previous = -1
        if head >= 0 { unsafe entries[Int(head)].previous = id }
        unsafe heads[bucket] = id
        mark(0, bucket, true)
    }

    private mutating func due() -> Int32? {
        let bucket = Int(tick & 63)
        var id = unsafe heads[bucket]
        while id >= 0 {
            let entry = unsafe entries[Int(id)]
            let following = entry.next
            if entry.look <= tick {
                unlink(id)
                if entry.deadline <= tick {
                    unsafe entries[Int(id)].deadline = Self.never
                    return id
                }
                if entry.deadline != Self.never { place(id) }
            }
            id = following
        }
        return nil
    }
}
