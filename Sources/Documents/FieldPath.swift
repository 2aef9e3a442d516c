/// Names a part of a document as `kubectl explain` and API servers do: `spec.rules[0].matches[1].path`.
///
/// Kept as one text: tens of thousands of them stand in what is made of objects, and nearly none is ever printed.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public enum Step: Hashable, Sendable {
        case member(String)
        case element(Int)
    }

    /// Each step is a mark and a name or number, or a mark that stands for a frequent name: then the paths of most objects take no memory
    /// of their own. A member whose own name holds a mark makes a path that reads a little differently.
    private var text: String

    private static let member: Unicode.Scalar = "\u{1}"
    private static let element: Unicode.Scalar = "\u{2}"
    private static let frequent = [
        "spec", "metadata", "rules", "hostnames", "matches", "path", "backendRefs", "filters", "split", "arms", "tls", "http",
        "paths",
        "host", "hosts", "backend", "annotations", "defaultBackend",
    ]
    /// Behind tabs and line ends, which a name may hold.
    private static let firstFrequent: UInt32 = 0xe
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar == member || scalar == element || (firstFrequent..<0x20).contains(scalar.value)
    }

    public init(_ steps: [Step] = []) {
        text = ""
        for step in steps { append(step) }
    }

    /// Parses a path of plain members and indexes, such as `"spec.rules[0].host"`.
    public init(stringLiteral text: String) {
        self.init()
        for part in text.split(separator: ".") {
            let pieces = part.split(separator: "[")
            if let name = pieces.first, !part.hasPrefix("[") { append(.member(String(name))) }
            for piece in part.hasPrefix("[") ? pieces[...] : pieces.dropFirst() { append(.element(Int(piece.dropLast()) ?? 0)) }
        }
    }

    private mutating func append(_ step: Step) {
        switch step {
        case .member(let name):
            if let code = Self.frequent.firstIndex(of: name), let mark = Unicode.Scalar(Self.firstFrequent + UInt32(code)) {
                text.unicodeScalars.append(mark)
            } else {
                text.unicodeScalars.append(Self.member)
                text += name
            }
        case .element(let i):
            text.unicodeScalars.append(Self.element)
            text += String(i)
        }
    }

    public var steps: [Step] {
        var steps: [Step] = []
        var rest = text.unicodeScalars[...]
        while let mark = rest.popFirst() {
            let end = rest.firstIndex(where: Self.isMark) ?? rest.endIndex
            let name = String(rest[..<end])
            switch mark {
            case Self.element: steps.append(.element(Int(name) ?? 0))
            case Self.member: steps.append(.member(name))
            default: steps.append(.member((Self.frequent.dropFirst(Int(mark.value - Self.firstFrequent)).first ?? "") + name))
            }
            rest = rest[end...]
        }
        return steps
    }

    public static let root = FieldPath()

    /// Stands for every path while nobody asks where something is (`Shape.read`). It holds a text that no path has.
    static let somewhere: FieldPath = {
        var path = FieldPath()
        path.text = "\u{3}"
        return path
    }()
    var isSomewhere: Bool { text == Self.somewhere.text }

    public var isRoot: Bool { text.isEmpty }
    public var parent: FieldPath { FieldPath(Array(steps.dropLast())) }

    public subscript(_ member: String) -> FieldPath { adding(.member(member)) }
    public subscript(_ index: Int) -> FieldPath { adding(.element(index)) }

    private func adding(_ step: Step) -> FieldPath {
        if isSomewhere { return self }
        var path = self
        path.append(step)
        return path
    }

    public static func + (a: FieldPath, b: FieldPath) -> FieldPath {
        var path = a
        path.text += b.text
        return path
    }

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
