extension GraphDiff {
    /// The changed lines of the text form, marked `-` and `+`, below the unchanged lines that say where they stand. Empty when
    /// nothing changed.
    public var text: String {
        if isEmpty { return "" }
        var out = ""
        listeners(&out)
        rules(&out)
        clusters(&out)
        for grant in delta.grants.removed { out += "- grant \(Word.text(grant.from)) -> \(Word.text(grant.to))\n" }
        for grant in delta.grants.added { out += "+ grant \(Word.text(grant.from)) -> \(Word.text(grant.to))\n" }
        return out
    }

    private func listeners(_ out: inout String) {
        let before = Dictionary(old.listeners.map { ($0.key, $0) }) { first, _ in first }
        let after = Dictionary(new.listeners.map { ($0.key, $0) }) { first, _ in first }
        var printed: [(Host?, Host?)] = []
        for key in Set(before.keys).union(after.keys).sorted() {
            let (a, b) = (before[key], after[key])
            let pairs = hostPairs(a, b).filter { pair in
                // The same change on a second listener (http and https share hosts) is said once.
                let isNew = !printed.contains { $0 == pair.0 && $1 == pair.1 }
                if isNew { printed.append(pair) }
                return isNew
            }
            out += LineDiff.text(lines(a, hosts: pairs.compactMap(\.0)), lines(b, hosts: pairs.compactMap(\.1)))
        }
    }

    private func hostPairs(_ a: Listener?, _ b: Listener?) -> [(Host?, Host?)] {
        let before = Dictionary((a?.hosts ?? []).map { ($0.pattern, $0) }) { first, _ in first }
        let after = Dictionary((b?.hosts ?? []).map { ($0.pattern, $0) }) { first, _ in first }
        return Set(before.keys).union(after.keys).sorted().map { (before[$0], after[$0]) }.filter { $0 !== $1 && $0 != $1 }
    }

    private func lines(_ listener: Listener?, hosts: [Host]) -> [Substring] {
        guard let listener else { return [] }
        var printer = GraphPrinter()
        printer.graph(RoutingGraph(listeners: [Listener(key: listener.key, hosts: hosts, certificates: listener.certificates)]))
        let all = printer.text.split(separator: "\n", omittingEmptySubsequences: false)
        return Array(all.prefix { !$0.isEmpty })
    }

    /// Rules of changed hosts, by id.
    private func rules(_ out: inout String) {
        let (before, after) = (rulesByID(old), rulesByID(new))
        for id in Set(before.keys).union(after.keys).sorted() {
            let (a, b) = (before[id], after[id])
            if a === b || a == b { continue }
            let lines = { (rule: Rule?) -> [Substring] in
                guard let rule else { return [] }
                var printer = GraphPrinter()
                printer.line("rule \(Word.text(id))")
                printer.indented { $0.body(of: rule) }
                return printer.text.split(separator: "\n")
            }
            out += LineDiff.text(lines(a), lines(b))
        }
    }

    private func rulesByID(_ graph: RoutingGraph) -> [String: Rule] {
        let changed = Set(delta.hosts.added + delta.hosts.removed + delta.hosts.changed)
        let listeners = Set(delta.listeners.added + delta.listeners.removed)
        var rules: [String: Rule] = [:]
        for listener in graph.listeners {
            for host in listener.hosts
            where listeners.contains(listener.key) || changed.contains(.init(listener: listener.key, pattern: host.pattern)) {
                for entry in host.entries { rules[entry.rule.id] = entry.rule }
            }
        }
        return rules
    }

    private func clusters(_ out: inout String) {
        let before = Dictionary(old.clusters.map { ($0.id, $0) }) { first, _ in first }
        let after = Dictionary(new.clusters.map { ($0.id, $0) }) { first, _ in first }
        let changed = delta.clusters.added + delta.clusters.removed + delta.clusters.changed
        let cells = delta.endpoints.added + delta.endpoints.removed + delta.endpoints.changed
        for id in Set(changed + cells).sorted() {
            out += LineDiff.text(lines(before[id], old.endpoints[id], id), lines(after[id], new.endpoints[id], id))
        }
    }

    private func lines(_ cluster: Cluster?, _ endpoints: [Endpoint]?, _ id: ClusterID) -> [Substring] {
        var printer = GraphPrinter()
        if let cluster { printer.cluster(cluster) } else if endpoints != nil { printer.line("endpoints \(Word.text(id))") }
        printer.endpoints(endpoints)
        return printer.text.split(separator: "\n")
    }
}

/// The difference of two indented texts.
enum LineDiff {
    /// Beyond this many differing lines the exact difference costs more than it tells.
    private static let exactLimit = 1500

    static func text(_ old: [Substring], _ new: [Substring]) -> String {
        var out = ""
        // Unchanged lines that the next line stands below, not printed yet.
        var ancestors: [Substring] = []
        for (mark, line) in merged(old, new) {
            let depth = indentation(line)
            while let last = ancestors.last, indentation(last) >= depth { ancestors.removeLast() }
            guard mark != " " else {
                ancestors.append(line)
                continue
            }
            for ancestor in ancestors { out += "  \(ancestor)\n" }
            ancestors.removeAll()
            out += "\(mark) \(line)\n"
        }
        return out
    }

    private static func indentation(_ line: Substring) -> Int { line.utf8.prefix { $0 == UInt8(ascii: " ") }.count }

    private static func merged(_ old: [Substring], _ new: [Substring]) -> [(Character, Substring)] {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old[head...].reversed(), new[head...].reversed()).prefix { $0 == $1 }.count
        let (a, b) = (Array(old[head..<(old.count - tail)]), Array(new[head..<(new.count - tail)]))
        var lines = old[..<head].map { (Character(" "), $0) }
        if a.count + b.count > exactLimit {
            lines += a.map { ("-", $0) } + b.map { ("+", $0) }
        } else {
            let difference = b.difference(from: a)
            var removed: Set<Int> = []
            var inserted: Set<Int> = []
            for case .remove(let offset, _, _) in difference { removed.insert(offset) }
            for case .insert(let offset, _, _) in difference { inserted.insert(offset) }
            var (i, j) = (0, 0)
            while i < a.count || j < b.count {
                if i < a.count, removed.contains(i) {
                    lines.append(("-", a[i]))
                    i += 1
                } else if j < b.count, inserted.contains(j) {
                    lines.append(("+", b[j]))
                    j += 1
                } else if i < a.count {
                    lines.append((" ", a[i]))
                    i += 1
                    j += 1
                } else {
                    break
                }
            }
        }
        return lines + old[(old.count - tail)...].map { (" ", $0) }
    }
}
