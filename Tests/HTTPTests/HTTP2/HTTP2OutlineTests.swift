import Base
@testable import HTTP
import Testing

/// What is known of where fields lie is what a parser would find.
@Suite struct HTTP2OutlineTests {
    private static let limits = HeadLimits()

    /// Its kind, which an outline does not say, is the last.
    private static func line(_ line: FieldLine) -> [Int] {
        [line.name, line.nameLength, line.value, line.valueLength, line.end, Int32(line.kind.rawValue)].map { Int($0) }
    }

    /// The head as it is parsed with its outline and without; nil when it has none.
    private static func parse(_ fields: [(String, String)]) throws -> (isSame: Bool, count: Int)? {
        let wire = HTTP2Wire(limits: limits, maxStreams: 10)
        let session = HTTP2Session.accept(HTTP2Settings(), wire)
        defer { session.free() }
        let bytes = HTTP2Frames.hello + HTTP2Frames.headers(1, fields, ends: true)
        var start = 0
        while start < bytes.count { start += session.receive(Array(bytes[start...]).span, now: .zero) }
        guard case .head(_, let head) = session.next(), head.defect == nil, head.outline > 0 else { return nil }
        let count = Int(head.outline)
        let known = FieldTable(capacity: limits.fields)
        let found = FieldTable(capacity: limits.fields)
        known.load(count, from: wire.text((head.text.lowerBound - count * MemoryLayout<FieldLine>.stride)..<head.text.lowerBound))
        var said: [[Int]] = []
        for i in 0..<count { said.append(line(known[i]).dropLast()) }
        var (a, b) = (ParsedRequest(), ParsedRequest())
        let one = RequestParser.parse(wire.text(head.text), outlined: count, limits: limits, known, &a)
        let other = RequestParser.parse(wire.text(head.text), limits: limits, found, &b)
        try #require(one == other)
        guard one == .complete else { return (true, 0) }
        var isSame = "\(a)" == "\(b)"
        for i in 0..<Int(b.facts.count) where line(known[i]) != line(found[i]) || said[i] != line(found[i]).dropLast() {
            isSame = false
        }
        return (isSame, Int(b.facts.count))
    }

    private static let pseudo = [(":method", "GET"), (":scheme", "https"), (":path", "/x?y"), (":authority", "a.example:1")]

    @Test func `random heads of requests`() throws {
        var random = SeededRandom(seed: 5)
        let names = [
            "accept", "cookie", "x", "user-agent", "content-length", "x-forwarded-for", "x_real_ip", "te", "expect",
            "x-request-id",
            "date", "a-name-that-is-longer-than-sixteen-bytes", "1!#$%&'*+.^_`|~",
        ]
        let values = ["", "1", "trailers", "a b\tc", String(repeating: "long ", count: 9) + "x", "100-continue", "\u{fc}", "17"]
        var outlined = 0
        for _ in 0..<400 {
            var fields = Self.pseudo
            for _ in 0..<random.below(8) {
                fields.append((names[Int(random.below(UInt32(names.count)))], values[Int(random.below(UInt32(values.count)))]))
            }
            guard let (isSame, count) = try Self.parse(fields) else { continue }
            #expect(isSame, "\(fields)")
            outlined += count > 0 ? 1 : 0
        }
        #expect(outlined > 100)
    }

    @Test func `heads that are put together otherwise have none`() throws {
        #expect(try Self.parse(Self.pseudo + [("host", "a.example:1")]) == nil)
        #expect(try Self.parse(Self.pseudo + [("cookie", "a=1"), ("x", "y"), ("cookie", "b=2")]) == nil)
        #expect(try Self.parse(Self.pseudo + (0..<40).map { ("x-\($0)", "y") }) == nil)
        #expect(try #require(try Self.parse(Self.pseudo + [("cookie", "a=1")])) == (true, 2))
        #expect(try #require(try Self.parse(Self.pseudo)) == (true, 1))
    }

    /// What goes out for an answer, with an outline of its first `outlined` fields or without any.
    private static func answered(_ text: String, outlined: Int?, body: String = "") -> [UInt8] {
        let wire = HTTP2Wire(limits: limits, maxStreams: 10)
        let session = HTTP2Session.accept(HTTP2Settings(), wire)
        defer { session.free() }
        let hello = HTTP2Frames.hello + HTTP2Frames.headers(1, pseudo, ends: true)
        var start = 0
        while start < hello.count { start += session.receive(Array(hello[start...]).span, now: .zero) }
        guard case .head(let stream, _) = session.next() else { return [] }
        wire.sent()
        let head = Array(text.replacing("|", with: "\r\n").utf8)
        if let outlined {
            let table = FieldTable(capacity: limits.fields)
            var parsed = ParsedResponse()
            #expect(ResponseParser.parse(head.span, limits: limits, table, &parsed) == .complete)
            wire.beginOutline()
            for i in 0..<outlined { wire.outline(table[i], movedBy: 0) }
            let tail = outlined == Int(parsed.facts.count) ? head.count - 2 : Int(table[outlined].name)
            wire.finishOutline(tail: tail, length: head.count)
            wire.outlineBelongs(to: stream)
        }
        let bytes = head + Array(body.utf8)
        let answer = session.respond(stream, bytes.span, endsHere: true, takesBody: true)
        #expect(answer.length == head.count && answer.taken == bytes.count && answer.isFinal)
        return unsafe wire.pending.withUnsafeBufferPointer { unsafe Array($0) }
    }

    @Test func `an answer is the same with its outline and without`() {
        let text =
            "HTTP/1.1 200 OK|Server: a|X-Long-Name-With-CAPITALS:  spaced \t|connection: close|Date: d|keep-alive: 1|content-length: 4||"
        for body in ["", "body"] {
            let plain = Self.answered(text, outlined: nil, body: body)
            #expect(plain.count > 40)
            for outlined in 0...6 {
                #expect(Self.answered(text, outlined: outlined, body: body) == plain, "\(outlined) of the fields")
            }
        }
    }

    @Test func `an outline is for one stream, and for final heads`() {
        let wire = HTTP2Wire(limits: Self.limits, maxStreams: 10)
        let session = HTTP2Session.accept(HTTP2Settings(), wire)
        defer { session.free() }
        let bytes =
            HTTP2Frames.hello + HTTP2Frames.headers(1, Self.pseudo, ends: true) + HTTP2Frames.headers(3, Self.pseudo, ends: true)
        var start = 0
        while start < bytes.count { start += session.receive(Array(bytes[start...]).span, now: .zero) }
        guard case .head(let one, _) = session.next(), case .head(let three, _) = session.next() else {
            Issue.record("there are two requests")
            return
        }
        wire.sent()
        // Nothing in it is true: whoever used it would send no such field.
        wire.beginOutline()
        wire.finishOutline(tail: 23, length: 25)
        wire.outlineBelongs(to: three)
        let head = Array("HTTP/1.1 200 OK\r\na: b\r\n\r\n".utf8)
        #expect(session.respond(one, head.span, endsHere: true).length == head.count)
        // More than a frame's header and the status.
        let ofOne = wire.pending.count
        wire.sent()
        let interim = Array("HTTP/1.1 103 A\r\na: b\r\n\r\n".utf8)
        #expect(session.respond(three, interim.span, endsHere: false).length == interim.count)
        #expect(ofOne > 10 && wire.pending.count > 10)
        wire.sent()
        #expect(session.respond(three, head.span, endsHere: true).length == head.count)
        #expect(wire.pending.count == 10, "here it is used")
    }
}
