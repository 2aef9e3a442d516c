import Base
@testable import Engine
import HTTP
import Pipeline
import Reactor
import Testing

/// Lines of text: what a format means, what is wrong with one, and that no client writes more than its field.
@Suite struct AccessLogFormatTests {
    private let names = ConstantPool()

    private func buffer(_ format: String) throws -> AccessLogBuffer {
        AccessLogBuffer(capacity: 1 << 17, bell: try Bell(), template: LogTemplateMemory(try AccessLogFormat(format)))
    }

    private func drained(_ buffer: AccessLogBuffer) -> String {
        var bytes: [UInt8] = []
        unsafe buffer.drain { unsafe bytes.append(contentsOf: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func line(_ format: String, _ request: String) throws -> String {
        let buffer = try buffer(format)
        buffer.setWallOffset(1_795_624_800_118_000_000)
        var x = Exchange()
        x.client = IPAddress(v4: 0xc000_0207)
        x.status = 200
        x.tries = 1
        x.bytes.received = 120
        x.bytes.sent = 4096
        x.times.start = Instant(nanoseconds: 5_000_000)
        x.times.tryStart = Instant(nanoseconds: 6_000_000)
        x.times.responseStart = Instant(nanoseconds: 8_250_000)
        x.times.end = Instant(nanoseconds: 15_123_999)
        try TestRequest(request).withHead { head in
            buffer.ring.append(
                x, head, rule: names.add("r"), arm: .nothing, cluster: names.add("default/v2:80"),
                endpoint: (IPAddress(v4: 0x0a00_0009), 8080))
        }
        return drained(buffer)
    }

    @Test func `formats with names are those of web servers`() throws {
        let request = "GET shop.example.com/a/b?x=1 [user-agent: curl/8] [Referer: http://x/]"
        #expect(
            try line("common", request)
                == "192.0.2.7 - - [25/Nov/2026:16:40:00 +0000] \"GET /a/b?x=1 HTTP/1.1\" 200 4096\n")
        #expect(
            try line("combined", request)
                == "192.0.2.7 - - [25/Nov/2026:16:40:00 +0000] \"GET /a/b?x=1 HTTP/1.1\" 200 4096 \"http://x/\" \"curl/8\"\n")
    }

    @Test func `every field has a value, and what is unknown is a dash`() throws {
        let all = LogField.allCases.map { "\($0.name)=${\($0.name)}" }
        // Together path and request could be longer than a line may.
        let short = all.filter { !$0.hasPrefix("request=") }.joined(separator: " ")
        #expect(
            try line(short + " $$", "GET shop.example.com/a") == """
                time=2026-11-25T16:40:00.123Z time_local=25/Nov/2026:16:40:00 +0000 request_id=00000000000000000000000000000000 \
                client=192.0.2.7 scheme=http method=GET host=shop.example.com path=/a protocol=HTTP/1.1 status=200 reason=OK rule=r \
                arm=- cluster=default/v2:80 endpoint=10.0.0.9:8080 tries=1 hedge=- bytes_received=120 bytes_sent=4096 duration_ms=10.123 \
                upstream_ms=2.250 user_agent=- referer=- $

                """)
    }

    @Test func `a client writes nothing but its field`() throws {
        let agent = "a\" 200 1\u{1}\\\n192.0.2.8 é"
        let buffer = try buffer("\"$user_agent\" $status")
        let bytes = Array(agent.utf8)
        let fields = [
            FieldLine(name: 0, nameLength: 0, value: 0, valueLength: Int32(bytes.count), end: 0, kind: .userAgent)
        ]
        buffer.ring.append(
            Exchange(), RequestHead(bytes: bytes.span, fields: fields.span, line: RequestLine()), rule: .nothing,
            cluster: .nothing, endpoint: nil)
        #expect(drained(buffer) == "\"a\\x22 200 1\\x01\\x5c\\x0a192.0.2.8 \\xc3\\xa9\" 0\n")
    }

    /// The longest values that there are, of bytes that all grow.
    @Test func `no line is longer than was reserved for it`() throws {
        let bytes = [UInt8](repeating: 0xff, count: 20_000)
        var head = RequestLine()
        (head.method, head.methodLength) = (0, 20_000)
        (head.host, head.hostLength) = (0, 20_000)
        (head.path, head.pathLength) = (0, 20_000)
        (head.query, head.queryLength) = (0, 20_000)
        head.hasQuery = true
        let fields = [FieldLine(name: 0, nameLength: 0, value: 0, valueLength: 20_000, end: 0, kind: .userAgent)]
        for format in ["combined", "$path", "$method $host $user_agent $rule", "$request$status"] {
            let memory = try #require(LogTemplateMemory(try AccessLogFormat(format)))
            let buffer = try buffer(format)
            buffer.ring.append(
                Exchange(), RequestHead(bytes: bytes.span, fields: fields.span, line: head), rule: names.add(bytes),
                cluster: .nothing, endpoint: nil)
            let line = drained(buffer)
            #expect(line.utf8.count > 4000 && line.utf8.count <= memory.template.bound - LogField.slack + 1, "\(format)")
            #expect(line.utf8.last == 10 && line.utf8.count { $0 == 10 } == 1)
        }
    }

    @Test(arguments: [
        ("$clinet", 1, "'$clinet' is no field"), ("a $", 3, "a field's name follows"), ("ab ${status", 4, "has no end"),
        ("${}", 1, "a field's name follows"), ("plain", 1, "names no field"), ("a\n$status", 2, "control character"),
        ("$path $request", 7, "longer than"), ("", 1, "names no field"),
    ])
    func `what is wrong is said with its place`(format: String, position: Int, words: String) {
        let problem = #expect(throws: AccessLogFormat.Problem.self) { try AccessLogFormat(format) }
        #expect(problem?.position == position)
        #expect(problem?.message.contains(words) == true, "\(problem?.message ?? "")")
    }

    @Test func `any text is a format or says why not`() {
        var random = SeededRandom(seed: 11)
        let parts = ["$", "${", "}", "status", "$status", "path", "$request", " ", "\"", "é", "\t", "x"]
        for _ in 0..<2000 {
            let text = (0..<random.below(8)).map { _ in parts[Int(random.below(UInt32(parts.count)))] }.joined()
            guard let format = try? AccessLogFormat(text), let memory = LogTemplateMemory(format) else { continue }
            #expect(memory.template.bound <= AccessLogBuffer.slack)
        }
    }
}
