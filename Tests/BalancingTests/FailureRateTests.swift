import Balancing
import Base
import Testing

@Suite struct FailureRateTests {
    private let second: UInt64 = 1_000_000_000

    private func rate(_ failures: Int, _ successes: Int, at now: UInt64) -> FailureRate {
        var rate = FailureRate()
        for _ in 0..<failures { rate.record(isFailure: true, at: now) }
        for _ in 0..<successes { rate.record(isFailure: false, at: now) }
        return rate
    }

    @Test func `it takes the share, and enough tries`() {
        let now = 100 * second
        #expect(rate(10, 10, at: now).isAtLeast(5000, of: 20, at: now))
        #expect(!rate(9, 11, at: now).isAtLeast(5000, of: 20, at: now))
        #expect(!rate(19, 0, at: now).isAtLeast(5000, of: 20, at: now))
        #expect(!FailureRate().isAtLeast(0, of: 0, at: now))
    }

    @Test func `failures fade while the next slot passes, and are gone after it`() {
        var rate = rate(20, 0, at: 109 * second)
        #expect(rate.isAtLeast(5000, of: 20, at: 110 * second))
        for _ in 0..<10 { rate.record(isFailure: false, at: 113 * second) }
        // 14 of 20 are left of the slot before: 14 failures of 24 tries.
        #expect(rate.isAtLeast(5000, of: 20, at: 113 * second))
        // 8 are left: 8 of 18.
        #expect(!rate.isAtLeast(5000, of: 10, at: 116 * second))
        #expect(!rate.isAtLeast(1, of: 1, at: 125 * second))
    }

    @Test func `a long rest forgets everything, however long it is`() {
        for days in [UInt64(1), 4, 8, 30] {
            #expect(!rate(100, 0, at: 100 * second).isAtLeast(1, of: 1, at: (100 + days * 86_400) * second))
        }
    }

    @Test func `a share stays what it is when a counter is full`() {
        var rate = FailureRate()
        for i in 0..<100_000 { rate.record(isFailure: i % 4 == 0, at: 100 * second) }
        #expect(rate.isAtLeast(2400, of: 1000, at: 100 * second))
        #expect(!rate.isAtLeast(2600, of: 1000, at: 100 * second))
    }

    @Test func `another worker's clock a moment ahead changes nothing`() {
        var rate = rate(20, 0, at: 110 * second)
        rate.record(isFailure: true, at: 110 * second - 1)
        #expect(rate.isAtLeast(10_000, of: 21, at: 110 * second))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `under any stream of tries it is near the share of the last ten seconds`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var rate = FailureRate()
        var seen: [(at: UInt64, isFailure: Bool)] = []
        var now = 100 * second
        for round in 0..<4000 {
            now += UInt64(random.below(40_000_000))
            // The share changes slowly, as services do.
            let isFailure = random.below(100) < UInt32(round / 40)
            rate.record(isFailure: isFailure, at: now)
            seen.append((now, isFailure))
            guard round > 1500 else { continue }
            seen.removeAll { $0.at + FailureRate.window < now }
            let share = seen.filter(\.isFailure).count * 10_000 / seen.count
            #expect(rate.isAtLeast(UInt64(max(0, share - 1000)), of: 1, at: now))
            #expect(!rate.isAtLeast(UInt64(share + 1000), of: 1, at: now))
        }
    }
}
