/// A document with the line of every part, so that a diagnostic can point into the file that somebody wrote.
public struct Located: Sendable {
    public var value: Value
    /// The file's name as it was given; empty when there is none.
    public var file: String
    /// Line of the document's first token, counted from 1.
    public var line: Int
    private var lines: [FieldPath: Int]

    public init(value: Value, file: String = "", line: Int = 1, lines: [FieldPath: Int] = [:]) {
        self.value = value
        self.file = file
        self.line = line
        self.lines = lines
    }

    /// The line on which the part at `path` was written, or of its nearest parent that was.
    public func line(of path: FieldPath) -> Int {
        var path = path
        while !path.isRoot {
            if let line = lines[path] { return line }
            path = path.parent
        }
        return line
    }
}
