import Testing

@testable import Serving

private typealias Message = (RequestReader.Head, [UInt8])

private func read(_ text: String, step: Int = .max, limits: ServingLimits = ServingLimits()) throws -> [Message] {
    var reader = RequestReader(limits: limits)
    var done: [(RequestReader.Head, [UInt8])] = []
    var head: RequestReader.Head?
    var chunks: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while true {
        while true {
            if head == nil { head = try reader.head() }
            guard let current = head, let body = try reader.body(current.length, &chunks) else { break }
            done.append((current, body))
            head = nil
            chunks = []
        }
        if rest.isEmpty { return done }
        reader.feed(Array(rest.prefix(step)))
        rest = rest.dropFirst(step)
    }
}

@Suite struct RequestReaderTests {
    @Test(arguments: [1, 3, 10_000]) func `pipelined requests with both kinds of body are read in pieces of any size`(step: Int)
        throws
    {
        let text =
            "POST /a?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
            + "PUT /b HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
            + "GET http://h/c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        let requests = try read(text, step: step)
        #expect(requests.map(\.0.target) == ["/a?x=1", "/b", "/c"])
        #expect(requests.map { String(decoding: $0.1, as: UTF8.self) } == ["hello", "abc0123456789", ""])
        #expect(requests.map(\.0.keepsAlive) == [true, true, false])
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n", 413),
    ])
    func `what is malformed or ambiguous is refused with the right status`(text: String, status: Int) {
        #expect { try read(text) } throws: { ($0 as? RequestReader.Refusal)?.status == status }
    }

    @Test func `a head that never ends is refused at the limit`() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 70_000)
        #expect { try read(text) } throws: { ($0 as? RequestReader.Refusal)?.status == 431 }
    }

    @Test func `targets are split and decoded`() {
        let request = ServedRequest(method: "GET", target: "/a%20b/c?labelSelector=app%3Dx%2Cy&empty=&flag&q=a+b")
        #expect(request.path == "/a b/c")
        #expect(request.parameter("labelSelector") == "app=x,y")
        #expect(request.parameter("empty") == "")
        #expect(request.parameter("flag") == "")
        #expect(request.parameter("q") == "a b")
        #expect(request.parameter("none") == nil)
    }
}
