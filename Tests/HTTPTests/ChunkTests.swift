import Base
import HTTP
import Testing

@Suite struct ChunkTests {
    private static let bodies = [
        "5\r\nhello\r\n0\r\n\r\nNEXT", "1;a=b;c=\"d e\"\r\nx\r\n00010\r\n0123456789abcdef\r\n000\r\nA: b\r\nC:d\r\n\r\nGET",
        "0\r\n\r\n",
        "aB\r\n" + String(repeating: "y", count: 0xab) + "\r\n0;last\r\nX: 1\r\n\r\n", "3\r\nabc\r\n2\r\nd\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "0\r\nX: y\r\n z\r\n\r\n", "0\r\n\r\r\n", "0\r\n:\r\n\r\n",
    ]

    @Test(arguments: bodies)
    func `a body cut anywhere, once or twice, decodes as it does whole`(text: String) {
        let bytes = Array(text.utf8)
        let whole = Parsing.body(.chunked, [bytes])
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
                let outcome = Parsing.body(.chunked, pieces)
                guard outcome != whole else { continue }
                Issue.record("\(text.debugDescription) cut at \(first) and \(second): \(outcome), whole: \(whole)")
                return
            }
        }
    }

    @Test(arguments: [
        "", " 5", "5 ", "\t5", "5\t;x", "+5", "-1", "0x5", "5h", "g", "５", "5\0", ";x", "\"5\"", "5,5", "1000000000000000",
        "fffffffffffffffff",
        "0000000000000000", "5;\u{1}", "5;a\r b", "5;\u{7f}", "5\r", "5;a\n", "5\u{b}",
    ])
    func `a size that is not plain hexadecimal digits is refused`(size: String) {
        #expect(Parsing.body(.chunked, [Array("\(size)\r\nhello\r\n0\r\n\r\n".utf8)]) == "malformed")
        #expect(Parsing.body(.chunked, [Array("1\r\nx\r\n\(size)\r\nhello\r\n0\r\n\r\n".utf8)]) == "malformed")
    }

    @Test func `the largest size is counted without overflow`() {
        var decoder = BodyDecoder(.chunked)
        let bytes = Array("fffffffffffffff\r\nx".utf8)
        var i = 0
        #expect(decoder.next(bytes.span, &i) == .data(17..<18))
        #expect(decoder.remaining == 0xfff_ffff_ffff_ffff - 1)
    }

    @Test func `extensions are bounded over the whole body`() {
        let long = "1;" + String(repeating: "x", count: 16_000) + "\r\ny\r\n"
        #expect(Parsing.body(.chunked, [Array((long + "0\r\n\r\n").utf8)]) == "y||end|0")
        #expect(
            Parsing.body(.chunked, [Array((long + "1;" + String(repeating: "x", count: 400) + "\r\ny\r\n").utf8)]) == "malformed")
        let many = String(repeating: "1;xx\r\ny\r\n", count: 9000)
        #expect(Parsing.body(.chunked, [Array(many.utf8)]) == "malformed")
    }

    @Test(arguments: ["X", "\n", "\r", "\r\r\n", "x\r\n", "\n\r", " \r\n", "\0"])
    func `a chunk's data ends with its line and nothing else`(end: String) {
        #expect(Parsing.body(.chunked, [Array("1\r\ny\(end)0\r\n\r\n".utf8)]) == "malformed")
    }

    @Test func `a malformed body stays malformed`() {
        var decoder = BodyDecoder(.chunked)
        let bytes = Array("zz5\r\nhello\r\n0\r\n\r\n".utf8)
        var i = 0
        let events = (0..<5).map { _ in decoder.next(bytes.span, &i) }
        #expect(events == Array(repeating: .malformed, count: 5))
        #expect(!decoder.isDone)
    }

    @Test func `a body that ended stays ended, and keeps its hands off what follows`() {
        for (framing, text, length) in [(Framing.chunked, "0\r\n\r\nGET /", 0), (.length, "abGET /", 2), (.none, "GET /", 0)] {
            var decoder = BodyDecoder(framing, length: Int64(length))
            let bytes = Array(text.utf8)
            var i = 0
            var events: [BodyDecoder.Event] = []
            repeat { events.append(decoder.next(bytes.span, &i)) } while events.last != .end && events.count < 9
            #expect(decoder.next(bytes.span, &i) == .end)
            #expect(bytes.count - i == 5, "\(framing)")
            #expect(decoder.isDone)
        }
    }

    // MARK: Trailers

    @Test(arguments: [
        ("\r\n", "complete 0"), ("A: b\r\nC: d\r\n\r\n", "complete 2"), ("A: b\r\n", "incomplete"),
        ("A : b\r\n\r\n", "fieldName"),
        ("A: b\n\r\n", "fieldValue"), (" A: b\r\n\r\n", "fieldName"), ("A: b\r\n c\r\n\r\n", "fieldName"),
        ("A: \0\r\n\r\n", "fieldValue"),
        ("Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "contentLength"),
        ("Transfer-Encoding: gzip\r\n\r\n", "transferEncoding"),
    ])
    func `trailers are judged as fields`(text: String, outcome: String) {
        let table = FieldTable(capacity: 10)
        var facts = FieldFacts()
        let bytes = Array(text.utf8)
        switch TrailerParser.parse(bytes.span, limits: HeadLimits(), table, &facts) {
        case .complete: #expect("complete \(facts.count)" == outcome)
        case .incomplete: #expect("incomplete" == outcome)
        case .refused(let defect): #expect("\(defect)" == outcome)
        }
    }

    @Test func `trailers beyond the limits are refused`() {
        let table = FieldTable(capacity: 200)
        var facts = FieldFacts()
        let many = Array(String(repeating: "A: b\r\n", count: 20).utf8)
        #expect(TrailerParser.parse(many.span, limits: HeadLimits(bytes: 100), table, &facts) == .refused(.tooLarge))
        #expect(TrailerParser.parse(many.span, limits: HeadLimits(fields: 10), table, &facts) == .refused(.tooManyFields))
    }

    /// RFC 9110 section 6.5.1: nothing that frames, routes or says who asks.
    @Test(arguments: [
        ("Content-Length", false), ("Transfer-Encoding", false), ("Host", false), ("Connection", false), ("TE", false),
        ("Upgrade", false),
        ("Keep-Alive", false), ("X-Forwarded-For", false), ("X_Forwarded_For", false), ("Forwarded", false),
        ("X-Request-Id", false),
        ("Cookie", false), ("Expect", false), ("Checksum", true), ("Grpc-Status", true), ("Server-Timing", true),
    ])
    func `a trailer that frames or routes is not passed on`(name: String, passes: Bool) {
        let table = FieldTable(capacity: 4)
        var facts = FieldFacts()
        let value = name.hasPrefix("Content") ? "5" : name.hasPrefix("Transfer") ? "chunked" : "x"
        let bytes = Array("\(name): \(value)\r\n\r\n".utf8)
        #expect(TrailerParser.parse(bytes.span, limits: HeadLimits(), table, &facts) == .complete)
        #expect(TrailerParser.mayPass(table[0].kind) == passes)
    }
}
