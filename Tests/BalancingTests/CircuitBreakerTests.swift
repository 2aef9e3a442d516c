import Balancing
import Base
import Testing

/// A breaker that opens for five seconds, by reference: expectations cannot change what they look at.
private final class Subject {
    static let base: UInt64 = 5_000_000_000
    var breaker = CircuitBreaker()

    /// Open since so many seconds.
    static func opened(at now: UInt64) -> Subject {
        let subject = Subject()
        _ = subject.trip(now)
        return subject
    }

    func trip(_ now: UInt64) -> Bool { breaker.trip(base: Self.base, at: now) }
    func admit(_ now: UInt64) -> CircuitBreaker.Admission { breaker.admit(base: Self.base, at: now) }
    func succeed(_ probe: UInt8) -> Bool { breaker.succeed(probe) }
    func fail(_ probe: UInt8, _ now: UInt64) -> Bool { breaker.fail(probe, base: Self.base, at: now) }

    func probe(_ now: UInt64) -> UInt8? {
        guard case .probe(let round) = admit(now) else { return nil }
        return round
    }

    func isRefused(_ now: UInt64) -> Bool {
        guard case .refuse(let left) = admit(now) else { return false }
        return left <= CircuitBreaker.longest + 1_000_000_000
    }
}

@Suite struct CircuitBreakerTests {
    private let second: UInt64 = 1_000_000_000
    private var base: UInt64 { Subject.base }
    private func opened() -> Subject { .opened(at: 100 * second) }

    @Test func `closed it lets everything pass; tripped it lets nothing pass for its time`() {
        var breaker = Subject()
        #expect(breaker.admit(100 * second) == .pass)
        breaker = opened()
        #expect(!breaker.trip(101 * second))
        #expect(breaker.isRefused(100 * second) && breaker.isRefused(105 * second - 1))
        #expect(breaker.probe(105 * second + second / 8) != nil)
    }

    @Test func `half open it lets five pass, and closes when all of them went well`() throws {
        let breaker = opened()
        let now = 106 * second
        for i in 1...5 {
            let round = try #require(breaker.probe(now))
            if i < 5 { #expect(!breaker.succeed(round)) } else { #expect(breaker.succeed(round)) }
        }
        #expect(breaker.breaker.isClosed && breaker.admit(now) == .pass)
    }

    @Test func `a sixth waits for the five, and takes the place of one that says nothing`() throws {
        let breaker = opened()
        let now = 106 * second
        let rounds = (0..<5).compactMap { _ in breaker.probe(now) }
        #expect(rounds.count == 5 && breaker.isRefused(now))
        breaker.breaker.forget(rounds[0])
        #expect(breaker.probe(now) == rounds[0])
        #expect(breaker.isRefused(now))
    }

    @Test func `one that fails opens it for twice as long, at most a minute`() throws {
        let breaker = opened()
        var now = 106 * second
        for seconds in [10, 20, 40, 60, 60, 60] {
            let round = try #require(breaker.probe(now))
            #expect(breaker.fail(round, now))
            #expect(breaker.isRefused(now + UInt64(seconds) * second - 1))
            now += UInt64(seconds) * second + second / 8
        }
    }

    @Test func `what began before says nothing`() throws {
        let breaker = opened()
        let early = try #require(breaker.probe(106 * second))
        let late = try #require(breaker.probe(106 * second))
        #expect(breaker.fail(early, 106 * second))
        let after = breaker.breaker
        #expect(!breaker.fail(late, 107 * second) && !breaker.succeed(late))
        breaker.breaker.forget(late)
        #expect(breaker.breaker == after)
    }

    @Test func `probes that hang are followed by others`() throws {
        let breaker = opened()
        let rounds = (0..<5).compactMap { _ in breaker.probe(106 * second) }
        let again = try #require(breaker.probe(112 * second))
        #expect(again != rounds[0] && !breaker.succeed(rounds[0]))
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `under any stream of events of several workers its promises hold`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let breaker = Subject()
        var now = 100 * second
        // Probes under way, by round; what the last opening began with.
        var out: [UInt8] = []
        var (openedAt, length) = (now, base)
        var rightAfter = 0
        for _ in 0..<50_000 {
            now += UInt64(random.below(400_000_000))
            // Workers' clocks differ by a few milliseconds.
            let mine = now - UInt64(random.below(5_000_000))
            switch random.below(6) {
            case 0: if breaker.trip(mine) { (openedAt, length) = (mine, base) }
            case 1, 2:
                let before = breaker.breaker.phase
                switch breaker.admit(mine) {
                case .pass: #expect(before == .closed)
                case .refuse: #expect(before != .closed)
                case .probe(let round):
                    if before == .open { #expect(mine + second / 8 >= openedAt + length) }
                    out.append(round)
                    rightAfter = out.count { $0 == round }
                    #expect(UInt64(rightAfter) <= CircuitBreaker.probes)
                }
            default:
                guard !out.isEmpty else { continue }
                let round = out.remove(at: Int(random.below(UInt32(out.count))))
                let counts = breaker.breaker.phase == .halfOpen && breaker.breaker.round == round
                switch random.below(8) {
                case 0:
                    #expect(breaker.fail(round, mine) == counts)
                    if counts { (openedAt, length) = (mine, min(CircuitBreaker.longest, max(base, length))) }
                case 1: breaker.breaker.forget(round)
                default: if breaker.succeed(round) { #expect(counts && breaker.breaker.isClosed) }
                }
                if breaker.breaker.phase != .halfOpen { out.removeAll { $0 == breaker.breaker.round } }
            }
        }
    }
}
