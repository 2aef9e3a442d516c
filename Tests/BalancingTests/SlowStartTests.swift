import Balancing
import Testing

@Suite struct SlowStartTests {
    private let second: UInt64 = 1_000_000_000

    @Test func `the share grows from a tenth to all within the window`() {
        let stamp = SlowStart.stamp(100 * second)
        let shares = stride(from: 0, through: 40, by: 2).map {
            SlowStart.share(since: stamp, window: 30 * second, now: (100 + UInt64($0)) * second)
        }
        #expect(shares.first == 7)
        #expect(shares == shares.sorted())
        #expect((28...34).contains(shares[15 / 2]))
        #expect(shares[15] == SlowStart.whole && shares.last == SlowStart.whole)
    }

    @Test(arguments: [UInt64(100_000_000_000), 100_062_500_000])
    func `a worker whose clock was read a moment ago takes an endpoint that another one saw for a new one`(now: UInt64) {
        #expect(SlowStart.share(since: SlowStart.stamp(now), window: 30 * second, now: now - 200_000) == 7)
    }

    @Test func `who was never seen begins`() {
        #expect(SlowStart.share(since: 0, window: 30 * second, now: 5 * second) == 7)
        #expect(SlowStart.stamp(0) != 0)
    }

    @Test func `a share stays whole for years`() {
        let stamp = SlowStart.stamp(second)
        for days in [1, 100, 1000] as [UInt64] {
            #expect(SlowStart.share(since: stamp, window: 30 * second, now: days * 86_400 * second) == SlowStart.whole)
        }
    }
}
