import Documents
import Foundation

/// The JSONPath of printer columns and scale subresources: members, indexes, `[*]` and filters `[?(@.type=="Ready")]`.
struct SimpleJSONPath {
    private enum Step: Equatable {
        case member(String)
        case element(Int)
        case all
        /// Elements whose member at the path equals the text.
        case filter([String], String)
    }

    private let steps: [Step]

    /// Nil when the text is empty or no path of this kind.
    init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("{"), rest.hasSuffix("}") { rest = rest.dropFirst().dropLast() }
        if rest.hasPrefix("$") { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        var steps: [Step] = []
        while let c = rest.first {
            if c == "[" {
                guard let step = Self.bracket(&rest) else { return nil }
                steps.append(step)
            } else {
                if c == "." { rest = rest.dropFirst() }
                let name = Self.name(&rest)
                if name.isEmpty { if rest.first == "[" { continue } else { return nil } }
                steps.append(name == "*" ? .all : .member(name))
            }
        }
        self.steps = steps
    }

    /// A member's name; a backslash makes the next character part of it (`.labels.app\.kubernetes\.io/name`).
    private static func name(_ rest: inout Substring) -> String {
        var name = ""
        while let c = rest.first, c != ".", c != "[" {
            rest.removeFirst()
            if c == "\\", let escaped = rest.popFirst() { name.append(escaped) } else { name.append(c) }
        }
        return name
    }

    private static func bracket(_ rest: inout Substring) -> Step? {
        if rest.hasPrefix("[?(") {
            guard let end = rest.range(of: ")]") else { return nil }
            let condition = rest[rest.index(rest.startIndex, offsetBy: 3)..<end.lowerBound]
            rest = rest[end.upperBound...]
            guard let equals = condition.range(of: "=="), condition.hasPrefix("@.") else { return nil }
            let path = condition[..<equals.lowerBound].dropFirst(2).trimmed().split(separator: ".").map(String.init)
            return .filter(path, String(condition[equals.upperBound...].trimmed().unquoted()))
        }
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let inner = rest[rest.index(after: rest.startIndex)..<end]
        rest = rest[rest.index(after: end)...]
        if inner == "*" { return .all }
        if let index = Int(inner) { return .element(index) }
        let member = inner.unquoted()
        return member == inner ? nil : .member(String(member))
    }

    func all(in value: Value) -> [Value] {
        steps.reduce([value]) { found, step in found.flatMap { Self.follow(step, $0) } }
    }

    func first(in value: Value) -> Value? { all(in: value).first }

    private static func follow(_ step: Step, _ value: Value) -> [Value] {
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .element(let index):
            guard let elements = value.array else { return [] }
            let at = index < 0 ? elements.count + index : index
            return elements.indices.contains(at) ? [elements[at]] : []
        case .all: return value.array ?? value.object?.entries.map(\.value) ?? []
        case .filter(let path, let text):
            return (value.array ?? []).filter { element in
                let found = path.reduce(Optional(element)) { $0?[$1] }
                return found.map { $0.string ?? $0.jsonText } == text
            }
        }
    }
}

extension Substring {
    fileprivate func trimmed() -> Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }

    fileprivate func unquoted() -> Substring {
        guard count >= 2, let first, first == last, first == "'" || first == "\"" else { return self }
        return dropFirst().dropLast()
    }
}
