import Base
import HTTP
import Testing

@Suite struct ResponseHeadTests {
    @Test(arguments: [
        ("HTTP/1.1 099 X", false), ("HTTP/1.1 100 X", true), ("HTTP/1.1 999 X", true), ("HTTP/1.1 1000 X", false),
        ("HTTP/1.1 20 X", false),
        ("HTTP/1.1  200 X", false), ("HTTP/1.1 +20 X", false), ("HTTP/1.1 200X", false), ("HTTP/1.1 200 ", true),
        ("HTTP/1.1 200", true),
        ("HTTP/1.1 200 \u{1}", false), ("HTTP/1.1 200 ümläut", true), ("HTTP/1.1 200\tOK", false), ("HTTP/2.0 200 OK", false),
        ("HTTP/1.2 200 OK", false), ("HTTP/01.1 200 OK", false), ("http/1.1 200 OK", false), (" HTTP/1.1 200 OK", false),
        ("HTTP/1.1\t200 OK", false), ("<html><head></head></html>", false), ("SSH-2.0-OpenSSH_9.2", false),
        ("\u{15}\u{3}\u{1}\0\u{2}\u{2}", false),
    ])
    func `a status line is three digits after a version`(line: String, accepted: Bool) {
        let outcome = Parsing.response(line + "\r\nContent-Length: 0\r\n\r\n")
        #expect(!outcome.hasPrefix("refused") == accepted, "\(outcome)")
        #expect(outcome != "incomplete")
    }

    @Test(
        arguments: [
            (100, "", false, Framing.none), (101, "", false, .none), (204, "Content-Length: 5", false, .none),
            (304, "Content-Length: 5", false, .none),
            (200, "Content-Length: 5", true, .none), (200, "Transfer-Encoding: chunked", true, .none),
            (200, "Content-Length: 5", false, .length),
            (200, "Content-Length: 0", false, .none), (200, "Transfer-Encoding: chunked", false, .chunked),
            (200, "X: y", false, .untilClose),
            (404, "X: y", false, .untilClose),
        ] as [(Int, String, Bool, Framing)])
    func `the body is delimited as RFC 9112 says`(status: Int, field: String, toHead: Bool, framing: Framing) {
        let bytes = Array("HTTP/1.1 \(status) X\r\n\(field.isEmpty ? "A: b" : field)\r\n\r\n".utf8)
        let table = FieldTable(capacity: 4)
        var response = ParsedResponse()
        #expect(ResponseParser.parse(bytes.span, limits: HeadLimits(), table, &response) == .complete)
        #expect(response.framing(toHead: toHead) == framing)
    }

    @Test func `however the bytes of a response are split the outcome is the same`() {
        var random = SeededRandom(seed: 5)
        let pool = [
            "HTTP/1.1 ", "HTTP/1.0 ", "200", " OK", "\r\n", "\r\n", "\r\n", "\n", "\r", "X: y", "Content-Length: 3",
            "Transfer-Encoding: chunked",
            " ", "\0", "204", "Connection: close", "x",
        ]
        for round in 0..<1500 {
            var text = round % 2 == 0 ? "HTTP/1.1 200 OK\r\n" : ""
            for _ in 0..<Int(random.below(10)) { text += pool[Int(random.below(UInt32(pool.count)))] }
            if round % 3 == 0 { text += "\r\n\r\n" }
            let bytes = Array(text.utf8)
            let whole = Parsing.response(bytes)
            let first = (0..<bytes.count).lazy.map { Parsing.response(Array(bytes[..<$0])) }.first { $0 != "incomplete" }
            #expect(first ?? whole == whole, "\(text.debugDescription)")
        }
    }
}
