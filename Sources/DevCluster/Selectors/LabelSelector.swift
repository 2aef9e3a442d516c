public import Documents

/// A query over labels, as `kubectl -l` writes it: `app=web,version in (v1,v2),!canary`.
public struct LabelSelector: Sendable, Equatable {
    enum Condition: Sendable, Equatable {
        case exists
        case absent
        case among(Set<String>)
        /// Also true of objects without the label.
        case notAmong(Set<String>)
        case greater(Int64)
        case less(Int64)
    }

    struct Requirement: Sendable, Equatable {
        var label: String
        var condition: Condition
    }

    private(set) var requirements: [Requirement]

    public static let everything = LabelSelector([])

    init(_ requirements: [Requirement]) { self.requirements = requirements }

    /// The labels that must be there with just these values, as a Service's selector says it.
    public init(matchLabels: Value.Fields) {
        requirements = matchLabels.entries.map { Requirement(label: $0.key, condition: .among([$0.value.string ?? ""])) }
    }

    /// The selector of a workload: `matchLabels` and `matchExpressions`.
    public init(_ selector: Value) {
        self.init(matchLabels: selector["matchLabels"]?.object ?? Value.Fields())
        for expression in selector["matchExpressions"]?.array ?? [] {
            let values = Set(expression["values"]?.array?.compactMap(\.string) ?? [])
            let condition: Condition =
                switch expression["operator"]?.string {
                case "In": .among(values)
                case "NotIn": .notAmong(values)
                case "DoesNotExist": .absent
                default: .exists
                }
            requirements.append(Requirement(label: expression["key"]?.string ?? "", condition: condition))
        }
    }

    public init(parsing text: String) throws(APIFailure) {
        var parser = LabelSelectorParser(text)
        requirements = try parser.requirements()
    }

    public func matches(_ labels: Value.Fields) -> Bool {
        requirements.allSatisfy { $0.condition.holds(labels[$0.label]?.string) }
    }
}

extension LabelSelector.Condition {
    fileprivate func holds(_ value: String?) -> Bool {
        switch self {
        case .exists: value != nil
        case .absent: value == nil
        case .among(let values): value.map(values.contains) ?? false
        case .notAmong(let values): value.map { !values.contains($0) } ?? true
        case .greater(let bound): value.flatMap { Int64($0) }.map { $0 > bound } ?? false
        case .less(let bound): value.flatMap { Int64($0) }.map { $0 < bound } ?? false
        }
    }
}

/// Reads the grammar of k8s.io/apimachinery/pkg/labels.
private struct LabelSelectorParser {
    private let text: String
    private var tokens: ArraySlice<String>

    init(_ text: String) {
        self.text = text
        tokens = Self.tokens(text)[...]
    }

    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var word = ""
        var rest = Substring(text)
        func end() {
            if !word.isEmpty { tokens.append(word) }
            word = ""
        }
        while let next = rest.first {
            if let mark = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"].first(where: { rest.hasPrefix($0) }) {
                end()
                tokens.append(mark)
                rest = rest.dropFirst(mark.count)
            } else {
                if next.isWhitespace { end() } else { word.append(next) }
                rest = rest.dropFirst()
            }
        }
        end()
        return tokens
    }

    mutating func requirements() throws(APIFailure) -> [LabelSelector.Requirement] {
        var list: [LabelSelector.Requirement] = []
        while !tokens.isEmpty {
            list.append(try requirement())
            if tokens.isEmpty { break }
            guard tokens.popFirst() == ",", !tokens.isEmpty else { throw wrong("expected a comma and another requirement") }
        }
        return list
    }

    private mutating func requirement() throws(APIFailure) -> LabelSelector.Requirement {
        if tokens.first == "!" {
            tokens.removeFirst()
            return .init(label: try label(), condition: .absent)
        }
        let label = try label()
        guard let mark = tokens.first, mark != "," else { return .init(label: label, condition: .exists) }
        tokens.removeFirst()
        switch mark {
        case "=", "==": return .init(label: label, condition: .among([try value()]))
        case "!=": return .init(label: label, condition: .notAmong([try value()]))
        case "in": return .init(label: label, condition: .among(try values()))
        case "notin": return .init(label: label, condition: .notAmong(try values()))
        case ">": return .init(label: label, condition: .greater(try number()))
        case "<": return .init(label: label, condition: .less(try number()))
        default: throw wrong("found '\(mark)', expected: !, in, notin, =, ==, !=, > or <")
        }
    }

    private mutating func label() throws(APIFailure) -> String {
        guard let word = tokens.popFirst(), Names.isQualified(word) else { throw wrong("expected the name of a label") }
        return word
    }

    /// Empty is a value too: `app=`.
    private mutating func value() throws(APIFailure) -> String {
        guard let word = tokens.first, word != ",", word != ")" else { return "" }
        tokens.removeFirst()
        guard Names.isLabelValue(word) else { throw wrong("'\(word)' can be no label's value") }
        return word
    }

    private mutating func number() throws(APIFailure) -> Int64 {
        guard let number = Int64(try value()) else { throw wrong("for '>' and '<' the value must be an integer") }
        return number
    }

    private mutating func values() throws(APIFailure) -> Set<String> {
        guard tokens.popFirst() == "(" else { throw wrong("expected '(' after in or notin") }
        var values: Set<String> = [try value()]
        while tokens.first == "," {
            tokens.removeFirst()
            values.insert(try value())
        }
        guard tokens.popFirst() == ")" else { throw wrong("expected ')' after the values") }
        return values
    }

    private func wrong(_ why: String) -> APIFailure {
        .badRequest("unable to parse requirement of the label selector '\(text)': \(why)")
    }
}
