/// A document with the line of every part, so that a diagnostic can point into the file that somebody wrote.
public struct Located: Sendable, Equatable {
    public var value: Value {
        get {
            switch content {
            case .tree(let value): value
            case .packed(let packed): packed.value
            }
        }
        set { content = .tree(newValue) }
    }
    /// The same, packed.
    public var packed: Packed {
        switch content {
        case .tree(let value): Packed(value)
        case .packed(let packed): packed
        }
    }
    /// The file's name as it was given; empty when there is none.
    public var file: String
    /// Line of the document's first token, counted from 1.
    public var line: Int
    private var lines: [FieldPath: Int]
    private var content: Content

    private enum Content: Sendable {
        case tree(Value)
        case packed(Packed)
    }

    public init(value: Value, file: String = "", line: Int = 1, lines: [FieldPath: Int] = [:]) {
        content = .tree(value)
        self.file = file
        self.line = line
        self.lines = lines
    }

    /// A document of a cluster, which was written nowhere. Its tree is made whenever somebody asks for it.
    public init(packed: Packed) {
        content = .packed(packed)
        file = ""
        line = 0
        lines = [:]
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.file == b.file && a.line == b.line && a.lines == b.lines && a.value == b.value
    }

    /// Only where things were written: for whoever has read the value and still has to point into the file.
    public var withoutValue: Located { Located(value: .null, file: file, line: line, lines: lines) }

    /// The line on which the part at `path` was written, or of its nearest parent that was.
    public func line(of path: FieldPath) -> Int {
        var path = path
        while !path.isRoot {
            if let line = lines[path] { return line }
            path = path.parent
        }
        return line
    }

    /// A part of the document as a document of its own, with its lines.
    public func part(at path: FieldPath, value: Value) -> Located {
        let depth = path.steps.count
        let inner = lines.filter { $0.key.steps.count > depth && $0.key.steps.starts(with: path.steps) }
        let own = inner.map { (FieldPath(Array($0.key.steps.dropFirst(depth))), $0.value) }
        return Located(value: value, file: file, line: line(of: path), lines: Dictionary(own) { first, _ in first })
    }
}
