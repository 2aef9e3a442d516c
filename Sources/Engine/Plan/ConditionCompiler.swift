import Graph
import Patterns

/// Collects the conditions of a host's entries, or of a rule, as a `ConditionTable` has them.
struct ConditionCompiler {
    private(set) var texts: [UInt8] = []
    private(set) var conditions: [ConditionRow] = []
    private(set) var sources: [CIDRRow] = []
    /// What the table names by index, and what keeps it alive.
    private(set) var handles: [PatternHandle] = []
    private(set) var patterns: [Pattern] = []
    private var patternIndex: [String: Int32] = [:]

    var count: Int32 { Int32(conditions.count) }

    /// Forgets the conditions from there on.
    mutating func forget(from first: Int32) { conditions.removeSubrange(Int(first)...) }

    mutating func text(_ text: String) -> (Int32, Int32) {
        let start = Int32(texts.count)
        texts += text.utf8
        return (start, Int32(texts.count) - start)
    }

    mutating func pattern(_ text: String, _ rule: String, _ rules: inout RuleCompiler) -> Int32? {
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

    /// False when one of them can never be judged.
    mutating func add(_ match: Match, _ rule: String, _ rules: inout RuleCompiler) -> Bool {
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
}
