import Base
import Graph
import HTTP

/// The hosts of one listener: three open-addressed tables by name, and the host for everything else. Immutable once published.
///
/// A new table is made from the previous one by copying its slots and changing those of the hosts that changed.
@safe final class HostTable: @unchecked Sendable {
    // Unchecked: changed only by `init`.
    private var exact = HostSlots()
    private var one = HostSlots()
    private var many = HostSlots()
    private var any: UnsafePointer<HostHeader>?
    /// In the graph's order; keeps what the slots point to.
    let blocks: [HostBlock]
    /// What the blocks were made from, in the same order.
    let hosts: [Host]
    /// How many of the blocks have a flaw.
    let flaws: Int
    /// How many of the hosts take connections.
    let joined: Int

    /// - Parameters:
    ///   - previous: the table that the new one resembles.
    ///   - removed: hosts of the previous table that are not in this one.
    ///   - added: hosts of this table that are not in the previous one.
    init(hosts: [Host], blocks: [HostBlock], previous: HostTable?, removed: [HostBlock], added: [HostBlock]) {
        self.hosts = hosts
        self.blocks = blocks
        joined = (previous?.joined ?? 0) - removed.count { $0.host.isJoined } + added.count { $0.host.isJoined }
        flaws = (previous?.flaws ?? 0) - removed.count { !$0.isFlawless } + added.count { !$0.isFlawless }
        // Deleting leaves holes; a table that changed much is rather built anew.
        if let previous, removed.count + added.count < max(64, blocks.count / 8) {
            exact = HostSlots(copying: previous.exact, room: added.count)
            one = HostSlots(copying: previous.one, room: added.count)
            many = HostSlots(copying: previous.many, room: added.count)
            unsafe any = previous.any
            for block in removed { remove(block) }
            for block in added { insert(block) }
        } else {
            for block in blocks { insert(block) }
        }
    }

    deinit {
        exact.free()
        one.free()
        many.free()
    }

    var row: HostTableRow { unsafe HostTableRow(exact: exact, one: one, many: many, any: any) }

    private func insert(_ block: HostBlock) {
        switch block.host.pattern {
        case .exact: exact.insert(block)
        case .wildcard(_, .one): one.insert(block)
        case .wildcard(_, .many): many.insert(block)
        case .any: if unsafe any == nil { unsafe any = block.header }
        }
    }

    private func remove(_ block: HostBlock) {
        switch block.host.pattern {
        case .exact: exact.remove(block)
        case .wildcard(_, .one): one.remove(block)
        case .wildcard(_, .many): many.remove(block)
        case .any: if unsafe any == block.header { unsafe any = nil }
        }
    }
}

/// An open-addressed table from name to host: plain data with an owner elsewhere.
@safe struct HostSlots {
    @unsafe struct Slot {
        var hash: UInt64
        var host: UnsafePointer<HostHeader>?
    }
    private var slots: UnsafeMutablePointer<Slot>?
    private var mask: UInt32 = 0
    private(set) var count = 0
    /// Bit min(length, 63) of every name that was ever inserted.
    private var lengths: UInt64 = 0

    init() { unsafe slots = nil }

    init(copying other: HostSlots, room: Int) {
        self = other
        guard let old = unsafe other.slots else { return }
        let capacity = Int(other.mask) + 1
        if (other.count + room) * 2 > capacity {
            unsafe slots = nil
            count = 0
            grow(to: other.count + room)
            for i in 0..<capacity { if let host = unsafe old[i].host { unsafe place(old[i].hash, host) } }
        } else {
            let copy = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
            unsafe copy.initialize(from: old, count: capacity)
            unsafe slots = copy
        }
    }

    func free() { unsafe slots?.deallocate() }

    // MARK: Changing

    mutating func insert(_ block: HostBlock) {
        if unsafe slots == nil || (count + 1) * 2 > Int(mask) + 1 {
            let old = self
            unsafe slots = nil
            count = 0
            grow(to: old.count + 1)
            if let from = unsafe old.slots {
                for i in 0...Int(old.mask) { if let host = unsafe from[i].host { unsafe place(from[i].hash, host) } }
            }
            old.free()
        }
        let name = unsafe block.header.pointee.key
        lengths |= 1 << UInt64(min(name.count, 63))
        // The first of two hosts of the same name stays.
        if unsafe find(block.hash, name) == nil { unsafe place(block.hash, block.header) }
    }

    private mutating func grow(to hosts: Int) {
        var capacity = 8
        while capacity < hosts * 2 { capacity *= 2 }
        let fresh = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        unsafe fresh.initialize(repeating: Slot(hash: 0, host: nil), count: capacity)
        unsafe slots = fresh
        mask = UInt32(capacity - 1)
    }

    private mutating func place(_ hash: UInt64, _ host: UnsafePointer<HostHeader>) {
        guard let slots = unsafe slots else { return }
        var i = ByteHash.slot(hash, mask)
        while unsafe slots[i].host != nil { i = (i + 1) & Int(mask) }
        unsafe slots[i] = unsafe Slot(hash: hash, host: host)
        count += 1
    }

    mutating func remove(_ block: HostBlock) {
        guard let slots = unsafe slots else { return }
        var i = ByteHash.slot(block.hash, mask)
        while let host = unsafe slots[i].host {
            if unsafe host == block.header { break }
            i = (i + 1) & Int(mask)
        }
        guard unsafe slots[i].host != nil else { return }
        unsafe slots[i].host = nil
        count -= 1
        // What follows in the run is placed again, so that no lookup stops at the hole.
        var next = (i + 1) & Int(mask)
        while let host = unsafe slots[next].host {
            let hash = unsafe slots[next].hash
            unsafe slots[next].host = nil
            count -= 1
            unsafe place(hash, host)
            next = (next + 1) & Int(mask)
        }
    }

    private func find(_ hash: UInt64, _ name: Rows<UInt8>) -> UnsafePointer<HostHeader>? {
        guard let slots = unsafe slots else { return nil }
        var i = ByteHash.slot(hash, mask)
        while let host = unsafe slots[i].host {
            let key = unsafe host.pointee.key
            if unsafe slots[i].hash == hash, key.count == name.count, (0..<key.count).allSatisfy({ key[$0] == name[$0] }) {
                return unsafe host
            }
            i = (i + 1) & Int(mask)
        }
        return nil
    }

    // MARK: Looking up

    /// The host whose name is the part of `name` from `start` on.
    @inline(__always)
    func find(_ hash: UInt64, _ name: borrowing Span<UInt8>, from start: Int) -> UnsafePointer<HostHeader>? {
        let length = name.count &- start
        guard let slots = unsafe slots, lengths & (1 &<< UInt64(truncatingIfNeeded: min(length, 63))) != 0 else { return nil }
        var i = ByteHash.slot(hash, mask)
        while let host = unsafe slots[i].host {
            if unsafe slots[i].hash == hash, unsafe host.pointee.key.count == length,
                unsafe host.pointee.key.equals(0, name.extracting(start..<name.count))
            {
                return unsafe host
            }
            i = (i &+ 1) & Int(mask)
        }
        return nil
    }
}

/// A listener's host table as workers see it.
@safe struct HostTableRow: @unchecked Sendable {
    // Unchecked: immutable after publication.
    let exact: HostSlots
    let one: HostSlots
    let many: HostSlots
    let any: UnsafePointer<HostHeader>?

    /// The most specific host for a name: exact before the longest wildcard before any. A request is matched within it only.
    @inline(__always)
    func find(_ name: borrowing Span<UInt8>) -> UnsafePointer<HostHeader>? {
        if one.count &+ many.count > 0 { return unsafe findAmongWildcards(name) }
        guard exact.count > 0 else { return unsafe any }
        var hash = ByteHash.seed
        var i = name.count
        while i > 0 {
            i &-= 1
            hash = ByteHash.step(hash, name[i])
        }
        return unsafe exact.find(hash, name, from: 0) ?? any
    }

    private func findAmongWildcards(_ name: borrowing Span<UInt8>) -> UnsafePointer<HostHeader>? {
        var best = unsafe any
        var hash = ByteHash.seed
        var leftmost = -1
        var leftmostHash: UInt64 = 0
        var i = name.count
        while i > 0 {
            i &-= 1
            let c = name[i]
            if c == UInt8(ascii: ".") && i > 0 {
                leftmost = i
                leftmostHash = hash
                if let host = unsafe many.find(hash, name, from: i &+ 1) { unsafe best = host }
            }
            hash = ByteHash.step(hash, c)
        }
        // A star for exactly one label is more specific than a star for one or more.
        if leftmost > 0, let host = unsafe one.find(leftmostHash, name, from: leftmost &+ 1) { unsafe best = host }
        if exact.count > 0, let host = unsafe exact.find(hash, name, from: 0) { unsafe best = host }
        return unsafe best
    }
}
