import Documents
import Patterns
import Synchronization

/// The regular expressions of schemas, each compiled once. They search (an expression anchors itself), as JSON Schema says.
enum SchemaPatterns {
    private static let compiled = Mutex<[String: Pattern?]>([:])

    /// An expression that does not compile here (RE2 knows a few things that PCRE2 does not) accepts everything.
    static func matches(_ text: String, _ expression: String) -> Bool {
        guard let pattern = pattern(expression) else { return true }
        let bytes = Array(text.utf8)
        return PatternMemory.onThisThread { memory in pattern.handle.test(bytes.span, &memory) } != .noMatch
    }

    private static func pattern(_ expression: String) -> Pattern? {
        compiled.withLock { known in
            if let pattern = known[expression] { return pattern }
            let pattern = try? Pattern.compile(expression, mode: .search)
            known[expression] = .some(pattern)
            return pattern
        }
    }
}
