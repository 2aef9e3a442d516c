import Base
import Graph

/// Compiles one host: paths into two hash tables, everything else into rows.
struct HostCompiler {
    private struct Key {
        var text: Int32
        var bytes: [UInt8]
        var first: Int32
        var last: Int32
    }
    private var entries: [EntryRow] = []
    private var regexes: [RegexRow] = []
    /// Also the texts of paths and the patterns of `regexes`.
    private var conditions = ConditionCompiler()
    private var exact: [String: Key] = [:]
    private var prefixes: [String: Key] = [:]
    private var root = (first: Int32(-1), last: Int32(-1))
    private var blocks: [RuleBlock] = []

    static func compile(_ host: Host, _ rules: inout RuleCompiler) -> HostBlock {
        var compiler = HostCompiler()
        let before = rules.problems.count
        for entry in host.entries { compiler.add(entry, isJoined: host.isJoined, &rules) }
        return compiler.finish(host, isFlawless: rules.problems.count == before)
    }

    // MARK: Entries

    private mutating func add(_ entry: Entry, isJoined: Bool, _ rules: inout RuleCompiler) {
        let i = Int32(entries.count)
        var row = EntryRow(rule: -1, prefixLength: -1, firstCondition: conditions.count, conditionCount: 0, next: -1)
        guard let block = rules.block(for: entry.rule), conditions.add(entry.match, entry.rule.id, &rules) else {
            // Indices stay those of the graph: the row is there, but nothing leads to it.
            conditions.forget(from: row.firstCondition)
            entries.append(row)
            return
        }
        if block !== blocks.last { blocks.append(block) }
        row.rule = block.index
        row.conditionCount = conditions.count - row.firstCondition
        entries.append(row)
        if isJoined { return }
        switch entry.match.path {
        case .exact(let path): link(i, \.exact, path)
        case .prefix(let path):
            let path = path.hasSuffix("/") ? String(path.dropLast()) : path
            entries[Int(i)].prefixLength = Int32(path.utf8.count)
            if !path.isEmpty {
                link(i, \.prefixes, path)
            } else {
                if root.last >= 0 { entries[Int(root.last)].next = i } else { root.first = i }
                root.last = i
            }
        case .regex(let text):
            if let pattern = conditions.pattern(text, entry.rule.id, &rules) {
                regexes.append(RegexRow(entry: i, pattern: pattern))
            }
        }
    }

    private mutating func link(_ i: Int32, _ keys: WritableKeyPath<HostCompiler, [String: Key]>, _ path: String) {
        if let known = self[keyPath: keys][path] {
            entries[Int(known.last)].next = i
            self[keyPath: keys][path]?.last = i
        } else {
            let key = Key(text: conditions.text(path).0, bytes: Array(path.utf8), first: i, last: i)
            self[keyPath: keys][path] = key
        }
    }

    // MARK: Layout

    private mutating func finish(_ host: Host, isFlawless: Bool) -> HostBlock {
        var exactSlots: [PathSlot] = []
        var prefixSlots: [PathSlot] = []
        var header = HostHeader()
        var paths = HostHeader.PathTables()
        paths.exact = Self.table(exact.values, &exactSlots)
        paths.prefixes = Self.table(prefixes.values, &prefixSlots)
        linkParents(&prefixSlots, paths.prefixes.mask)
        let tellsPaths = !exact.isEmpty || !prefixes.isEmpty
        let key = Array(host.pattern.key.utf8)
        let (texts, handles) = (conditions.texts, conditions.handles)
        let needsMore = conditions.count > 0 || !regexes.isEmpty
        let size =
            Arena.size(of: key) + Arena.size(of: prefixSlots) + Arena.size(of: exactSlots) + Arena.size(of: entries)
            + Arena.size(of: texts) + Arena.size(of: conditions.conditions) + Arena.size(of: regexes) + Arena.size(of: handles)
            + Arena.size(of: conditions.sources) + Arena.size(of: [header])
            + (needsMore ? Arena.size(of: [HostHeader.MoreRows()]) : 0) + (tellsPaths ? Arena.size(of: [paths]) : 0)
        var arena = Arena(capacity: size)
        // In front, so that the header's address is that of all.
        guard let place = unsafe arena.place([header]).start else { preconditionFailure("a row that was placed has a place") }
        header.key = arena.place(key)
        paths.prefixes.slots = arena.place(prefixSlots)
        paths.exact.slots = arena.place(exactSlots)
        if tellsPaths { header.paths = unsafe Sometimes(arena.place([paths]).start) }
        header.entries = arena.place(entries)
        header.texts = arena.place(texts)
        if needsMore {
            let table = ConditionTable(
                texts: header.texts, conditions: arena.place(conditions.conditions), patterns: arena.place(handles),
                sources: arena.place(conditions.sources))
            let more = HostHeader.MoreRows(regexes: arena.place(regexes), table: table)
            header.more = unsafe Sometimes(arena.place([more]).start)
        }
        header.rootEntry = root.first
        header.isJoined = host.isJoined
        unsafe UnsafeMutablePointer(mutating: place).pointee = header
        return unsafe HostBlock(
            host: host, place, hash: ByteHash.of(key.reversed()), rules: RuleUses(blocks), patterns: conditions.patterns,
            isFlawless: isFlawless)
    }

    private static func table(_ keys: some Collection<Key>, _ slots: inout [PathSlot]) -> PathTable {
        var table = PathTable()
        guard !keys.isEmpty else { return table }
        var capacity = 2
        while capacity < keys.count * 2 { capacity *= 2 }
        slots = [PathSlot](repeating: .empty, count: capacity)
        table.mask = UInt32(capacity - 1)
        for key in keys {
            let hash = ByteHash.of(key.bytes)
            var i = ByteHash.slot(hash, table.mask)
            while slots[i].first >= 0 { i = (i + 1) & (capacity - 1) }
            slots[i] = PathSlot(
                hash: UInt32(truncatingIfNeeded: hash), length: UInt32(key.bytes.count), text: key.text, first: key.first,
                parent: -1)
            table.maximumLength = max(table.maximumLength, Int32(key.bytes.count))
            table.lengths |= 1 << UInt64(min(key.bytes.count, 63))
        }
        return table
    }

    /// Each prefix learns the longest other one that contains it, so that one lookup finds all that apply to a path.
    private func linkParents(_ slots: inout [PathSlot], _ mask: UInt32) {
        var place: [String: Int] = [:]
        for (i, slot) in slots.enumerated() where slot.first >= 0 {
            let bytes = conditions.texts[Int(slot.text)..<(Int(slot.text) + Int(slot.length))]
            place[String(decoding: bytes, as: UTF8.self)] = i
        }
        for (path, i) in place {
            var rest = Substring(path)
            while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")), slash > rest.startIndex {
                rest = rest[..<slash]
                if let parent = place[String(rest)] {
                    slots[i].parent = Int32(parent)
                    break
                }
            }
        }
    }
}

extension CIDRRow {
    init(_ block: CIDR) {
        let bits = block.prefixLength
        highMask = bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
        lowMask = bits <= 64 ? 0 : ~(bits >= 128 ? 0 : UInt64.max >> UInt64(bits - 64))
        high = block.base.high & highMask
        low = block.base.low & lowMask
    }

    @inline(__always) func contains(_ address: IPAddress) -> Bool {
        address.high & highMask == high && address.low & lowMask == low
    }
}

extension HostPattern {
    /// The name, or the wildcard's suffix.
    var key: String {
        switch self {
        case .exact(let name), .wildcard(let name, _): name
        case .any: ""
        }
    }
}
