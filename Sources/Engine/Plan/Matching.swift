import Base
import HTTP
import Patterns

/// Matching within one compiled host. Nothing here allocates or counts references but what `ConditionTable` says of itself.
extension HostHeader {
    /// Index of the first entry, in the graph's order, that matches; -1 for none; -2 when an expression was given up.
    @inline(__always)
    func match(_ head: borrowing RequestHead, _ client: IPAddress) -> Int32 {
        let path = head.path
        guard path.count > 0 else { return -1 }
        var best = Int32.max
        var failed = false
        if let paths = paths.value {
            let (exactEntry, deepest) = Self.lookUp(path, in: paths, texts)
            if exactEntry >= 0 { walk(exactEntry, &best, head, client, &failed) }
            var slot = deepest
            while slot >= 0 {
                let row = paths.prefixes.slots[slot]
                walk(row.first, &best, head, client, &failed)
                slot = row.parent
            }
        }
        if rootEntry >= 0 && path[0] == UInt8(ascii: "/") { walk(rootEntry, &best, head, client, &failed) }
        if regexes.count > 0 { matchRegexes(path, &best, head, client, &failed) }
        if failed { return -2 }
        return best == .max ? -1 : best
    }

    /// One pass over the path: the first entry of its exact key, and the slot of its deepest prefix; -1 where there is none.
    @inline(__always)
    private static func lookUp(
        _ path: borrowing Span<UInt8>, in paths: PathTables, _ texts: Rows<UInt8>
    ) -> (exact: Int32, prefix: Int32) {
        let (exact, prefixes) = (paths.exact, paths.prefixes)
        let n = path.count
        let limit = min(n, Int(max(prefixes.maximumLength, exact.maximumLength)))
        var hash = ByteHash.seed
        var deepest: Int32 = -1
        var i = 0
        while i < limit {
            let c = path[i]
            if c == UInt8(ascii: "/") && i > 0 && prefixes.mayHold(length: i) {
                let slot = find(prefixes, in: texts, hash, path, i)
                if slot >= 0 { deepest = slot }
            }
            hash = ByteHash.step(hash, c)
            i &+= 1
        }
        var found: Int32 = -1
        if i == n {
            if exact.mayHold(length: n) {
                let slot = find(exact, in: texts, hash, path, n)
                if slot >= 0 { found = exact.slots[slot].first }
            }
            // The end of the path is the end of its last element.
            if prefixes.mayHold(length: n) {
                let slot = find(prefixes, in: texts, hash, path, n)
                if slot >= 0 { deepest = slot }
            }
        } else if path[i] == UInt8(ascii: "/") && prefixes.mayHold(length: i) {
            let slot = find(prefixes, in: texts, hash, path, i)
            if slot >= 0 { deepest = slot }
        }
        return (found, deepest)
    }

    /// The slot whose key is the first `length` bytes of `path`, or -1.
    private static func find(
        _ table: PathTable, in texts: Rows<UInt8>, _ hash: UInt64, _ path: borrowing Span<UInt8>, _ length: Int
    ) -> Int32 {
        var i = ByteHash.slot(hash, table.mask)
        while true {
            let slot = table.slots[i]
            if slot.first < 0 { return -1 }
            if slot.hash == UInt32(truncatingIfNeeded: hash), slot.length == UInt32(truncatingIfNeeded: length),
                texts.equals(Int(slot.text), path.extracting(0..<length))
            {
                return Int32(truncatingIfNeeded: i)
            }
            i = (i &+ 1) & Int(table.mask)
        }
    }

    /// Follows a list of entries with the same path condition, in order, until one matches or none could be better.
    @inline(__always)
    private func walk(
        _ first: Int32, _ best: inout Int32, _ head: borrowing RequestHead, _ client: IPAddress, _ failed: inout Bool
    ) {
        var i = first
        while i >= 0 && i < best {
            let entry = entries[i]
            if entry.conditionCount == 0 || holds(entry, head, client, &failed) {
                best = i
                return
            }
            i = entry.next
        }
    }

    private func matchRegexes(
        _ path: borrowing Span<UInt8>, _ best: inout Int32, _ head: borrowing RequestHead, _ client: IPAddress,
        _ failed: inout Bool
    ) {
        for i in 0..<regexes.count {
            let row = regexes[i]
            guard row.entry < best else { return }
            let outcome = PatternMemory.onThisThread { patterns[row.pattern].test(path, &$0) }
            if outcome == .limit { failed = true }
            let entry = entries[row.entry]
            if outcome == .match, entry.conditionCount == 0 || holds(entry, head, client, &failed) {
                best = row.entry
                return
            }
        }
    }

    private func holds(
        _ entry: EntryRow, _ head: borrowing RequestHead, _ client: IPAddress, _ failed: inout Bool
    ) -> Bool {
        table.hold(entry.firstCondition, entry.conditionCount, head, client, &failed)
    }
}
