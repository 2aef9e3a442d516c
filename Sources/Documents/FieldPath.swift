/// Names a part of a document as `kubectl explain` and API servers do: `spec.rules[0].matches[1].path`.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public enum Step: Hashable, Sendable {
        case member(String)
        case element(Int)
    }

    public private(set) var steps: [Step]

    public init(_ steps: [Step] = []) { self.steps = steps }

    /// Parses a path of plain members and indexes, such as `"spec.rules[0].host"`.
    public init(stringLiteral text: String) {
        steps = []
        for part in text.split(separator: ".") {
            let pieces = part.split(separator: "[")
            if let name = pieces.first, !part.hasPrefix("[") { steps.append(.member(String(name))) }
            for piece in part.hasPrefix("[") ? pieces[...] : pieces.dropFirst() {
                steps.append(.element(Int(piece.dropLast()) ?? 0))
            }
        }
    }

    public static let root = FieldPath()
    public var isRoot: Bool { steps.isEmpty }
    public var parent: FieldPath { FieldPath(Array(steps.dropLast())) }

    public subscript(_ member: String) -> FieldPath { FieldPath(steps + [.member(member)]) }
    public subscript(_ index: Int) -> FieldPath { FieldPath(steps + [.element(index)]) }

    public static func + (a: FieldPath, b: FieldPath) -> FieldPath { FieldPath(a.steps + b.steps) }

    /// Members that are no plain words are bracketed: `metadata.annotations[martlet.dev/expose]`.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .element(let i): text += "[\(i)]"
            case .member(let name) where name.contains(where: { $0 == "." || $0 == "/" || $0 == "[" }): text += "[\(name)]"
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            }
        }
        return text
    }
}
