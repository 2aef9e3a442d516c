import HTTP
import Testing

/// Permutations of what request smuggling is made of (RFC 9112 section 11.2): each is refused, or read in the one way that
/// every parser must.
@Suite struct SmugglingTests {
    private static let lengths = ["Content-Length: 5", "content-length:5", "CONTENT-LENGTH:\t5\t", "Content-Length: 0"]
    private static let chunkeds = ["Transfer-Encoding: chunked", "transfer-encoding:CHUNKED", "TRANSFER-ENCODING: Chunked \t"]

    @Test func `a length and chunks together are refused in any order and spelling`() {
        for length in Self.lengths {
            for chunked in Self.chunkeds {
                for fields in [[length, chunked], [chunked, length], [length, "X: y", chunked], [chunked, "X: y", length]] {
                    #expect(outcome(fields) == "bothLengths", "\(fields)")
                }
            }
        }
    }

    @Test func `a repeated length is refused, equal or not`() {
        for first in Self.lengths {
            for second in Self.lengths { #expect(outcome([first, "A: b", second]) == "contentLength", "\(first), \(second)") }
        }
    }

    @Test(arguments: [
        "5, 5", "5,5", "5 5", "5;5", "+5", "-5", "-0", "0x5", "5.0", "5e0", "\"5\"", "5\u{a0}", "٥", "", ",",
        "1000000000000000000",
        "18446744073709551621", "99999999999999999999999999999999", "5a", "a5", "0b1", "1_0",
    ])
    func `a length that is not plain digits is refused`(value: String) {
        #expect(outcome(["Content-Length: \(value)"]) == "contentLength")
    }

    @Test(arguments: [("5", 5), ("00005", 5), ("999999999999999999", 999_999_999_999_999_999), ("0", 0)] as [(String, Int64)])
    func `plain digits are the length`(value: String, length: Int64) {
        #expect(parsed(["Content-Length: \(value)"])?.facts.contentLength == length)
    }

    @Test(arguments: [
        "chunked, chunked", "chunked,", ",chunked", "chunked;q=1", "\"chunked\"", "'chunked'", "xchunked", "chunkedx", "chunke",
        "identity",
        "gzip", "gzip, chunked", "chunked, gzip", "chunked, identity", "identity, chunked", "", "chun ked", "chunked chunked",
        "chünked",
        "\u{212A}chunked", "x-chunked", "deflate", "compress", "trailers", "cow",
    ])
    func `any other transfer coding is refused`(value: String) {
        #expect(outcome(["Transfer-Encoding: \(value)"]) == "transferEncoding")
        #expect(outcome(["Transfer-Encoding: \(value)", "Content-Length: 5"]) == "transferEncoding")
        #expect(outcome(["Transfer-Encoding: chunked", "Transfer-Encoding: \(value)"]) == "transferEncoding")
        #expect(outcome(["Transfer-Encoding: \(value)", "Transfer-Encoding: chunked"]) == "transferEncoding")
    }

    @Test func `chunks are only for HTTP 1 1`() {
        #expect(outcome(["Transfer-Encoding: chunked"], version: "1.0") == "transferEncoding")
        #expect(parsed(Self.chunkeds.prefix(1).map { $0 })?.framing == .chunked)
    }

    /// Names that some parsers fold into `Transfer-Encoding` or `Content-Length`.
    @Test(arguments: [
        "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", "Transfer-Encoding\u{b}: chunked",
        " Transfer-Encoding: chunked",
        "\tTransfer-Encoding: chunked", "Transfer Encoding: chunked", "Transfer-Encoding\0: chunked",
        "\u{feff}Transfer-Encoding: chunked",
        "\u{b}Transfer-Encoding: chunked", "Transfer-Encoding", "Transfer-Encoding chunked", ": chunked",
        "Transfer-Encoding\r: chunked",
        "(Transfer-Encoding): chunked", "Content-Length : 5", "Content-Length\u{7f}: 5", "\"Content-Length\": 5",
        "Content-Length=5",
        "Content\\Length: 5", "Content-Length;: 5", "Content-Length@: 5", "[Content-Length]: 5", "{Content-Length}: 5",
        "Content/Length: 5",
        "Content,Length: 5", "Content?Length: 5", "Content<Length>: 5", "Côntent-Length: 5",
    ])
    func `a name is a token and nothing else`(line: String) {
        #expect(outcome([line]) == "fieldName")
        #expect(outcome(["X: y", line]) == "fieldName")
    }

    @Test func `every byte that a token may have may stand in a name, and no other`() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: ":") {
            let head = Array("GET / HTTP/1.1\r\nHost: a\r\nx".utf8) + [byte] + Array("y: z\r\n\r\n".utf8)
            let accepted = Parsing.request(head).hasPrefix("GET")
            #expect(accepted == tokens.contains(byte), "byte \(byte)")
        }
    }

    @Test func `a value has no control byte but the tab, wherever it stands`() {
        for byte in UInt8.min...UInt8.max {
            for length in 0..<18 {
                let value = Array(repeating: UInt8(ascii: "v"), count: length) + [byte, UInt8(ascii: "w")]
                let head = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + value + Array("\r\n\r\n".utf8)
                let accepted = Parsing.request(head).hasPrefix("GET")
                #expect(accepted == (byte == 9 || (byte >= 0x20 && byte != 0x7f)), "byte \(byte) after \(length)")
            }
        }
    }

    /// Line ends: a bare LF or CR, and a fold, in every place where one can stand.
    @Test func `only a carriage return with its line feed ends a line, and no line is continued`() {
        let good = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: y\r\n\r\n"
        #expect(Parsing.request(good).hasPrefix("POST"))
        let ends = good.ranges(of: "\r\n")
        for end in ends.dropLast(2) {
            for wrong in ["\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\r\n\t", "\0\r\n", " \n", "\r\0\n"] {
                var text = good
                text.replaceSubrange(end, with: wrong)
                #expect(Parsing.request(text).hasPrefix("refused"), "\(text.debugDescription): \(Parsing.request(text))")
            }
        }
        for end in ends.suffix(2) {
            for wrong in ["\r\r\n", "\n\r\n", "\r\n ", "\r\n\t", "\0\r\n"] {
                var text = good
                text.replaceSubrange(end, with: wrong)
                let outcome = Parsing.request(text + "GET / HTTP/1.1\r\n\r\n")
                #expect(!outcome.contains("length=\(good.utf8.count + 1)"), "\(text.debugDescription)")
            }
        }
    }

    @Test func `the end of a head is where it is, whatever follows`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
        for rest in ["", "hello", "\n", "\r\n", "GET /smuggled HTTP/1.1\r\n\r\n", "\0"] {
            #expect(Parsing.request(head + rest).hasSuffix("length=\(head.utf8.count)"))
        }
    }

    @Test(arguments: [
        ("GET http://good.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", "host=good.example"),
        ("GET http://good.example:81/ HTTP/1.1\r\nHost: evil.example:82\r\n\r\n", "host=good.example"),
        ("GET HTTP://Good.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", "host=Good.example"),
        ("GET https://good.example/ HTTP/1.1\r\nHost: \r\n\r\n", "host=good.example"),
        ("GET http://good.example HTTP/1.0\r\n\r\n", "host=good.example"),
    ])
    func `an absolute target decides over Host`(text: String, host: String) {
        #expect(Parsing.request(text).contains(host), "\(Parsing.request(text))")
    }

    @Test(arguments: [
        ("GET http://good.example/ HTTP/1.1\r\n\r\n", "host"), ("GET http://good.example/ HTTP/1.1\r\nHost: a b\r\n\r\n", "host"),
        ("GET http://good.example/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "host"),
        ("GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("GET http://?x HTTP/1.1\r\nHost: a\r\n\r\n", "target"), ("GET http://a#b HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("GET http://a\\b/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"), ("GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"), ("GET http://%61/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("GET http:a/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"), ("GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("GET a.example:80 HTTP/1.1\r\nHost: a\r\n\r\n", "target"), ("GET http://a:80:80/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("GET http://a:65536/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"), ("GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", "host"),
        ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "host"), ("GET / HTTP/1.1\r\nHost: []\r\n\r\n", "host"),
        ("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "host"), ("GET / HTTP/1.1\r\nHost: a#\r\n\r\n", "host"),
        ("GET / HTTP/1.1\r\nHost: a?b\r\n\r\n", "host"), ("GET / HTTP/1.1\r\nHost: a:\t80\r\n\r\n", "host"),
        ("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "host"), ("GET / HTTP/1.1\r\nHost: ä\r\n\r\n", "host"),
        ("GET / HTTP/1.1\r\nHost: a..b\r\n\r\n", "host"), ("GET / HTTP/1.1\r\nHost: .a\r\n\r\n", "host"),
        ("GET / HTTP/1.1\r\nHost: .\r\n\r\n", "host"), ("GET / HTTP/1.1\r\nHost: a..\r\n\r\n", "host"),
        ("GET / HTTP/1.1\r\nHost: %61\r\n\r\n", "host"), ("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", "host"),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "method"), ("connect a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "method"),
        ("Connect / HTTP/1.1\r\nHost: a\r\n\r\n", "method"),
    ])
    func `an authority that is not plainly one is refused`(text: String, defect: String) {
        #expect(Parsing.request(text) == "refused(HTTP.HeadDefect.\(defect))")
    }

    @Test func `a response with both lengths, or chunks in another coding, is refused`() {
        for fields in ["Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity", "Content-Length: 5, 5"] {
            #expect(Parsing.response("HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n").hasPrefix("refused"))
        }
        for length in Self.lengths {
            for chunked in Self.chunkeds {
                #expect(
                    Parsing.response("HTTP/1.1 200 OK\r\n\(length)\r\n\(chunked)\r\n\r\n")
                        == "refused(HTTP.HeadDefect.bothLengths)")
                #expect(
                    Parsing.response("HTTP/1.1 200 OK\r\n\(chunked)\r\n\(length)\r\n\r\n")
                        == "refused(HTTP.HeadDefect.bothLengths)")
            }
        }
        #expect(Parsing.response("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").hasPrefix("refused"))
    }

    // MARK: Fields that speak for the proxy

    @Test(
        arguments: [
            ("X_Forwarded_For: 1.2.3.4", FieldKind.forgedForwarding), ("x-forwarded_for: 1", .forgedForwarding),
            ("X_Real_IP: 1", .forgedForwarding), ("X_Request_Id: 1", .forgedForwarding),
            ("X_Forwarded_Proto: https", .forgedForwarding),
            ("Content_Length: 5", .forgedForwarding), ("Transfer_Encoding: chunked", .forgedForwarding),
            ("X-Forwarded-For: 1", .xForwardedFor),
            ("FORWARDED: for=1", .forwarded), ("Keep-Alive: 5", .hopByHop), ("Proxy-Connection: close", .hopByHop),
            ("TE: trailers", .te),
            ("X_Other: 1", .other), ("Contents_Length: 1", .other),
        ] as [(String, FieldKind)])
    func `fields that a backend could take for the proxy's own are recognised`(line: String, kind: FieldKind) {
        #expect(kinds([line]) == [kind])
    }

    @Test(arguments: [
        ("close", true, false), ("Close , x", true, true), ("keep-alive, CLOSE", true, false), ("x-a", false, true),
        ("", false, false),
        (",,close,,", true, false), ("closed", false, true), ("clo", false, true),
    ])
    func `what Connection says is noted`(value: String, close: Bool, lists: Bool) {
        let facts = parsed(["Connection: \(value)"])?.facts
        #expect(facts?.close == close)
        #expect(facts?.connectionLists == lists)
    }

    @Test(arguments: ["close x", "close; x", "\"close\"", "close, (x)", "close\u{e9}"])
    func `a Connection that is no list of tokens is refused`(value: String) {
        #expect(outcome(["Connection: \(value)"]) == "connection")
    }

    // MARK: -

    private func text(_ fields: [String], _ version: String) -> String {
        "POST / HTTP/\(version)\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private func outcome(_ fields: [String], version: String = "1.1") -> String {
        let outcome = Parsing.request(text(fields, version))
        return outcome.hasPrefix("refused(HTTP.HeadDefect.") ? String(outcome.dropFirst(24).dropLast()) : outcome
    }

    private func parsed(_ fields: [String]) -> ParsedRequest? {
        let table = FieldTable(capacity: 20)
        var request = ParsedRequest()
        let bytes = Array(text(fields, "1.1").utf8)
        return RequestParser.parse(bytes.span, limits: HeadLimits(), table, &request) == .complete ? request : nil
    }

    private func kinds(_ fields: [String]) -> [FieldKind] {
        let table = FieldTable(capacity: 20)
        var request = ParsedRequest()
        let bytes = Array(text(fields, "1.1").utf8)
        _ = RequestParser.parse(bytes.span, limits: HeadLimits(), table, &request)
        return (1..<max(1, Int(request.facts.count))).map { table[$0].kind }
    }
}
