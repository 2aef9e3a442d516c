import Foundation
import Graph
import HTTP
import Pipeline
import Policies

/// Runs a chain of filters over a request and an answer, and writes down what the next hop and the client would get, by the rules
/// that `Edits` states for serialisers.
struct FilterRun {
    /// The filters in the words of a graph's text, one a line.
    let specs: [FilterSpec]
    let matchedPrefixLength: Int32

    init(filters: String, matchedPrefixLength: Int32) throws {
        let lines = filters.split(separator: "\n").map { "  \($0)\n" }.joined()
        let graph = try GraphText.parse("listener http 0.0.0.0:80\n  host *\n    prefix / -> r\nrule r\n\(lines)  fail X\n")
        specs = graph.listeners[0].hosts[0].entries[0].rule.filters
        self.matchedPrefixLength = matchedPrefixLength
    }

    /// nil when a filter cannot be made from what was said.
    private func filters() -> [Filter]? {
        let made = specs.map { spec -> Filter? in
            switch spec {
            case .requestHeaders(let edits): HeaderFilter(edits, side: .request)
            case .responseHeaders(let edits): HeaderFilter(edits, side: .response)
            case .rewrite(let rewrite): RewriteFilter(rewrite)
            case .mirror: nil
            case .deprecation(let deprecation): DeprecationFilter(deprecation)
            }
        }
        return made.contains { $0 == nil } ? nil : made.compactMap { $0 }
    }

    struct Result {
        var upstream = ""
        var downstream = ""
    }

    /// - Parameters: heads as text with plain line feeds.
    func run(request: String, response: String) throws -> Result {
        guard let filters = filters() else { return Result(upstream: "refused") }
        let bytes = wire(request)
        let table = FieldTable(capacity: 64)
        var parsed = ParsedRequest()
        guard RequestParser.parse(bytes.span, limits: HeadLimits(), table, &parsed) == .complete else {
            throw BadHead(text: request)
        }
        let head = RequestHead(bytes: bytes.span, fields: table.first(Int(parsed.facts.count)), line: parsed.line)
        var x = Exchange()
        x.matchedPrefixLength = matchedPrefixLength
        x.prepareSlots(filters.count)
        let rows = UnsafeMutablePointer<Unmanaged<Filter>>.allocate(capacity: filters.count)
        defer { unsafe rows.deallocate() }
        for (i, filter) in filters.enumerated() { unsafe (rows + i).initialize(to: Unmanaged.passUnretained(filter)) }
        let interests = filters.reduce(Filter.Interests()) { $0.union($1.interests) }
        let chain = unsafe FilterChain(rows: UnsafePointer(rows), count: Int32(filters.count), interests: interests)
        return try withExtendedLifetime(filters) {
            var next: Int32 = 0
            if case .respond(let reply) = chain.requestHead(from: &next, head, &x) {
                return Result(upstream: "\(reply.status) \(reply.reason.code) from filter \(next)")
            }
            var result = Result(upstream: upstream(head, x))
            if !response.isEmpty { result.downstream = try answer(response, chain, head, &x) }
            return result
        }
    }

    private func answer(_ text: String, _ chain: FilterChain, _ request: borrowing RequestHead, _ x: inout Exchange) throws
        -> String
    {
        let bytes = wire(text)
        let table = FieldTable(capacity: 64)
        var parsed = ParsedResponse()
        guard ResponseParser.parse(bytes.span, limits: HeadLimits(), table, &parsed) == .complete else {
            throw BadHead(text: text)
        }
        let head = ResponseHead(bytes: bytes.span, fields: table.first(Int(parsed.facts.count)), status: parsed.status)
        var next = chain.count
        if case .respond(let reply) = chain.responseHead(from: &next, head, request: request, &x) {
            return "\(reply.status) \(reply.reason.code) from filter \(next)"
        }
        var lines = ["\(head.status)"]
        for i in head.fields.indices where !x.edits.drops(head.name(i), .response) {
            lines.append("\(string(head.name(i))): \(string(head.value(i)))")
        }
        return (lines + added(x, .response)).joined(separator: "\n")
    }

    struct BadHead: Error { let text: String }

    private func wire(_ text: String) -> [UInt8] {
        Array((text.trimmingCharacters(in: .newlines).replacing("\n", with: "\r\n") + "\r\n\r\n").utf8)
    }

    private func upstream(_ head: borrowing RequestHead, _ x: borrowing Exchange) -> String {
        var target = string(x.edits.path.isPresent ? x.edits.bytes(x.edits.path) : head.path)
        if x.edits.query.isPresent {
            if x.edits.query.count > 0 { target += "?" + string(x.edits.bytes(x.edits.query)) }
        } else if head.line.hasQuery {
            target += "?" + string(head.query)
        }
        var lines = [
            "\(string(head.method)) \(target)",
            "host: \(string(x.edits.host.isPresent ? x.edits.bytes(x.edits.host) : head.host))",
        ]
        for i in head.fields.indices where head.fields[i].kind != .host && !x.edits.drops(head.name(i), .request) {
            lines.append("\(string(head.name(i))): \(string(head.value(i)))")
        }
        return (lines + added(x, .request)).joined(separator: "\n")
    }

    private func added(_ x: borrowing Exchange, _ side: Edit.Side) -> [String] {
        var lines: [String] = []
        for i in 0..<x.edits.count where x.edits.writes(i, side) {
            lines.append("\(string(x.edits.bytes(x.edits[i].name))): \(string(x.edits.bytes(x.edits[i].value)))")
        }
        return lines
    }
}

private func string(_ span: borrowing Span<UInt8>) -> String {
    var bytes: [UInt8] = []
    for i in span.indices { bytes.append(span[i]) }
    return String(decoding: bytes, as: UTF8.self)
}
