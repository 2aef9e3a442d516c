import Base
import HTTP
import Testing

/// What requests of HTTP/2 become: text that the one parser judges, or a stream that is refused.
@Suite struct HTTP2HeadTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var fields: [(String, String)]
        var outcome: String
        var testDescription: String { name }
    }

    private static func get(_ more: (String, String)...) -> [(String, String)] { HTTP2Frames.plain + more }

    private static func replacing(_ name: String, _ value: String?, _ more: (String, String)...) -> [(String, String)] {
        HTTP2Frames.plain.compactMap { field in field.0 == name ? value.map { (name, $0) } : field } + more
    }

    static let accepted: [Case] = [
        Case(name: "plain", fields: get(), outcome: "1 head ends https GET / HTTP/1.1|host: a.example||"),
        Case(
            name: "fields stay in order", fields: get(("x-b", "1"), ("x-a", "2"), ("x-b", "3")),
            outcome: "1 head ends https GET / HTTP/1.1|host: a.example|x-b: 1|x-a: 2|x-b: 3||"),
        Case(
            name: "crumbs of cookies", fields: get(("cookie", "a=1"), ("accept", "*/*"), ("cookie", "b=2")),
            outcome: "1 head ends https GET / HTTP/1.1|host: a.example|accept: */*|cookie: a=1; b=2||"),
        Case(
            name: "pseudo-header fields in another order",
            fields: [(":authority", "a"), (":path", "/x?y=z"), (":scheme", "http"), (":method", "POST")],
            outcome: "1 head ends POST /x?y=z HTTP/1.1|host: a||"),
        Case(
            name: "Host instead of :authority", fields: replacing(":authority", nil, ("host", "b")),
            outcome: "1 head ends https GET / HTTP/1.1|host: b||"),
        Case(
            name: "Host beside :authority", fields: get(("host", "A.example")),
            outcome: "1 head ends https GET / HTTP/1.1|host: a.example||"),
        Case(
            name: "trailers are wanted", fields: get(("te", "trailers")),
            outcome: "1 head ends https GET / HTTP/1.1|host: a.example|te: trailers||"),
        Case(
            name: "every server", fields: replacing(":path", "*").map { $0.0 == ":method" ? (":method", "OPTIONS") : $0 },
            outcome: "1 head ends https OPTIONS * HTTP/1.1|host: a.example||"),
        Case(
            name: "a tunnel, which the parser refuses", fields: [(":method", "CONNECT"), (":authority", "a:443")],
            outcome: "1 head ends CONNECT a:443 HTTP/1.1|host: a:443||"),
        Case(
            name: "bytes above ASCII", fields: get(("x", "\u{e9}")),
            outcome: "1 head ends https GET / HTTP/1.1|host: a.example|x: \u{e9}||"),
    ]

    static let defects: [Case] = [
        Case(name: "another scheme", fields: replacing(":scheme", "ftp"), outcome: "1 head ends defect=target "),
        Case(name: "two authorities", fields: get(("host", "b.example")), outcome: "1 head ends https defect=host "),
        Case(
            name: "a list of authorities", fields: replacing(":authority", "a, b"), outcome: "1 RST"),
        Case(name: "no authority", fields: replacing(":authority", nil), outcome: "1 RST"),
        Case(
            name: "a long field", fields: get(("x", String(repeating: "y", count: 2100))),
            outcome: "1 head ends https defect=tooLarge "),
        Case(
            name: "an unknown protocol",
            fields: [
                (":method", "CONNECT"), (":protocol", "ip"), (":scheme", "https"), (":path", "/"), (":authority", "a"),
            ],
            outcome: "1 head ends https defect=method "),
    ]

    static let refused: [Case] = [
        Case(name: "no path", fields: replacing(":path", nil), outcome: ""),
        Case(name: "an empty path", fields: replacing(":path", ""), outcome: ""),
        Case(name: "an absolute form", fields: replacing(":path", "http://b/"), outcome: ""),
        Case(name: "a second request in the path", fields: replacing(":path", "/ HTTP/1.1\r\nx: y\r\n\r\nGET /"), outcome: ""),
        Case(name: "no method", fields: replacing(":method", nil), outcome: ""),
        Case(name: "a method with a space", fields: replacing(":method", "GET /x"), outcome: ""),
        Case(name: "no scheme", fields: replacing(":scheme", nil), outcome: ""),
        Case(name: "two paths", fields: replacing(":path", "/", (":path", "/b")), outcome: ""),
        Case(name: "a late pseudo-header field", fields: replacing(":path", nil, ("x", "y"), (":path", "/")), outcome: ""),
        Case(name: "an unknown pseudo-header field", fields: replacing(":path", "/", (":x", "y")), outcome: ""),
        Case(name: "a status", fields: replacing(":path", "/", (":status", "200")), outcome: ""),
        Case(name: "upper case", fields: get(("X-A", "b")), outcome: ""),
        Case(name: "an empty name", fields: get(("", "b")), outcome: ""),
        Case(name: "a name with a colon", fields: get(("a:b", "c")), outcome: ""),
        Case(name: "a name with a line end", fields: get(("a\r\nb", "c")), outcome: ""),
        Case(name: "a value with a line end", fields: get(("a", "b\r\ntransfer-encoding: chunked")), outcome: ""),
        Case(name: "a value with a line feed", fields: get(("a", "b\nc")), outcome: ""),
        Case(name: "a value with a NUL", fields: get(("a", "b\0c")), outcome: ""),
        Case(name: "a value with a blank before it", fields: get(("a", " b")), outcome: ""),
        Case(name: "Transfer-Encoding", fields: get(("transfer-encoding", "chunked")), outcome: ""),
        Case(name: "Connection", fields: get(("connection", "close")), outcome: ""),
        Case(name: "Keep-Alive", fields: get(("keep-alive", "5")), outcome: ""),
        Case(name: "Proxy-Connection", fields: get(("proxy-connection", "close")), outcome: ""),
        Case(name: "Upgrade", fields: get(("upgrade", "websocket")), outcome: ""),
        Case(name: "another TE", fields: get(("te", "gzip")), outcome: ""),
        Case(name: "two Hosts", fields: get(("host", "a.example"), ("host", "a.example")), outcome: ""),
        Case(name: "two lengths", fields: get(("content-length", "0"), ("content-length", "0")), outcome: ""),
        Case(name: "a length without a body", fields: get(("content-length", "5")), outcome: ""),
    ]

    private static func ask(_ fields: [(String, String)]) -> (log: [String], frames: [String]) {
        var server = HTTP2End(isServer: true, limits: HeadLimits(bytes: 2048, fields: 32))
        server.receive(HTTP2Frames.hello)
        _ = server.take()
        server.receive(HTTP2Frames.headers(1, fields))
        return (server.log, HTTP2Frames.describe(server.take()))
    }

    @Test(arguments: accepted) func `a sound head becomes text that the parser reads`(_ c: Case) {
        let (log, frames) = Self.ask(c.fields)
        #expect(log == [c.outcome] && frames == [])
        guard let start = c.outcome.firstRange(of: "ends ")?.upperBound else { return }
        let text = c.outcome[start...].replacing("https ", with: "").replacing("|", with: "\r\n")
        let judged = Parsing.request(String(text))
        #expect(
            c.name.contains("tunnel") ? judged == "refused(HTTP.HeadDefect.method)" : judged.contains("length=\(text.utf8.count)")
        )
    }

    @Test(arguments: defects) func `an unsound head is a defect that can be answered`(_ c: Case) {
        let (log, frames) = Self.ask(c.fields)
        if c.outcome == "1 RST" {
            #expect(log == [] && frames == ["RST 1 code 1"])
        } else {
            #expect(log == [c.outcome] && frames == [])
        }
    }

    @Test(arguments: refused) func `a head that nghttp2 refuses is refused unheard`(_ c: Case) {
        let (log, frames) = Self.ask(c.fields)
        #expect(log == [] && frames.count == 1 && frames[0].hasPrefix("RST 1"))
    }

    @Test func `the preface is told apart`() {
        func judge(_ bytes: [UInt8]) -> HTTP2Preface.Answer { HTTP2Preface.judge(bytes.span) }
        let preface = HTTP2Frames.preface
        for n in 0..<preface.count { #expect(judge(Array(preface[..<n])) == .undecided) }
        #expect(judge(HTTP2Frames.hello) == .isHTTP2)
        #expect(judge(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r!".utf8)) == .isNot)
        #expect(judge(Array("PUT".utf8)) == .isNot)
    }

    private static func isMistaken(_ bytes: [UInt8]) -> Bool { HTTP2Preface.isMistaken(bytes.span) }

    @Test(arguments: ["INVALID CONNECTION PREFACE\r\n\r\n", "EHLO mail example.com\r\n", "a b c\r\n", "PRII * HTP/2.0\r\n\r\nSM"])
    func `three words none of which is HTTP's are a wrong preface`(_ text: String) {
        #expect(Self.isMistaken(Array(text.utf8)))
        // Until its line is whole nothing is known.
        for n in 0..<text.utf8.count where !text.prefix(n).contains("\r\n") {
            #expect(!Self.isMistaken(Array(text.utf8.prefix(n))))
        }
    }

    @Test(arguments: [
        "", "\r\n", "\n", " \r\n", "  \r\n", "   \r\n", "a b \r\n", "a  b\r\n", " a b\r\n", "a b\r\n", "a b c d\r\n", "a b c\n",
        "a b HTTP/9\r\n", "a b http\r\n",
        "GET b c\r\n", "patch b c\r\n",
    ])
    func `anything else is a bad request or a good one`(_ text: String) {
        #expect(!Self.isMistaken(Array(text.utf8)))
    }

    @Test func `a WebSocket is asked for as in HTTP/1`() {
        let (log, _) = Self.ask([
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/chat"), (":authority", "a"),
            ("sec-websocket-version", "13"),
        ])
        let text = "GET /chat HTTP/1.1|host: a|connection: upgrade|upgrade: websocket|sec-websocket-version: 13||"
        #expect(log == ["1 head ends https websocket " + text])
    }

    @Test func `too many fields are a defect of the parser`() {
        let many = (0..<40).map { ("x-\($0)", "y") }
        let (log, _) = Self.ask(HTTP2Frames.plain + many)
        #expect(log.count == 1 && log[0].hasPrefix("1 head ends https GET"))
        let text = String(log[0].dropFirst("1 head ends https ".count).replacing("|", with: "\r\n"))
        #expect(Parsing.request(text, limits: HeadLimits(bytes: 2048, fields: 32)) == "refused(HTTP.HeadDefect.tooManyFields)")
    }

    @Test func `a huge list is given up`() {
        let (log, frames) = Self.ask(HTTP2Frames.plain + (0..<50).map { ("x-\($0)", String(repeating: "y", count: 100)) })
        #expect(log == [] && frames == ["RST 1 code 2"])
    }
}
