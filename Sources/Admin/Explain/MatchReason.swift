import Base
import Graph
import Patterns

/// Why a match does not hold for a request: nil when it does. Reads the conditions in the order of the proxy.
enum MatchReason {
    static func mismatch(_ match: Match, _ request: ExplainedRequest) -> String? {
        if let reason = path(match.path, request.path) { return reason }
        if let method = match.method, method != request.method { return "the method is \(request.method), not \(method)" }
        for condition in match.headers {
            if let reason = named(condition, "header", request.value(ofHeader: condition.name)) { return reason }
        }
        for condition in match.queries {
            if let reason = named(condition, "query parameter", request.value(ofQuery: condition.name)) { return reason }
        }
        for condition in match.cookies {
            if let reason = named(condition, "cookie", request.value(ofCookie: condition.name)) { return reason }
        }
        guard !match.sources.isEmpty else { return nil }
        let blocks = match.sources.map(\.description).joined(separator: ", ")
        guard let source = request.source else { return "it is only for clients in \(blocks) (say which with --source)" }
        return match.sources.contains { $0.contains(source) } ? nil : "the client \(source) is not in \(blocks)"
    }

    private static func path(_ match: PathMatch, _ path: String) -> String? {
        switch match {
        case .exact(let expected):
            return path == expected ? nil : "the path is not exactly \(expected)"
        case .prefix(let prefix):
            if prefix == "/" || path == prefix || path.hasPrefix(prefix + "/") { return nil }
            let isPartial = path.hasPrefix(prefix)
            return isPartial ? "\(prefix) ends within an element of the path" : "the path is not under \(prefix)"
        case .regex(let pattern):
            return matches(pattern, path) ? nil : "the path does not match \(pattern)"
        }
    }

    private static func named(_ condition: NamedMatch, _ kind: String, _ value: String?) -> String? {
        let what = "\(kind) \(condition.name)"
        switch condition.value {
        case .absent: return value == nil ? nil : "it has a \(what)"
        case .present: return value == nil ? "it has no \(what)" : nil
        case .exact(let expected):
            guard let value else { return "it has no \(what)" }
            return value == expected ? nil : "\(what) is '\(value)', not '\(expected)'"
        case .regex(let pattern):
            guard let value else { return "it has no \(what)" }
            return matches(pattern, value) ? nil : "\(what) '\(value)' does not match \(pattern)"
        }
    }

    private static func matches(_ text: String, _ subject: String) -> Bool {
        guard let pattern = try? Pattern.compile(text, mode: .whole) else { return false }
        var memory = PatternMemory()
        let bytes = Array(subject.utf8)
        return pattern.handle.test(bytes.span, &memory) == .match
    }
}
