import Base
import HTTP
import Testing

@Suite struct RequestParserTests {
    @Test func `a plain request is read into offsets`() {
        #expect(
            Parsing.request("GET /a?b=c HTTP/1.1\r\nHost: Shop.example.com:8080\r\nAccept: */*\r\n\r\n")
                == "GET host=Shop.example.com path=/a query=b=c 1.1 none Host=[Shop.example.com:8080] Accept=[*/*] length=65")
    }

    @Test(arguments: [
        // Smuggling: what two parsers could read differently.
        ("both lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "bothLengths"),
        ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", "contentLength"),
        ("a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", "contentLength"),
        ("a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n", "contentLength"),
        ("a hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n", "contentLength"),
        ("an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "contentLength"),
        ("a huge length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\n", "contentLength"),
        ("a coding after chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "transferEncoding"),
        ("a coding before chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "transferEncoding"),
        ("identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "transferEncoding"),
        (
            "chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "transferEncoding"
        ),
        ("chunked with a vertical tab", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{b}chunked\r\n\r\n", "fieldValue"),
        ("chunked on 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "transferEncoding"),
        ("a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "fieldName"),
        ("an obsolete fold", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", "fieldName"),
        ("a fold in the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "fieldName"),
        ("a bare line feed", "GET / HTTP/1.1\nHost: a\n\n", "startLine"),
        ("a bare line feed in a field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "fieldValue"),
        ("a bare carriage return", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "fieldValue"),
        ("a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", "fieldValue"),
        ("an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "fieldName"),
        ("a name with a slash", "GET / HTTP/1.1\r\nHost: a\r\nX/Y: b\r\n\r\n", "fieldName"),
        // Host and target.
        ("no Host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", "host"),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "host"),
        ("user info in Host", "GET / HTTP/1.1\r\nHost: b@a\r\n\r\n", "host"),
        ("a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "host"),
        ("a bad port in Host", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", "host"),
        ("a list in Host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "host"),
        ("a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("a fragment in the query", "GET /a?b#c HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("a backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("a target without slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("user info in the target", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("a strange scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("an asterisk without OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "target"),
        ("a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "method"),
        ("HTTP/0.9", "GET /\r\n", "target"),
        ("HTTP/2 over a line", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "version"),
        ("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "version"),
        ("lower case http", "GET / http/1.1\r\nHost: a\r\n\r\n", "version"),
        ("a space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "startLine"),
        ("TLS", "\u{16}\u{3}\u{1}", "startLine"),
        ("an unknown expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", "expectation"),
    ])
    func `a request that could be read in two ways is refused`(_ name: String, _ text: String, _ defect: String) {
        #expect(Parsing.request(text) == "refused(HTTP.HeadDefect.\(defect))", "\(name)")
    }

    @Test(arguments: [
        ("GET http://Other.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "host=Other.example path=/x query=y"),
        ("GET http://other.example HTTP/1.1\r\nHost: a\r\n\r\n", "host=other.example path=/ "),
        ("GET http://other.example?y HTTP/1.1\r\nHost: a\r\n\r\n", "host=other.example path=/ query=y"),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "host=a path=* "),
        ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "host=[::1] path=/ "),
        ("GET / HTTP/1.1\r\nHost: a.example.\r\n\r\n", "host=a.example path=/ "),
        ("GET / HTTP/1.0\r\n\r\n", "host= path=/ "),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "host=a path=/ "),
    ])
    func `targets and hosts in their other forms are understood`(_ text: String, _ part: String) {
        #expect(Parsing.request(text).contains(part), "\(Parsing.request(text))")
    }

    @Test func `heads beyond the limits are told apart from bad ones`() {
        let long = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 500) + "\r\n\r\n"
        #expect(Parsing.request(long, limits: HeadLimits(bytes: 256)) == "refused(HTTP.HeadDefect.tooLarge)")
        let many = "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 20) + "\r\n"
        #expect(Parsing.request(many, limits: HeadLimits(fields: 10)) == "refused(HTTP.HeadDefect.tooManyFields)")
    }

    @Test func `however the bytes are split the outcome is the same`() {
        var random = SeededRandom(seed: 7)
        let pool = [
            "GET ", "POST ", "/", "/a?b", " HTTP/1.1", " HTTP/1.0", "\r\n", "\r\n", "\r\n", "\n", "\r", "Host: a", "Host : b",
            "X: y",
            "Content-Length: 5", "Transfer-Encoding: chunked", " ", "\0", "Connection: close, x", "%2e", "http://h/",
            "Expect: 100-continue",
        ]
        for round in 0..<2000 {
            var text = round % 2 == 0 ? "GET /a HTTP/1.1\r\nHost: a\r\n" : ""
            for _ in 0..<Int(random.below(12)) { text += pool[Int(random.below(UInt32(pool.count)))] }
            if round % 3 == 0 { text += "\r\n\r\n" }
            let bytes = Array(text.utf8)
            let whole = Parsing.request(bytes)
            #expect(Parsing.requestInPieces(bytes, cuts: Array(0..<bytes.count)) == whole, "\(text.debugDescription)")
            let cuts = (0..<3).map { _ in Int(random.below(UInt32(bytes.count + 1))) }.sorted()
            #expect(Parsing.requestInPieces(bytes, cuts: cuts) == whole, "\(text.debugDescription) at \(cuts)")
        }
    }
}
