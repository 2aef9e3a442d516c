public import Graph
public import HTTP
public import Pipeline
import Patterns

/// A compiled `PathRewrite`: makes the new path of a request, for rewrites and for redirects.
public final class PathRewriter: Sendable {
    private enum Kind: Sendable {
        case full
        case prefix
        case regex(Pattern, Substitution)
    }
    private let kind: Kind
    private let pool = ConstantPool()
    /// Without a trailing slash for `.prefix`, see `replacePrefix`.
    private let replacement: ByteRef
    private let replacementWithSlash: ByteRef
    private let replacementQuery: ByteRef

    /// What `rewrite` found.
    public enum Result: Sendable {
        /// The pattern does not match: the path stays.
        case unchanged
        /// `query` is present when the replacement brought its own; the request's follows it there.
        case rewritten(path: ByteRef, query: ByteRef)
        case failed(Reason)
    }

    /// nil when the replacement has bytes that no path may have (a prefix no query either), or the expression or its template is
    /// wrong.
    public init?(_ rewrite: PathRewrite) {
        var text: String
        switch rewrite {
        case .replaceFull(let path):
            kind = .full
            text = path.hasPrefix("/") ? path : "/" + path
        case .replacePrefix(let path):
            guard !path.utf8.contains(UInt8(ascii: "?")) else { return nil }
            kind = .prefix
            text = path.hasPrefix("/") || path.isEmpty ? path : "/" + path
        case .replaceRegex(let pattern, let substitution):
            guard let pattern = try? Pattern.compile(pattern, mode: .search),
                let template = try? Substitution(substitution, captureCount: pattern.captureCount)
            else { return nil }
            kind = .regex(pattern, template)
            text = substitution
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else { return nil }
        var query: String?
        if case .full = kind, let mark = text.firstIndex(of: "?") {
            query = String(text[text.index(after: mark)...])
            text = String(text[..<mark])
        }
        replacementQuery = query.map(pool.add) ?? .nothing
        replacementWithSlash = pool.add(text)
        while case .prefix = kind, text.hasSuffix("/") { text.removeLast() }
        replacement = pool.add(text)
    }

    /// Makes the path for a request; its bytes are constants or lie in the exchange's own text.
    public func rewrite(_ head: borrowing RequestHead, _ x: inout Exchange) -> Result {
        switch kind {
        case .full: replaceFull(head, &x)
        case .prefix: replacePrefix(head, &x)
        case .regex(let pattern, let template): substitute(pattern.handle, template, head, &x)
        }
    }

    /// A replacement's own query comes first; `/path?` alone drops the request's.
    private func replaceFull(_ head: borrowing RequestHead, _ x: inout Exchange) -> Result {
        guard replacementQuery.count > 0, head.query.count > 0 else {
            return .rewritten(path: replacement, query: replacementQuery)
        }
        let start = x.edits.textPosition
        guard x.edits.append(text: replacementQuery), Self.appendQuery(of: head, &x, true) else { return .failed(.editsTooLarge) }
        return .rewritten(path: replacement, query: x.edits.text(from: start))
    }

    /// Gateway API HTTPPathModifier, ReplacePrefixMatch: whole path elements, and exactly one slash where the parts meet.
    private func replacePrefix(_ head: borrowing RequestHead, _ x: inout Exchange) -> Result {
        let path = head.path
        let covered = min(max(0, Int(x.matchedPrefixLength)), path.count)
        if covered == path.count {
            let slash = replacementWithSlash.count == 0
            return .rewritten(path: slash ? Self.root : replacementWithSlash, query: .nothing)
        }
        if replacement.count == 0 && covered == 0 { return .unchanged }
        let start = x.edits.textPosition
        guard x.edits.append(text: replacement), x.edits.append(text: path.extracting(covered..<path.count)) else {
            return .failed(.editsTooLarge)
        }
        return .rewritten(path: x.edits.text(from: start), query: .nothing)
    }

    private static let rootPool = ConstantPool()
    private static let root = rootPool.add("/")

    private func substitute(
        _ pattern: PatternHandle, _ template: Substitution, _ head: borrowing RequestHead, _ x: inout Exchange
    ) -> Result {
        let path = head.path
        return PatternMemory.onThisThread { memory in
            switch pattern.substitute(path, template, &memory) {
            case .noMatch: .unchanged
            case .limit: .failed(.patternLimit)
            case .match: Self.split(memory.output, head, &x)
            }
        }
    }

    /// A substituted text may bring a query: the request's own is then appended to it, as nginx does.
    private static func split(_ text: Span<UInt8>, _ head: borrowing RequestHead, _ x: inout Exchange) -> Result {
        var mark = 0
        while mark < text.count && text[mark] != UInt8(ascii: "?") { mark += 1 }
        if hasDotSegment(text, mark) { return .failed(.badRequest) }
        let start = x.edits.textPosition
        if mark == 0 || text[0] != UInt8(ascii: "/") {
            guard x.edits.append(text: UInt8(ascii: "/")) else { return .failed(.editsTooLarge) }
        }
        guard x.edits.append(text: text.extracting(0..<mark)) else { return .failed(.editsTooLarge) }
        let path = x.edits.text(from: start)
        guard mark < text.count else { return .rewritten(path: path, query: .nothing) }
        let queryStart = x.edits.textPosition
        guard x.edits.append(text: text.extracting((mark + 1)..<text.count)), appendQuery(of: head, &x, mark + 1 < text.count)
        else { return .failed(.editsTooLarge) }
        return .rewritten(path: path, query: x.edits.text(from: queryStart))
    }

    static func appendQuery(of head: borrowing RequestHead, _ x: inout Exchange, _ needsSeparator: Bool) -> Bool {
        let query = head.query
        guard query.count > 0 else { return true }
        if needsSeparator && !x.edits.append(text: UInt8(ascii: "&")) { return false }
        return x.edits.append(text: query)
    }

    /// Pieces of a path put together anew must not climb out of it.
    private static func hasDotSegment(_ text: borrowing Span<UInt8>, _ end: Int) -> Bool {
        var segment = 0
        for i in 0...end where i == end || text[i] == UInt8(ascii: "/") {
            let length = i - segment
            if (length == 1 || length == 2) && text[segment] == UInt8(ascii: ".") && text[i - 1] == UInt8(ascii: ".") {
                return true
            }
            segment = i + 1
        }
        return false
    }
}
