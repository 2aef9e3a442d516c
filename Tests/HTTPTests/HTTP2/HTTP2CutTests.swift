import Base
import HTTP
import Testing

/// How bytes come in pieces changes nothing of what is told.
@Suite struct HTTP2CutTests {
    private static let session =
        HTTP2Frames.hello
        + HTTP2Frames.headers(
            1, HTTP2Frames.plain + [("cookie", "a=b"), ("cookie", "c=d"), ("x-long", "yyyyyyyyyyyyyyyyyyyyy")], ends: false)
        + HTTP2Frames.data(1, Array("hello".utf8)) + HTTP2Frames.ping(1)
        + HTTP2Frames.frame(1, 0, 3, HTTP2Frames.block(Array(HTTP2Frames.plain[..<2])))
        + HTTP2Frames.frame(9, 4, 3, HTTP2Frames.block(Array(HTTP2Frames.plain[2...]))) + HTTP2Frames.data(1, Array("world".utf8))
        + HTTP2Frames.frame(1, 5, 1, HTTP2Frames.block([("x-sum", "1")])) + HTTP2Frames.data(3, [1, 2, 3], ends: true)
        + HTTP2Frames.headers(5, HTTP2Frames.plain) + HTTP2Frames.reset(5)

    private static let told = [
        "1 head https GET / HTTP/1.1|host: a.example|x-long: yyyyyyyyyyyyyyyyyyyyy|cookie: a=b; c=d||",
        "3 head https GET / HTTP/1.1|host: a.example||", "1 trailers x-sum: 1||", "3 end after 3",
        "5 head ends https GET / HTTP/1.1|host: a.example||", "5 reset 8", "5 closed 8",
    ]

    @Test func `bytes cut anywhere tell the same`() {
        for cut in 1..<Self.session.count {
            var server = HTTP2End(isServer: true)
            server.receive(Self.session, cuts: [cut])
            #expect(server.log == Self.told, "cut at \(cut)")
            #expect(server.bodies == [1: Array("helloworld".utf8), 3: [1, 2, 3]])
        }
    }

    @Test func `byte by byte too and two connections of a wire do not mix`() {
        let wire = HTTP2Wire(limits: HeadLimits(bytes: 2048, fields: 32))
        let sessions = [HTTP2Session.accept(HTTP2Settings(), wire), HTTP2Session.accept(HTTP2Settings(), wire)]
        var heads: [[String]] = [[], []]
        for byte in Self.session {
            for i in 0...1 {
                let piece = [byte]
                #expect(sessions[i].receive(piece.span, now: .zero) == 1)
                while let event = sessions[i].next() {
                    guard case .head(let stream, let head) = event else { continue }
                    let text = wire.text(head.text)
                    heads[i].append("\(stream.id) " + String(decoding: text.indices.map { text[$0] }, as: UTF8.self))
                }
                wire.sent()
            }
        }
        #expect(heads[0].count == 3)
        #expect(heads[0] == heads[1])
        for session in sessions { session.free() }
        #expect(wire.memory.used == 0 && wire.memory.streams == 0)
    }

    /// More heads than the wire's text holds come in one piece.
    @Test func `many long heads are told in turns`() {
        var bytes = HTTP2Frames.hello
        for i in 0..<90 {
            bytes += HTTP2Frames.headers(
                UInt32(2 * i + 1), HTTP2Frames.plain + [("x-\(i)", String(repeating: "y", count: 20 * i))])
        }
        var whole = HTTP2End(isServer: true, limits: HeadLimits(bytes: 2048, fields: 32))
        whole.receive(bytes)
        #expect(whole.log.count == 90)
        for (i, line) in whole.log.enumerated() {
            #expect(
                line.hasPrefix("\(2 * i + 1) head ends")
                    && line.hasSuffix("x-\(i): " + String(repeating: "y", count: 20 * i) + "||"))
        }
    }

    /// Frames at random that a client may send: cut at random they tell the same.
    @Test(arguments: 1...40 as ClosedRange<UInt64>) func `sound frames`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = Self.sound(&random)
        let limits = HeadLimits(bytes: 2048, fields: 32)
        var whole = HTTP2End(isServer: true, limits: limits)
        whole.receive(bytes)
        var pieces = HTTP2End(isServer: true, limits: limits)
        pieces.receive(bytes, cuts: (0..<20).map { _ in Int(random.below(UInt32(bytes.count))) }.sorted())
        #expect(whole.log == pieces.log && !whole.log.isEmpty)
        #expect(whole.bodies == pieces.bodies)
        #expect(whole.wire.memory.streams == pieces.wire.memory.streams)
        #expect(!whole.session.isOver)
    }

    /// Sound ones and broken ones: nothing traps, streams end after they began, and all memory comes back.
    @Test(arguments: 1...60 as ClosedRange<UInt64>) func `random frames`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = Self.frames(&random)
        var server = HTTP2End(isServer: true, limits: HeadLimits(bytes: 2048, fields: 32))
        server.receive(bytes, cuts: (0..<random.below(20)).map { _ in Int(random.below(UInt32(bytes.count))) }.sorted())
        if !server.session.isOver { answerAll(&server) }
        var open: Set<Substring> = []
        for line in server.log where line.first?.isNumber == true {
            let words = line.split(separator: " ", maxSplits: 2)
            if words[1] == "head" { open.insert(words[0]) }
            #expect(open.contains(words[0]), "\(line)")
            if words[1] == "closed" { open.remove(words[0]) }
        }
        #expect(server.wire.memory.streams >= open.count)
        server.close()
        #expect(server.wire.memory.used == 0 && server.wire.memory.streams == 0)
    }

    private func answerAll(_ end: inout HTTP2End) {
        for id in end.streams.keys.sorted() {
            #expect(end.respond(id, "HTTP/1.1 200 OK|x: y||", isLast: false) == true)
            _ = end.data(id, [1, 2, 3], isLast: id % 4 == 1)
            _ = end.trailers(id, "x: y||")
        }
        end.tell()
    }

    private static func sound(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = HTTP2Frames.hello
        var open: [UInt32] = []
        var next: UInt32 = 1
        for _ in 0..<(5 + random.below(60)) {
            let k = Int(random.below(UInt32(max(1, open.count))))
            switch random.below(8) {
            case 0...2:
                let fields = [("x", String(repeating: "z", count: Int(random.below(900)))), ("cookie", "a"), ("cookie", "b")]
                let ends = random.below(2) == 0
                bytes += HTTP2Frames.headers(next, HTTP2Frames.plain + fields, ends: ends)
                if !ends { open.append(next) }
                next += 2
            case 3, 4:
                guard k < open.count else { continue }
                let ends = random.below(4) == 0
                bytes += HTTP2Frames.data(open[k], [UInt8](repeating: 7, count: Int(random.below(600))), ends: ends)
                if ends { open.remove(at: k) }
            case 5:
                guard k < open.count else { continue }
                bytes += HTTP2Frames.reset(open.remove(at: k), random.below(20))
            case 6: bytes += HTTP2Frames.ping(UInt8(random.below(256))) + HTTP2Frames.windowUpdate(0, 1 + random.below(1000))
            default:
                guard k < open.count else { continue }
                bytes += HTTP2Frames.frame(1, 5, open.remove(at: k), HTTP2Frames.block([("x-sum", "1")]))
            }
        }
        return bytes + HTTP2Frames.headers(next, HTTP2Frames.plain)
    }

    private static func frames(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = HTTP2Frames.hello
        var next: UInt32 = 1
        for _ in 0..<(5 + random.below(40)) {
            let stream = random.below(4) == 0 ? random.below(8) : max(1, next) - min(next - 1, 2 * random.below(3))
            switch random.below(14) {
            case 0...3:
                var fields = HTTP2Frames.plain
                if random.below(3) == 0 { fields.append(("x", String(repeating: "z", count: Int(random.below(900))))) }
                if random.below(8) == 0 { fields.append(("content-length", "\(random.below(5))")) }
                bytes += HTTP2Frames.headers(next, fields, ends: random.below(2) == 0)
                next += 2
            case 4, 5:
                bytes += HTTP2Frames.data(
                    stream, [UInt8](repeating: 7, count: Int(random.below(600))), ends: random.below(3) == 0)
            case 6: bytes += HTTP2Frames.reset(stream, random.below(20))
            case 7: bytes += HTTP2Frames.windowUpdate(random.below(2) == 0 ? 0 : stream, 1 + random.below(1000))
            case 8: bytes += HTTP2Frames.ping(UInt8(random.below(256)), isAnswer: random.below(4) == 0)
            case 9: bytes += HTTP2Frames.settings([(4, random.below(100_000))])
            case 10: bytes += HTTP2Frames.frame(1, 5, stream, HTTP2Frames.block([("x-sum", "1")]))
            case 11: bytes += HTTP2Frames.frame(UInt8(10 + random.below(200)), 0, stream, [1, 2, 3])
            case 12: bytes += HTTP2Frames.frame(2, 0, stream, [0, 0, 0, 0, 9])
            default:
                guard random.below(6) == 0 else { continue }
                bytes += (0..<Int(random.below(30))).map { _ in UInt8(random.below(256)) }
            }
        }
        return bytes
    }
}
