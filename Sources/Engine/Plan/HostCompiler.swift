import Base
import Graph
import Patterns

/// Compiles one host: paths into two hash tables, everything else into rows.
struct HostCompiler {
    private struct Key {
        var text: Int32
        var bytes: [UInt8]
        var first: Int32
        var last: Int32
    }
    private var texts: [UInt8] = []
    private var entries: [EntryRow] = []
    private var conditions: [ConditionRow] = []
    private var regexes: [RegexRow] = []
    private var handles: [PatternHandle] = []
    private var patterns: [Pattern] = []
    private var patternIndex: [String: Int32] = [:]
    private var sources: [CIDRRow] = []
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
        var row = EntryRow(rule: -1, prefixLength: -1, firstCondition: Int32(conditions.count), conditionCount: 0, next: -1)
        guard let block = rules.block(for: entry.rule), addConditions(entry.match, entry.rule.id, &rules) else {
            // Indices stay those of the graph: the row is there, but nothing leads to it.
            conditions.removeSubrange(Int(row.firstCondition)...)
            entries.append(row)
            return
        }
        if block !== blocks.last { blocks.append(block) }
        row.rule = block.index
        row.conditionCount = Int32(conditions.count) - row.firstCondition
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
            if let pattern = pattern(text, entry.rule.id, &rules) { regexes.append(RegexRow(entry: i, pattern: pattern)) }
        }
    }

    private mutating func link(_ i: Int32, _ keys: WritableKeyPath<HostCompiler, [String: Key]>, _ path: String) {
        if let known = self[keyPath: keys][path] {
            entries[Int(known.last)].next = i
            self[keyPath: keys][path]?.last = i
        } else {
            let key = Key(text: text(path).0, bytes: Array(path.utf8), first: i, last: i)
            self[keyPath: keys][path] = key
        }
    }

    private mutating func text(_ text: String) -> (Int32, Int32) {
        let start = Int32(texts.count)
        texts += text.utf8
        return (start, Int32(texts.count) - start)
    }

    private mutating func pattern(_ text: String, _ rule: String, _ rules: inout RuleCompiler) -> Int32? {
        if let known = patternIndex[text] { return known }
        guard let pattern = rules.registry.plans.pattern(text, mode: .whole) else {
            rules.problems.append(LinkProblem(rule: rule, message: "the regular expression \(text) does not compile"))
            return nil
        }
        patterns.append(pattern)
        handles.append(pattern.handle)
        patternIndex[text] = Int32(handles.count - 1)
        return Int32(handles.count - 1)
    }

    // MARK: Conditions

    /// False when one of them can never be judged.
    private mutating func addConditions(_ match: Match, _ rule: String, _ rules: inout RuleCompiler) -> Bool {
        if let method = match.method {
            let (start, length) = text(method)
            conditions.append(ConditionRow(subject: .method, test: .exact, value: start, valueLength: length))
        }
        if !match.sources.isEmpty {
            conditions.append(
                ConditionRow(
                    subject: .sources, test: .exact, value: Int32(sources.count), valueLength: Int32(match.sources.count)))
            sources += match.sources.map(CIDRRow.init)
        }
        for header in match.headers { guard add(.header, header, rule, &rules) else { return false } }
        for query in match.queries { guard add(.query, query, rule, &rules) else { return false } }
        for cookie in match.cookies { guard add(.cookie, cookie, rule, &rules) else { return false } }
        return true
    }

    private mutating func add(
        _ subject: ConditionRow.Subject, _ named: NamedMatch, _ rule: String, _ rules: inout RuleCompiler
    ) -> Bool {
        let (name, nameLength) = text(subject == .header ? named.name.lowercased() : named.name)
        var row = ConditionRow(subject: subject, test: .present, name: name, nameLength: nameLength)
        switch named.value {
        case .present: row.test = .present
        case .absent: row.test = .absent
        case .exact(let value):
            row.test = .exact
            (row.value, row.valueLength) = text(value)
        case .regex(let expression):
            guard let index = pattern(expression, rule, &rules) else { return false }
            row.test = .regex
            row.value = index
        }
        conditions.append(row)
        return true
    }

    // MARK: Layout

    private mutating func finish(_ host: Host, isFlawless: Bool) -> HostBlock {
        var exactSlots: [PathSlot] = []
        var prefixSlots: [PathSlot] = []
        var header = HostHeader()
        header.exact = Self.table(exact.values, &exactSlots)
        header.prefixes = Self.table(prefixes.values, &prefixSlots)
        linkParents(&prefixSlots, header.prefixes.mask)
        let key = Array(host.pattern.key.utf8)
        let needsMore = !conditions.isEmpty || !regexes.isEmpty
        let size =
            Arena.size(of: key) + Arena.size(of: prefixSlots) + Arena.size(of: exactSlots) + Arena.size(of: entries)
            + Arena.size(of: texts) + Arena.size(of: conditions) + Arena.size(of: regexes) + Arena.size(of: handles)
            + Arena.size(of: sources) + Arena.size(of: [header]) + (needsMore ? Arena.size(of: [HostHeader.MoreRows()]) : 0)
        var arena = Arena(capacity: size)
        header.key = arena.place(key)
        header.prefixes.slots = arena.place(prefixSlots)
        header.exact.slots = arena.place(exactSlots)
        header.entries = arena.place(entries)
        header.texts = arena.place(texts)
        if needsMore {
            let more = HostHeader.MoreRows(
                regexes: arena.place(regexes), conditions: arena.place(conditions), patterns: arena.place(handles),
                sources: arena.place(sources))
            header.more = unsafe Sometimes(arena.place([more]).start)
        }
        header.rootEntry = root.first
        header.isJoined = host.isJoined
        guard let place = unsafe arena.place([header]).start else { preconditionFailure("a row that was placed has a place") }
        var kept = Kept()
        kept.add(patterns)
        return unsafe HostBlock(
            host: host, place, hash: ByteHash.of(key.reversed()), arena: arena, rules: RuleUses(blocks), kept: kept,
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
            let bytes = texts[Int(slot.text)..<(Int(slot.text) + Int(slot.length))]
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
