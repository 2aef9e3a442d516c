import Base
import HTTP

/// Runs the parsers over owned bytes and renders what they found as text, so that outcomes can be compared.
enum Parsing {
    static func request(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> String {
        let table = FieldTable(capacity: 200)
        var parsed = ParsedRequest()
        let outcome = RequestParser.parse(bytes.span, limits: limits, table, &parsed)
        guard case .complete = outcome else { return "\(outcome)" }
        return "\(describe(parsed, table, bytes)) length=\(parsed.length)"
    }

    static func request(_ text: String, limits: HeadLimits = HeadLimits()) -> String { request(Array(text.utf8), limits: limits) }

    /// Feeds growing prefixes cut at `cuts`, and returns the first outcome that is not "incomplete".
    static func requestInPieces(_ bytes: [UInt8], cuts: [Int]) -> String {
        for cut in cuts + [bytes.count] {
            let outcome = request(Array(bytes[..<cut]))
            if outcome != "incomplete" { return outcome }
        }
        return "incomplete"
    }

    static func describe(_ r: ParsedRequest, _ table: borrowing FieldTable, _ bytes: [UInt8]) -> String {
        func text(_ start: Int32, _ length: Int32) -> String {
            String(decoding: bytes[Int(start)..<Int(start + length)], as: UTF8.self)
        }
        var out = "\(text(r.line.method, r.line.methodLength)) host=\(text(r.line.host, r.line.hostLength))"
        out += " path=\(text(r.line.path, r.line.pathLength))"
        if r.line.hasQuery { out += " query=\(text(r.line.query, r.line.queryLength))" }
        out += " 1.\(r.minor) \(r.framing)"
        if r.facts.contentLength >= 0 { out += "(\(r.facts.contentLength))" }
        if !r.keepsAlive { out += " closes" }
        for i in 0..<Int(r.facts.count) {
            let f = table[i]
            out += " \(text(f.name, f.nameLength))=[\(text(f.value, f.valueLength))]"
        }
        return out
    }

    static func response(_ text: String) -> String { response(Array(text.utf8)) }

    static func response(_ bytes: [UInt8]) -> String {
        let table = FieldTable(capacity: 200)
        var parsed = ParsedResponse()
        let outcome = ResponseParser.parse(bytes.span, limits: HeadLimits(), table, &parsed)
        guard case .complete = outcome else { return "\(outcome)" }
        return "\(parsed.status) 1.\(parsed.minor) \(parsed.framing(toHead: false)) alive=\(parsed.keepsAlive)"
    }

    static func canonical(_ path: String) -> String? {
        let bytes = Array(path.utf8)
        let output = Buffer(capacity: max(16, bytes.count))
        guard let length = CanonicalPath.write(bytes.span, to: output, at: 0) else { return nil }
        return String(decoding: (0..<length).map { output[$0] }, as: UTF8.self)
    }

    /// Decodes a body given in pieces: data, trailers, how it ended, and what was left over.
    static func body(_ framing: Framing, length: Int64 = 0, _ pieces: [[UInt8]]) -> String {
        var decoder = BodyDecoder(framing, length: length)
        var data: [UInt8] = []
        var trailers: [UInt8] = []
        var rest = 0
        var ended = "open"
        for piece in pieces {
            var i = 0
            reading: while ended == "open" {
                switch decoder.next(piece.span, &i) {
                case .data(let range): data += piece[range]
                case .trailer(let range): trailers += piece[range]
                case .end: ended = "end"
                case .malformed: ended = "malformed"
                case .more: break reading
                }
            }
            if ended == "end" { rest += piece.count - i }
        }
        if ended == "malformed" { return "malformed" }
        let text = String(decoding: data, as: UTF8.self)
        return "\(text)|\(String(decoding: trailers, as: UTF8.self))|\(ended)|\(rest)"
    }
}
