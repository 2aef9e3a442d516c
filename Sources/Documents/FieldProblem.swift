/// Something in a document that cannot be used as written. The rest of the document still counts.
public struct FieldProblem: Equatable, Sendable, CustomStringConvertible {
    public enum Severity: String, Sendable {
        /// The part was left out or replaced by its default.
        case warning
        /// The part is needed: what depends on it cannot work.
        case error
    }
    public enum Kind: String, Sendable { case unknownField, wrongType, invalidValue, missing }

    public var severity: Severity
    public var kind: Kind
    public var path: FieldPath
    /// A sentence with the remedy.
    public var message: String

    public init(_ severity: Severity, _ kind: Kind, _ path: FieldPath, _ message: String) {
        self.severity = severity
        self.kind = kind
        self.path = path
        self.message = message
    }

    public var description: String { "\(path): \(message)" }
}

/// Collects problems while a document is read: reading never stops at the first.
public struct FieldProblems: Sendable {
    public private(set) var all: [FieldProblem] = []
    /// A hostile document must not cost more memory in complaints than it has bytes.
    public static let maximum = 100

    public init() {}

    /// Further problems are dropped: whoever would work hard to word one need not.
    public var isFull: Bool { all.count >= Self.maximum }

    public mutating func report(_ problem: FieldProblem) {
        if !isFull { all.append(problem) }
    }

    mutating func wrongType(_ path: FieldPath, expected: String, found: Value) {
        report(FieldProblem(.error, .wrongType, path, "Expected \(expected), found \(found.kindName); write \(expected)."))
    }

    public mutating func invalid(_ path: FieldPath, _ message: String) {
        report(FieldProblem(.error, .invalidValue, path, message))
    }
}

/// The nearest of several names, for "did you mean": nil when none is close enough to be a misspelling.
public func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let written = Array(name.lowercased().utf8)
    let limit = max(1, written.count / 3)
    let scored = candidates.compactMap { candidate -> (String, Int)? in
        let other = Array(candidate.lowercased().utf8)
        guard abs(other.count - written.count) <= limit else { return nil }
        return (candidate, editDistance(written, other))
    }
    return scored.filter { $0.1 <= limit }.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    guard a.count <= 256, b.count <= 256 else { return .max }
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    for i in 1...a.count {
        for j in 1...b.count {
            let cost = a[i - 1] == b[j - 1] ? 0 : 1
            var best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
            rows[i][j] = best
        }
    }
    return rows[a.count][b.count]
}
