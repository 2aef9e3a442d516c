import Base
import HTTP
import Pipeline
import Reactor
import Testing

/// What the engine does for filters that touch bodies, hold them, or wait.
@Suite struct FilterTests {
    private static let post = "POST / HTTP/1.1\r\nhost: s\r\n"
    private static let ways: [SimulatedFaults] = [.none, .byteByByte, .rough]

    @Test(arguments: 0..<3) func `body filters change both bodies, one behind the other`(way: Int) throws {
        let gateway = try FilteredWorker([Loud(mark: "1"), Loud(mark: "2")], faults: Self.ways[way])
        gateway.send(Self.post + "content-length: 5\r\n\r\nhello")
        gateway.pass(milliseconds: 100)
        // In the chain's order on the way there, in reverse order on the way back.
        #expect(gateway.asked == ["HELLO12"])
        gateway.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        gateway.pass(milliseconds: 100)
        #expect(
            gateway.received
                == "HTTP/1.1 200 OK\\r\\n\ntransfer-encoding: chunked\\r\\n\n\\r\\n\n{chunked}OK21{end}\n\\r\\n\n")
        #expect(gateway.leftovers() == [])
    }

    @Test func `messages without a body do not become longer by a body filter`() throws {
        let gateway = try FilteredWorker([Loud(mark: "1")])
        gateway.send("HEAD / HTTP/1.1\r\nhost: s\r\n\r\n")
        #expect(gateway.asked == [""])
        gateway.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
        #expect(gateway.received == "HTTP/1.1 200 OK\\r\\n\ncontent-length: 2\\r\\n\n\\r\\n\n")
        #expect(gateway.leftovers() == [])
    }

    @Test func `a filter may refuse in the middle of a body`() throws {
        let gateway = try FilteredWorker([Censor()])
        gateway.send(Self.post + "transfer-encoding: chunked\r\n\r\n4\r\ngood\r\n")
        #expect(gateway.isAsked)
        #expect(gateway.received == "")
        gateway.send("3\r\nbad\r\n")
        #expect(gateway.received.hasPrefix("HTTP/1.1 403 "))
        // What follows on the connection would be read as the rest of the body.
        #expect(gateway.received.contains("connection: close"))
        #expect(gateway.leftovers() == [])
    }

    // MARK: Holding

    @Test(arguments: 0..<3) func `a held body goes on when it is whole`(way: Int) throws {
        let gateway = try FilteredWorker([Holder(limit: 10)], faults: Self.ways[way])
        gateway.send(Self.post + "content-length: 10\r\n\r\n012345678")
        gateway.pass(milliseconds: 100)
        #expect(!gateway.isAsked)
        gateway.send("9")
        gateway.pass(milliseconds: 100)
        #expect(gateway.asked == ["0123456789"])
        gateway.answer("HTTP/1.1 204 No Content\r\n\r\n")
        gateway.pass(milliseconds: 100)
        #expect(gateway.received.hasPrefix("HTTP/1.1 204 "))
        #expect(gateway.leftovers() == [])
    }

    @Test func `a filter behind the one that holds changes what was held`() throws {
        let gateway = try FilteredWorker([Holder(limit: 100), Loud(mark: "!")])
        gateway.send(Self.post + "transfer-encoding: chunked\r\n\r\n2\r\nab\r\n")
        #expect(!gateway.isAsked)
        gateway.send("2\r\ncd\r\n0\r\n\r\n")
        #expect(gateway.asked == ["ABCD!"])
        #expect(gateway.leftovers() == [])
    }

    @Test func `a body that is announced to be longer than may be held is 413 before it is sent`() throws {
        let gateway = try FilteredWorker([Holder(limit: 10)])
        gateway.send(Self.post + "content-length: 11\r\nexpect: 100-continue\r\n\r\n")
        #expect(gateway.received.hasPrefix("HTTP/1.1 413 "))
        #expect(!gateway.isAsked)
        #expect(gateway.leftovers() == [])
    }

    @Test(arguments: 0..<3) func `a body that grows longer than may be held is 413`(way: Int) throws {
        let gateway = try FilteredWorker([Holder(limit: 10)], faults: Self.ways[way])
        gateway.send(Self.post + "transfer-encoding: chunked\r\n\r\n6\r\n012345\r\n")
        gateway.pass(milliseconds: 100)
        #expect(gateway.received == "")
        gateway.send("6\r\n678901\r\n0\r\n\r\n")
        gateway.pass(milliseconds: 100)
        #expect(gateway.received.hasPrefix("HTTP/1.1 413 "))
        #expect(!gateway.isAsked)
        #expect(gateway.leftovers() == [])
    }

    @Test func `a client that waits to be told to go on is told when its body is held`() throws {
        let gateway = try FilteredWorker([Holder(limit: 10)])
        gateway.send(Self.post + "content-length: 2\r\nexpect: 100-continue\r\n\r\n")
        #expect(gateway.received == "HTTP/1.1 100 Continue\\r\\n\n\\r\\n\n")
        gateway.send("ab")
        #expect(gateway.asked == ["ab"])
        #expect(gateway.leftovers() == [])
    }

    @Test func `a client that stops in the middle of a held body leaves nothing behind`() throws {
        let gateway = try FilteredWorker([Holder(limit: 10)])
        gateway.send(Self.post + "content-length: 10\r\n\r\n0123")
        #expect(gateway.leftovers() == [])
        #expect(!gateway.isAsked)
    }

    // MARK: Sleeping

    @Test func `a filter that sleeps goes on when its time has come`() throws {
        let gateway = try FilteredWorker([Sleeper(milliseconds: 50)])
        gateway.send("GET / HTTP/1.1\r\nhost: s\r\n\r\n")
        gateway.pass(milliseconds: 49)
        #expect(!gateway.isAsked)
        gateway.pass(milliseconds: 1)
        #expect(gateway.asked == [""])
        gateway.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        #expect(gateway.received.hasSuffix("ok\n"))
        #expect(gateway.leftovers() == [])
    }

    @Test func `a body that comes while a filter sleeps is not lost`() throws {
        let gateway = try FilteredWorker([Sleeper(milliseconds: 50), Sleeper(milliseconds: 50)])
        gateway.send(Self.post + "content-length: 4\r\n\r\nab")
        gateway.pass(milliseconds: 60)
        gateway.send("cd")
        #expect(!gateway.isAsked)
        gateway.pass(milliseconds: 50)
        #expect(gateway.asked == ["abcd"])
        #expect(gateway.leftovers() == [])
    }

    @Test func `a client that leaves ends a filter's sleep`() throws {
        let gateway = try FilteredWorker([Sleeper(milliseconds: 60_000)])
        gateway.send("GET / HTTP/1.1\r\nhost: s\r\n\r\n")
        gateway.network.reset(gateway.client)
        gateway.pass(milliseconds: 1)
        #expect(gateway.worker.leftovers == [])
        gateway.pass(milliseconds: 60_000)
        #expect(!gateway.isAsked)
    }
}

// MARK: Filters

/// Writes in capitals, and marks the end.
private final class Loud: Filter, @unchecked Sendable {
    // Unchecked: constant, as `Filter` says.
    private let mark: [UInt8]

    init(mark: String) {
        self.mark = Array(mark.utf8)
        super.init(interests: [.requestBody, .responseBody])
    }

    private func shout(_ bytes: borrowing Span<UInt8>, _ isLast: Bool, _ sink: inout BodySink) -> Verdict {
        var loud: [UInt8] = []
        for i in bytes.indices { loud.append(97...122 ~= bytes[i] ? bytes[i] - 32 : bytes[i]) }
        if isLast { loud += mark }
        sink.write(loud.span)
        if isLast { sink.end() }
        return .proceed
    }

    override func onRequestBody(
        _ bytes: borrowing Span<UInt8>, isLast: Bool, _ sink: inout BodySink, _ x: inout Exchange
    ) -> Verdict { shout(bytes, isLast, &sink) }

    override func onResponseBody(
        _ bytes: borrowing Span<UInt8>, isLast: Bool, _ sink: inout BodySink, _ x: inout Exchange
    ) -> Verdict { shout(bytes, isLast, &sink) }
}

/// Refuses a body in which a piece begins with `bad`.
private final class Censor: Filter, @unchecked Sendable {
    // Unchecked: constant, as `Filter` says.
    init() { super.init(interests: .requestBody) }

    override func onRequestBody(
        _ bytes: borrowing Span<UInt8>, isLast: Bool, _ sink: inout BodySink, _ x: inout Exchange
    ) -> Verdict {
        if bytes.count >= 3, bytes[0] == 98, bytes[1] == 97, bytes[2] == 100 { return .respond(LocalReply(.filterDenied)) }
        sink.write(bytes)
        return .proceed
    }
}

/// Wants the whole body first.
private final class Holder: Filter, @unchecked Sendable {
    // Unchecked: constant, as `Filter` says.
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        super.init(interests: .requestHead)
    }

    override func onRequestHead(_ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict { .hold(upTo: limit) }
}

/// Waits a while before the request goes on.
private final class Sleeper: Filter, @unchecked Sendable {
    // Unchecked: constant, as `Filter` says.
    private let milliseconds: UInt64

    init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
        super.init(interests: .requestHead)
    }

    override func onRequestHead(_ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict {
        .wait(for: Effect(.sleep, timeout: milliseconds * 1_000_000))
    }

    override func onEffect(_ outcome: EffectOutcome, _ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict {
        if case .slept = outcome { .proceed } else { .respond(LocalReply(.effectFailed)) }
    }
}
