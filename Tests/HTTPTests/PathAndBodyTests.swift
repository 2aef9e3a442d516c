import Base
import HTTP
import Testing

@Suite struct CanonicalPathTests {
    @Test(arguments: [
        ("/", "/"), ("/a/b", "/a/b"), ("//a///b//", "/a/b/"), ("/a/./b", "/a/b"), ("/a/b/..", "/a/"), ("/a/../b", "/b"),
        ("/a/b/.", "/a/b/"), ("/%61%2D%7e", "/a-~"), ("/%2e%2e/a", nil), ("/a/%2e%2E/b", "/b"), ("/..", nil), ("/a/../..", nil),
        ("/a%2fb", "/a%2Fb"), ("/a%5cb", "/a%5Cb"), ("/a/..%2fb", nil), ("/a/b%2f..", nil), ("/..;x/a", nil),
        ("/a;x=1/b", "/a;x=1/b"),
        ("/a%00b", nil), ("/a%", nil), ("/a%2", nil), ("/a%zz", nil), ("/%20a", "/%20a"), ("/...", "/..."), ("/.a", "/.a"),
        ("/a/;/b", "/a/;/b"), ("/%25%32%65", "/%252e"), ("/a/.;x", nil), ("/%3b", "/%3B"), ("/a/..%5cb", nil),
        ("/x%2f.%2fy", nil),
    ])
    func `paths have one form`(_ given: String, _ form: String?) {
        #expect(Parsing.canonical(given) == form)
    }

    /// Every way that is known to us of writing a climb.
    @Test(arguments: [
        "/../a", "/a/../../b", "/%2e%2e/a", "/.%2e/a", "/%2E./a", "//../a", "/./../a", "/..", "/..//", "/a/..%2f..", "/a%2f../b",
        "/..%5ca",
        "/a/%2e%2e%2fb", "/..;/a", "/..;a=b/c", "/;/../..", "/a;..;b", "/%2e%2e;x", "/a/%2e%2e%5c", "/a%5c..", "/a%5C.%2e%5Cb",
        "/.;x/a",
        "/..%2F", "/%2F..", "/a/.%2F./b", "/..%3bx/..%2f", "/a%2f.%2fb", "/%5c..%5cwindows", "/a/b/../../../c",
    ])
    func `a climb is taken out or refused, however it is written`(path: String) {
        guard let form = Parsing.canonical(path) else { return }
        let decoded = form.replacing("%2F", with: "/").replacing("%5C", with: "/")
        for segment in decoded.split(whereSeparator: { "/;".contains($0) }) {
            #expect(segment != "." && segment != "..", "\(path): \(form)")
        }
    }

    @Test(arguments: [
        "", "a", "*", "%2Fa", "/%0", "/%", "/a%", "/%g0", "/%0g", "/%-1", "/%%41", "/%00", "/a/%00", "/%u0041", "/% 41", "/%2",
        "/a/%2e%2",
    ])
    func `what is no path, or not plainly escaped, is refused`(path: String) {
        #expect(Parsing.canonical(path) == nil)
    }

    @Test(arguments: [
        ("/a%3Fb", "/a%3Fb"), ("/a%23b", "/a%23b"), ("/a%26b", "/a%26b"), ("/%2525", "/%2525"), ("/%252e%252e/", "/%252e%252e/"),
        ("/%c3%a4", "/%C3%A4"), ("/%0d%0a", "/%0D%0A"), ("/a+b", "/a+b"), ("/%2B", "/%2B"), ("/%7E%5f%2D%2E", "/~_-."),
        ("/a//", "/a/"),
        ("/a/./", "/a/"), ("/a/.", "/a/"), ("/a//..//b", "/b"), ("/a/b/..//c", "/a/c"), ("/..a/...b", "/..a/...b"),
        ("/a..", "/a.."),
        ("/.well-known/x", "/.well-known/x"), ("/a;b;c", "/a;b;c"), ("/;", "/;"), ("/a;..b", "/a;..b"),
        ("/%41%42/%2e/c", "/AB/c"),
    ])
    func `what must stay, stays`(path: String, form: String) {
        #expect(Parsing.canonical(path) == form)
    }

    @Test func `a path that needs no canonical form is its own`() {
        var random = SeededRandom(seed: 12)
        let parts = ["/", ".", "a", "%41", ";", "-", "//", "/a.b", "..", "%2F", "?x", ":", "@"]
        for _ in 0..<3000 {
            var path = "/"
            for _ in 0..<Int(random.below(6)) { path += parts[Int(random.below(UInt32(parts.count)))] }
            let table = FieldTable(capacity: 4)
            var request = ParsedRequest()
            let bytes = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            guard RequestParser.parse(bytes.span, limits: HeadLimits(), table, &request) == .complete else { continue }
            let start = Int(request.line.path)
            let received = String(decoding: bytes[start..<start + Int(request.line.pathLength)], as: UTF8.self)
            if !request.needsCanonicalPath { #expect(Parsing.canonical(received) == received, "\(path)") }
        }
    }

    @Test func `the canonical form of a canonical path is itself`() {
        var random = SeededRandom(seed: 11)
        let parts = ["/", ".", "..", "a", "%2e", "%2f", "%41", ";", "b", "%5C", "/", "//"]
        for _ in 0..<3000 {
            var path = "/"
            for _ in 0..<Int(random.below(9)) { path += parts[Int(random.below(UInt32(parts.count)))] }
            guard let once = Parsing.canonical(path) else { continue }
            #expect(Parsing.canonical(once) == once, "\(path)")
            #expect(!once.contains("//") && !once.contains("/../") && !once.hasSuffix("/.."), "\(path)")
        }
    }
}

@Suite struct BodyDecoderTests {
    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\nrest", "hello||end|4"),
        ("5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n", "hello0123456789||end|0"),
        ("3\r\nabc\r\n0\r\nX: y\r\nZ: 1\r\n\r\n", "abc|X: y\r\nZ: 1\r\n|end|0"),
        ("3\r\nab", "ab||open|0"),
        ("5 \r\nhello\r\n0\r\n\r\n", "malformed"), ("5\nhello\r\n0\r\n\r\n", "malformed"), ("\r\nhello\r\n", "malformed"),
        ("5\r\nhelloX\r\n", "malformed"), ("-5\r\nhello\r\n", "malformed"), ("0x5\r\nhello\r\n", "malformed"),
        ("1234567890123456\r\n", "malformed"), ("0\r\n\nX", "malformed"), ("0\r\nX: y\n\r\n", "malformed"),
        ("5;a\nb\r\nhello\r\n", "malformed"),
    ])
    func `chunked bodies are read strictly`(_ text: String, _ outcome: String) {
        let bytes = Array(text.utf8)
        #expect(Parsing.body(.chunked, [bytes]) == outcome)
        #expect(Parsing.body(.chunked, bytes.map { [$0] }) == outcome)
    }

    @Test func `counted bodies end at their length`() {
        #expect(Parsing.body(.length, length: 5, [Array("hel".utf8), Array("loNEXT".utf8)]) == "hello||end|4")
        #expect(Parsing.body(.none, [Array("NEXT".utf8)]) == "||end|4")
        #expect(Parsing.body(.untilClose, [Array("all".utf8), Array("more".utf8)]) == "allmore||open|0")
    }

    @Test func `random splits of random chunks decode alike`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<500 {
            var text = ""
            for _ in 0..<Int(random.below(5)) {
                let size = Int(random.below(40)) + 1
                text += String(size, radix: 16) + "\r\n" + String(repeating: "x", count: size) + "\r\n"
            }
            text += "0\r\n" + (random.below(2) == 0 ? "A: b\r\n" : "") + "\r\nGET"
            let bytes = Array(text.utf8)
            let whole = Parsing.body(.chunked, [bytes])
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let take = Int(random.below(9)) + 1
                pieces.append(Array(rest.prefix(take)))
                rest = rest.dropFirst(take)
            }
            #expect(Parsing.body(.chunked, pieces) == whole, "\(text)")
        }
    }
}

@Suite struct ResponseParserTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 1.1 length alive=true"),
        ("HTTP/1.1 200\r\n\r\n", "200 1.1 untilClose alive=true"),
        ("HTTP/1.0 200 OK\r\n\r\n", "200 1.0 untilClose alive=false"),
        ("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "204 1.1 none alive=false"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 1.1 chunked alive=true"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", "refused(HTTP.HeadDefect.bothLengths)"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "refused(HTTP.HeadDefect.contentLength)"),
        ("HTTP/1.1 20x OK\r\nContent-Length: 3\r\n\r\n", "refused(HTTP.HeadDefect.statusLine)"),
        ("ICY 200 OK\r\nContent-Length: 3\r\n\r\n", "refused(HTTP.HeadDefect.statusLine)"),
        ("HTTP/1.1 200 OK\r\nX: y\r\n folded\r\n\r\n", "refused(HTTP.HeadDefect.fieldName)"),
        ("HTTP/1.1 200 OK\r\nX", "incomplete"), ("HTTP/1.1 2", "incomplete"),
    ])
    func `response heads are read strictly`(_ text: String, _ outcome: String) {
        #expect(Parsing.response(text) == outcome)
    }
}
