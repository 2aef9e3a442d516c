import Base
import Documents
@testable import Engine
import Foundation
import HTTP
import Pipeline
import Reactor
import Synchronization
import Telemetry
import Testing

/// The access log: exact lines, always valid JSON, and what happens when its file cannot take them.
@Suite struct AccessLogTests {
    private let names = ConstantPool()

    private func buffer(capacity: Int = 65536) throws -> AccessLogBuffer { AccessLogBuffer(capacity: capacity, bell: try Bell()) }

    private func drained(_ buffer: AccessLogBuffer) -> [UInt8] {
        var bytes: [UInt8] = []
        unsafe buffer.drain { unsafe bytes.append(contentsOf: $0) }
        return bytes
    }

    private func finished() -> Exchange {
        var x = Exchange()
        x.client = IPAddress(v4: 0xc000_0207)
        x.requestID.high = 0x0123_4567_89ab_cdef
        x.requestID.low = 0xfedc
        x.status = 200
        x.tries = 1
        x.bytes.received = 120
        x.bytes.sent = 4096
        x.times.start = Instant(nanoseconds: 5_000_000)
        x.times.tryStart = Instant(nanoseconds: 6_000_000)
        x.times.responseStart = Instant(nanoseconds: 8_250_000)
        x.times.end = Instant(nanoseconds: 15_123_999)
        return x
    }

    @Test(arguments: [(Exchange.Hedge.won, "won"), (.lost, "lost")])
    func `a line says what became of a hedge`(hedge: Exchange.Hedge, word: String) throws {
        let buffer = try buffer()
        var x = finished()
        x.tries = 2
        x.hedge = hedge
        try TestRequest("GET shop.example.com/a").withHead { head in
            buffer.ring.append(x, head, rule: .nothing, arm: .nothing, cluster: .nothing, endpoint: nil)
        }
        let line = try Value(json: String(decoding: drained(buffer), as: UTF8.self))
        #expect(line["tries"]?.integer == 2)
        #expect(line["hedge"]?.string == word)
    }

    @Test func `a line says who asked for what, where it went and how it ended`() throws {
        let buffer = try buffer()
        buffer.setWallOffset(1_795_624_800_118_000_000)
        let request = try TestRequest("GET shop.example.com/a/b?x=1 [user-agent: curl/8] [Referer: http://x/]")
        let x = finished()
        request.withHead { head in
            buffer.ring.append(
                x, head, rule: names.add("default/shop/checkout"), arm: names.add("canary"), cluster: names.add("default/v2:80"),
                endpoint: (IPAddress(v4: 0x0a00_0009), 8080))
        }
        #expect(
            String(decoding: drained(buffer), as: UTF8.self) == """
                {"time":"2026-11-25T16:40:00.123Z","request_id":"0123456789abcdef000000000000fedc","client":"192.0.2.7",\
                "scheme":"http","method":"GET","host":"shop.example.com","path":"/a/b?x=1","protocol":"HTTP/1.1","status":200,\
                "reason":"OK","rule":"default/shop/checkout","arm":"canary","cluster":"default/v2:80","endpoint":"10.0.0.9:8080",\
                "tries":1,"bytes_received":120,"bytes_sent":4096,"duration_ms":10.123,"upstream_ms":2.250,"user_agent":"curl/8",\
                "referer":"http://x/"}

                """)
    }

    @Test func `what is unknown is left out, and IPv6 is written as RFC 5952 says`() throws {
        let buffer = try buffer()
        var x = Exchange()
        x.client = try #require(IPAddress("2001:db8::1"))
        x.status = 400
        x.reason = .badRequest
        let head = RequestHead(bytes: Span<UInt8>(), fields: Span<FieldLine>(), line: RequestLine())
        buffer.ring.append(x, head, rule: .nothing, cluster: .nothing, endpoint: (.v6Loopback, 80))
        #expect(
            String(decoding: drained(buffer), as: UTF8.self) == """
                {"time":"1970-01-01T00:00:00.000Z","request_id":"00000000000000000000000000000000","client":"2001:db8::1",\
                "scheme":"http","status":400,"reason":"BadRequest","endpoint":"[::1]:80","tries":0,"bytes_received":0,\
                "bytes_sent":0,"duration_ms":0.000}

                """)
    }

    @Test func `a client's own request id is logged where it is kept`() throws {
        let buffer = try buffer()
        var x = finished()
        x.requestID.field = 1
        try TestRequest("GET a/ [x-request-id: mine]").withHead {
            buffer.ring.append(x, $0, rule: .nothing, cluster: .nothing, endpoint: nil)
        }
        #expect(try Value(json: drained(buffer))["request_id"]?.string == "mine")
    }

    @Test(arguments: 0..<64) func `any bytes make one line of valid JSON`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        func junk(_ longest: UInt32) -> [UInt8] {
            let wild = random.below(2) == 0
            return (0..<random.below(longest + 1)).map { _ in
                UInt8(truncatingIfNeeded: wild ? random.next() : 32 + random.next() % 95)
            }
        }
        let buffer = try buffer()
        for _ in 0..<20 {
            var bytes: [UInt8] = []
            func put(_ more: [UInt8]) -> (Int32, Int32) {
                defer { bytes += more }
                return (Int32(bytes.count), Int32(more.count))
            }
            var line = RequestLine()
            (line.method, line.methodLength) = put(junk(40))
            (line.host, line.hostLength) = put(junk(300))
            (line.path, line.pathLength) = put(junk(random.below(8) == 0 ? 6000 : 60))
            (line.query, line.queryLength) = put(junk(60))
            line.hasQuery = line.queryLength > 0
            let agent = put(junk(random.below(8) == 0 ? 2000 : 60))
            let fields = [
                FieldLine(name: 0, nameLength: 0, value: agent.0, valueLength: agent.1, end: 0, kind: .userAgent)
            ]
            let x = finished()
            let head = RequestHead(bytes: bytes.span, fields: fields.span, line: line)
            buffer.ring.append(x, head, rule: names.add(junk(300)), cluster: names.add(junk(30)), endpoint: nil)
            let text = drained(buffer)
            if text.isEmpty { continue }
            #expect(text.last == 10 && text.filter { $0 == 10 }.count == 1)
            #expect(String(validating: text, as: UTF8.self) != nil)
            let value = try Value(json: text)
            #expect(value["status"]?.integer == 200)
        }
    }

    @Test func `text comes back as it was, and what is not UTF-8 is replaced`() throws {
        let cases: [([UInt8], String)] = [
            (Array("a\"b\\c\u{1}\u{7f}é漢😀".utf8), "a\"b\\c\u{1}\u{7f}é漢😀"), ([0x61, 0xff, 0x62], "a\u{fffd}b"),
            ([0xc0, 0xaf], "\u{fffd}\u{fffd}"), ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"),
            ([0xe2, 0x82], "\u{fffd}\u{fffd}"),
            ([0xf5, 0x80, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        ]
        let buffer = try buffer()
        let x = finished()
        for (bytes, text) in cases {
            let head = RequestHead(bytes: Span<UInt8>(), fields: Span<FieldLine>(), line: RequestLine())
            buffer.ring.append(x, head, rule: names.add(bytes), cluster: .nothing, endpoint: nil)
            #expect(try Value(json: drained(buffer))["rule"]?.string == text)
        }
    }

    @Test func `lines wrap around the ring whole, and what finds no room is counted`() throws {
        let buffer = try buffer()
        let x = finished()
        let request = try TestRequest("GET a/ [user-agent: \(String(repeating: "u", count: 500))]")
        var written = 0
        for _ in 0..<2000 {
            let before = buffer.dropped
            request.withHead { buffer.ring.append(x, $0, rule: .nothing, cluster: .nothing, endpoint: nil) }
            if buffer.dropped == before { written += 1 }
            if written % 37 == 36 {
                for line in String(decoding: drained(buffer), as: UTF8.self).split(separator: "\n") {
                    #expect(line.hasPrefix("{") && line.hasSuffix("}"))
                }
            }
        }
        #expect(written == 2000)
        while buffer.dropped == 0 {
            request.withHead { buffer.ring.append(x, $0, rule: .nothing, cluster: .nothing, endpoint: nil) }
        }
        #expect(buffer.dropped == 1)
        let lines = String(decoding: drained(buffer), as: UTF8.self).split(separator: "\n")
        #expect(lines.count > 60 && lines.allSatisfy { $0.hasPrefix("{\"time\"") && $0.hasSuffix("}") })
    }

    // MARK: The writer

    private func folder() throws -> String {
        let url = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path()
    }

    private func append(_ log: AccessLog, _ worker: Int, _ count: Int) throws {
        let x = finished()
        let request = try TestRequest("GET a/")
        for _ in 0..<count {
            request.withHead { log.ring(worker: worker).append(x, $0, rule: .nothing, cluster: .nothing, endpoint: nil) }
        }
    }

    private func lines(_ path: String) throws -> Int {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }
            .count
    }

    @Test func `every worker's lines reach the file, and after a rotation the new one`() throws {
        let folder = try folder()
        let path = folder + "/access.log"
        let log = try AccessLog(target: .file(path), workers: 2, log: { _ in })
        try append(log, 0, 100)
        try append(log, 1, 50)
        log.close()
        #expect(try lines(path) == 150)
        let second = try AccessLog(target: .file(path), workers: 1, log: { _ in })
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        second.reopen()
        while !FileManager.default.fileExists(atPath: path) { sched_yield() }
        try append(second, 0, 7)
        second.close()
        #expect(try lines(path + ".1") == 150)
        #expect(try lines(path) == 7)
        #expect(second.dropped == 0)
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func `a full disk costs lines, is said once, and nothing else`() throws {
        let events = Mutex<[LogEvent]>([])
        // Every write to this device fails with ENOSPC.
        let log = try AccessLog(target: .file("/dev/full"), workers: 1, log: { event in events.withLock { $0.append(event) } })
        try append(log, 0, 100)
        while log.dropped < 100 { sched_yield() }
        try append(log, 0, 11)
        log.close()
        #expect(log.dropped == 111)
        #expect(
            events.withLock { $0.map(\.text) } == [
                "warning access log cannot be written, its lines are dropped error=\"No space left on device\""
            ])
    }

    @Test func `a file that cannot be opened is an error at once`() {
        #expect(throws: SystemError.self) { try AccessLog(target: .file("/nonexistent/a.log"), workers: 1, log: { _ in }) }
    }

    @Test func `without a target nothing is kept`() throws {
        let log = try AccessLog(target: .none, workers: 1, log: { _ in })
        try append(log, 0, 10)
        log.close()
        #expect(log.dropped == 0)
    }
}
