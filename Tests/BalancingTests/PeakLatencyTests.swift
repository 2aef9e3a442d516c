import Balancing
import Base
import Testing

@Suite struct PeakLatencyTests {
    private let second: UInt64 = 1_000_000_000

    @Test func `a slow answer counts at once, and is forgotten slowly`() {
        var latency = PeakLatency()
        latency.observe(second / 1000, at: second)
        #expect(latency.value(at: second) == 1000)
        latency.observe(second / 2, at: 2 * second)
        #expect(latency.value(at: 2 * second) == 500_000)
        // Ten seconds later a fast one weighs as much as what was.
        latency.observe(second / 1000, at: 12 * second)
        #expect((240_000...260_000).contains(latency.value(at: 12 * second)))
    }

    @Test func `a worker whose clock was read a moment ago sees what another one saw`() {
        var latency = PeakLatency()
        latency.observe(second / 2, at: 10 * second)
        #expect(latency.value(at: 10 * second - 100_000) == 500_000)
        latency.observe(second / 1000, at: 10 * second - 100_000)
        #expect(latency.value(at: 10 * second) > 490_000)
    }

    @Test func `without news it falls, so that an endpoint is tried again`() {
        var latency = PeakLatency()
        latency.observe(PeakLatency.failure, at: second)
        let values = (1...5).map { latency.value(at: UInt64($0) * 20 * second) }
        #expect(values == values.sorted(by: >))
        #expect(values[4] < 600_000)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `it never falls below the fastest answer seen lately nor rises above the slowest`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var latency = PeakLatency()
        var now: UInt64 = second
        for _ in 0..<10_000 {
            now += UInt64(random.below(1_000_000))
            latency.observe(UInt64(1_000_000 + random.below(9_000_000)), at: now)
            #expect((999...10_000).contains(latency.value(at: now)))
        }
    }

    @Test func `an endpoint that became slow gets few requests`() {
        var pool = Pool([1, 1, 1])
        pool.latencies = [1000, 1000, 50_000]
        var random = SeededRandom(seed: 9)
        var counts = [0, 0, 0]
        for _ in 0..<3000 {
            counts[Picker.peakEWMA(pool, &random)] += 1
        }
        #expect(counts[2] == 0)
        // Until the others have as much to do that it would be no slower.
        pool.loads = [60, 60, 0]
        #expect((0..<100).contains { _ in Picker.peakEWMA(pool, &random) == 2 })
    }

    @Test func `an unknown endpoint gets one request and no second before it has answered`() {
        var pool = Pool([1, 1])
        pool.latencies = [1000, 0]
        var random = SeededRandom(seed: 2)
        #expect(Picker.peakEWMA(pool, &random) == 1)
        pool.loads[1] = 1
        #expect(Picker.peakEWMA(pool, &random) == 0)
    }
}
