import Documents
import Graph
import HTTP
import Pipeline
import Policies
import Testing

@Suite struct ChainTests {
    @Test func `edits beyond their bound end in an answer and not in a trap`() throws {
        let many = (0..<200).map { HeaderEdits.Pair(name: "x-\($0)", value: "1") }
        let run = try FilterRun(
            filters: (0..<2).map { _ in "request-headers " + many.map { "set \($0.name) \($0.value)" }.joined(separator: " ") }
                .joined(separator: "\n"), matchedPrefixLength: 0)
        let result = try run.run(request: "GET / HTTP/1.1\nHost: a", response: "")
        #expect(result.upstream == "500 EditsTooLarge from filter 1")
    }

    @Test func `text beyond its bound ends in an answer and not in a trap`() throws {
        let run = try FilterRun(
            filters: "rewrite path regex \"^/(.*)$\" \"/" + String(repeating: "$1", count: 9) + "\"", matchedPrefixLength: 0)
        let result = try run.run(request: "GET /\(String(repeating: "x", count: 8000)) HTTP/1.1\nHost: a", response: "")
        #expect(result.upstream == "500 PatternLimit from filter 0")
    }

    /// A filter that writes down when it is called.
    private final class Probe: Filter, @unchecked Sendable {
        let mark: UInt64
        let stops: Bool
        init(_ mark: UInt64, stops: Bool = false) {
            self.mark = mark
            self.stops = stops
            super.init(interests: [.requestHead, .responseHead, .finish])
        }
        override func onRequestHead(_ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict {
            x.state.a = mark
            x.bytes.received = x.bytes.received * 10 + mark
            return stops ? .respond(LocalReply(.filterDenied)) : .proceed
        }
        override func onResponseHead(_ head: borrowing ResponseHead, request: borrowing RequestHead, _ x: inout Exchange)
            -> Verdict
        {
            x.bytes.sent = x.bytes.sent * 10 + x.state.a
            return .proceed
        }
        override func onFinish(_ head: borrowing RequestHead, _ x: inout Exchange) {
            x.bytes.sent = x.bytes.sent * 10 + x.state.a
        }
    }

    private func run(_ filters: [Filter]) -> (forward: UInt64, back: UInt64, stoppedAt: Int32, denied: Bool) {
        let rows = UnsafeMutablePointer<Unmanaged<Filter>>.allocate(capacity: filters.count)
        defer { unsafe rows.deallocate() }
        for (i, filter) in filters.enumerated() { unsafe (rows + i).initialize(to: Unmanaged.passUnretained(filter)) }
        return withExtendedLifetime(filters) {
            let chain = unsafe FilterChain(
                rows: UnsafePointer(rows), count: Int32(filters.count), interests: [.requestHead, .responseHead, .finish])
            var x = Exchange()
            x.prepareSlots(filters.count)
            let bytes = [UInt8]()
            let lines = [FieldLine]()
            let head = RequestHead(bytes: bytes.span, fields: lines.span, line: RequestLine())
            let answer = ResponseHead(bytes: bytes.span, fields: lines.span, status: 200)
            var next: Int32 = 0
            var denied = false
            if case .respond = chain.requestHead(from: &next, head, &x) { denied = true }
            let stoppedAt = next
            var ran = denied ? next + 1 : next
            let all = ran
            _ = chain.responseHead(from: &ran, answer, request: head, &x)
            chain.finish(all, head, &x)
            return (x.bytes.received, x.bytes.sent, stoppedAt, denied)
        }
    }

    @Test func `requests meet filters in order, answers and the end in reverse, each with its own state`() {
        let result = run([Probe(1), Probe(2), Probe(3)])
        #expect(result.forward == 123)
        #expect(result.back == 321_321)
        #expect(!result.denied)
    }

    @Test func `a filter that answers hides the request from later ones, and only those that ran see the answer`() {
        let result = run([Probe(1), Probe(2, stops: true), Probe(3)])
        #expect(result.forward == 12)
        #expect(result.back == 2121)
        #expect(result.stoppedAt == 1 && result.denied)
    }
}
