import Base
import Testing

/// The wheel against the obvious: a list of deadlines.
@Suite struct TimerWheelTests {
    /// Advances as a worker does: to the earliest look, or to `end`.
    private func fired(_ wheel: inout TimerWheel, until end: UInt64) -> [(id: Int32, at: UInt64)] {
        var all: [(Int32, UInt64)] = []
        var now = wheel.tick
        while true {
            while let id = wheel.next(now: now) { all.append((id, now)) }
            guard now < end else { return all }
            now = min(wheel.nextLook ?? end, end)
        }
    }

    @Test(
        arguments: [0, 1, 63, 64, 65, 1000, 4095, 4096, 1 << 18] as [UInt64],
        [1, 2, 63, 64, 65, 4095, 4096, 4097, 15_000, 262_144, 300_000, 20_000_000])
    func `a timer fires at its deadline, whatever the distance`(start: UInt64, distance: UInt64) {
        var wheel = TimerWheel(capacity: 4, now: start)
        wheel.arm(2, at: start + distance)
        let all = fired(&wheel, until: start + distance + 10)
        #expect(all.count == 1)
        #expect(all.first?.id == 2)
        #expect(all.first?.at == start + distance)
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func `random timers fire as a sorted list says`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let start = random.next() % 1_000_000
        var wheel = TimerWheel(capacity: 64, now: start)
        var deadlines: [Int32: UInt64] = [:]
        var now = start
        for _ in 0..<400 {
            let id = Int32(random.below(64))
            switch random.below(4) {
            case 0:
                wheel.disarm(id)
                deadlines[id] = nil
            case 1:
                let spread: UInt64 = [5, 100, 5000, 400_000][Int(random.below(4))]
                let end = now + random.next() % spread
                let expected = deadlines.filter { $0.value <= end }
                let all = fired(&wheel, until: end)
                #expect(Set(all.map(\.id)) == Set(expected.keys))
                for one in all { #expect(one.at == max(expected[one.id] ?? 0, now), "timer \(one.id)") }
                for id in expected.keys { deadlines[id] = nil }
                now = end
            default:
                let spread: UInt64 = [3, 70, 5000, 400_000, 30_000_000][Int(random.below(5))]
                let deadline = now + 1 + random.next() % spread
                wheel.arm(id, at: deadline)
                deadlines[id] = deadline
            }
            #expect(wheel.isArmed(id) == (deadlines[id] != nil))
        }
    }

    @Test func `time that jumps past many ticks fires everything that is due`() {
        var wheel = TimerWheel(capacity: 100, now: 7)
        for id in 0..<100 { wheel.arm(Int32(id), at: 7 + UInt64(id) * 1000 + 1) }
        var count = 0
        while wheel.next(now: 60_000) != nil { count += 1 }
        #expect(count == 60)
    }
}
