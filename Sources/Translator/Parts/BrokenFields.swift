import Documents

/// Where a document cannot be used as written.
struct BrokenFields {
    private let errors: [FieldProblem]

    init(_ problems: [FieldProblem]) { errors = problems.filter { $0.severity == .error } }

    /// Whether something at `path` or below it is wrong.
    func contains(_ path: FieldPath) -> Bool {
        errors.contains { $0.path.steps.starts(with: path.steps) }
    }

    /// Where the elements of a list that could be read stood in the list as written: those of a wrong type were left out.
    func positions(of count: Int, in list: FieldPath) -> [Int] {
        guard !errors.isEmpty else { return Array(0..<count) }
        let depth = list.steps.count
        var left: Set<Int> = []
        for error in errors where error.path.steps.count == depth + 1 && error.path.steps.starts(with: list.steps) {
            if case .element(let i)? = error.path.steps.last { left.insert(i) }
        }
        return Array((0..<(count + left.count)).lazy.filter { !left.contains($0) }.prefix(count))
    }
}
