import Base
import HTTP
import Testing

/// What a peer may waste, as a machine, and on the wire.
@Suite struct HTTP2BudgetTests {
    private static func budget(burst: UInt32 = 10, perSecond: UInt32 = 5) -> HTTP2Budget {
        HTTP2Budget(
            streams: HTTP2Allowance(burst: burst, perSecond: perSecond),
            frames: HTTP2Allowance(burst: burst, perSecond: perSecond))
    }

    /// How often it may be spent until it is refused.
    private static func borne(_ budget: inout HTTP2Budget, _ waste: HTTP2Budget.Waste, at now: Instant) -> Int {
        var count = 0
        while budget.spend(waste, at: now) { count += 1 }
        return count
    }

    private static func borne(_ budget: inout HTTP2Budget, _ chatter: HTTP2Budget.Chatter, at now: Instant) -> Int {
        var count = 0
        while budget.spend(chatter, at: now) { count += 1 }
        return count
    }

    @Test(arguments: HTTP2Budget.Waste.allCases) func `a burst is borne and then a rate`(_ waste: HTTP2Budget.Waste) {
        var budget = Self.budget()
        let start = Instant(nanoseconds: 5_000_000_000)
        let times: [UInt64] = [0, 0, 199, 200, 200, 1_000, 100_000, 100_001]
        let counts = times.map { Self.borne(&budget, waste, at: start.advanced(byMilliseconds: $0)) }
        #expect(counts == [10, 0, 0, 1, 0, 4, 10, 0], "no more than a burst is saved up")
    }

    @Test func `resets of both sides are one account`() {
        var budget = Self.budget()
        #expect(Self.borne(&budget, .madeReset, at: .zero) == 10)
        #expect(Self.borne(&budget, .reset, at: .zero) == 0)
        #expect(Self.borne(&budget, .ping, at: .zero) == 10, "frames have another one")
    }

    @Test func `half of all requests may be cancelled forever`() {
        var budget = Self.budget()
        #expect(Self.borne(&budget, .reset, at: .zero) == 10)
        for _ in 0..<10_000 {
            budget.earnStream()
            let isBorne = budget.spend(.reset, at: .zero)
            #expect(isBorne)
        }
    }

    @Test func `settings cost more than pings and data earns them`() {
        var budget = Self.budget(burst: 25)
        #expect(Self.borne(&budget, .settings, at: .zero) == 2)
        #expect(Self.borne(&budget, .ping, at: .zero) == 5)
        budget.earnData()
        #expect(Self.borne(&budget, .windowUpdate, at: .zero) == 2)
        budget.earnHead()
        #expect(Self.borne(&budget, .priority, at: .zero) == 4)
    }

    @Test func `time that goes back gives nothing`() {
        var budget = Self.budget()
        let late = Instant(nanoseconds: .max)
        #expect(Self.borne(&budget, .reset, at: late) == 10)
        #expect(Self.borne(&budget, .reset, at: .zero) == 0)
        #expect(Self.borne(&budget, .reset, at: late) == 0)
    }

    // MARK: On the wire

    struct Attack: Sendable, CustomTestStringConvertible {
        var name: String
        var failure: String
        /// The `i`th round; how many are borne.
        var borne: ClosedRange<Int>
        var round: @Sendable (UInt32) -> [UInt8]
        var testDescription: String { name }
    }

    private static let stream = HTTP2Frames.plain + [("content-length", "1")]

    static let attacks: [Attack] = [
        Attack(name: "rapid reset", failure: "wastedStreams", borne: 200...200) { i in
            HTTP2Frames.headers(2 * i + 1, HTTP2Frames.plain) + HTTP2Frames.reset(2 * i + 1)
        },
        Attack(name: "MadeYouReset by a window that overflows", failure: "wastedStreams", borne: 200...200) { i in
            HTTP2Frames.headers(2 * i + 1, HTTP2Frames.plain) + HTTP2Frames.windowUpdate(2 * i + 1, 0x7fff_ffff)
        },
        Attack(name: "MadeYouReset by a body that is too long", failure: "wastedStreams", borne: 200...200) { i in
            HTTP2Frames.headers(2 * i + 1, stream, ends: false) + HTTP2Frames.data(2 * i + 1, [1, 2])
        },
        Attack(name: "malformed heads", failure: "wastedStreams", borne: 200...200) { i in
            HTTP2Frames.headers(2 * i + 1, HTTP2Frames.plain + [("Upper", "a")])
        },
        Attack(name: "pings", failure: "flood", borne: 980...1000) { _ in HTTP2Frames.ping() },
        Attack(name: "settings", failure: "flood", borne: 95...100) { _ in HTTP2Frames.settings() },
        Attack(name: "window updates", failure: "flood", borne: 980...1000) { _ in HTTP2Frames.windowUpdate(0, 1) },
        Attack(name: "unknown frames", failure: "flood", borne: 980...1000) { _ in HTTP2Frames.frame(0xbb) },
        Attack(name: "priorities", failure: "flood", borne: 980...1000) { i in
            HTTP2Frames.frame(2, 0, 2 * i + 1, [0, 0, 0, 0, 1])
        },
        Attack(name: "empty data", failure: "flood", borne: 980...1002) { i in
            i == 0 ? HTTP2Frames.headers(1, HTTP2Frames.plain, ends: false) : HTTP2Frames.data(1, [])
        },
        Attack(name: "a header block without an end", failure: "flood", borne: 9...9) { i in
            i == 0 ? HTTP2Frames.frame(1, 1, 1, HTTP2Frames.block(HTTP2Frames.plain)) : HTTP2Frames.frame(9, 0, 1, [])
        },
    ]

    @Test(arguments: attacks) func `an attack ends the connection`(_ attack: Attack) {
        var server = HTTP2End(isServer: true)
        server.now = Instant(nanoseconds: 1_000_000_000)
        server.receive(HTTP2Frames.hello)
        _ = server.take()
        var rounds = 0
        while !server.session.isOver, rounds < 5000 {
            server.receive(attack.round(UInt32(rounds)))
            rounds += 1
        }
        #expect(server.log.last == "failed \(attack.failure)")
        #expect(attack.borne.contains(rounds - 1), "\(rounds - 1) rounds were borne")
        #expect(HTTP2Frames.describe(server.take()).last == "GOAWAY 0 code 11")
        #expect(server.wire.memory.streams <= 102)
    }

    @Test func `a normal client is not an attacker`() {
        var client = HTTP2End(isServer: false)
        var server = HTTP2End(isServer: true)
        converse(&client, &server)
        for i in 0..<2_000 {
            let id = client.request(HTTP2ExchangeTests.get).id
            converse(&client, &server)
            if i % 3 == 0 {
                client.reset(id, .cancel)
            } else {
                server.respond(id, "HTTP/1.1 200 OK||", isLast: false)
                _ = server.data(id, [UInt8](repeating: 0, count: 2_000), isLast: true)
            }
            converse(&client, &server)
            client.session.ping()
        }
        #expect(!server.session.isOver && !client.session.isOver)
        #expect(client.log.count { $0.hasSuffix("closed 0") } > 1_300)
    }

    /// Windows of one byte make frames of one byte (CVE-2019-9511).
    @Test func `a client that opens its window by bytes is cut off`() {
        var server = HTTP2End(isServer: true)
        server.receive(HTTP2Frames.preface + HTTP2Frames.settings([(4, 0)]) + HTTP2Frames.headers(1, HTTP2Frames.plain))
        server.respond(1, "HTTP/1.1 200 OK||", isLast: false)
        var rounds = 0
        let body = [UInt8](repeating: 0, count: 60_000)
        while !server.session.isOver, rounds < 5000 {
            server.receive(HTTP2Frames.windowUpdate(1, 1))
            _ = server.data(1, body)
            rounds += 1
        }
        server.tell()
        #expect((480...500).contains(rounds), "\(rounds)")
        #expect(server.log.last == "failed flood")
    }

    /// A few bytes that stand for large fields (an HPACK bomb) are decoded, but not kept.
    @Test func `fields that grow when decoded are bounded`() {
        var server = HTTP2End(isServer: true, limits: HeadLimits(bytes: 8192, fields: 64))
        server.receive(HTTP2Frames.hello)
        _ = server.take()
        // A field of 4,000 bytes that is remembered, then 10,000 times its index (62).
        let remembered = [0x40] + HTTP2Frames.block([("x", String(repeating: "y", count: 4000))]).dropFirst()
        let bomb = HTTP2Frames.block(HTTP2Frames.plain) + remembered + [UInt8](repeating: 0x80 | 62, count: 10_000)
        server.receive(HTTP2Frames.frame(1, 5, 1, bomb))
        #expect(HTTP2Frames.describe(server.take()) == ["RST 1 code 2"])
        #expect(server.log == [] && server.wire.memory.streams == 0)
        // The connection is still in step with the peer's table.
        server.receive(HTTP2Frames.headers(3, HTTP2Frames.plain))
        #expect(server.log == ["3 head ends https GET / HTTP/1.1|host: a.example||"])
    }
}
