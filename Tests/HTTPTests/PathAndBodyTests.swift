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
