import Base
import Testing

@Suite struct TimerWheelTests {
    /// Random arming, disarming and passing of time, against a dictionary of deadlines. Distances reach over all four levels.
    @Test(arguments: 0..<60)
    func `every timer fires once, never early, and in time`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let ids: UInt32 = 40
        var now = UInt64(random.below(1 << 20))
        var wheel = TimerWheel(capacity: Int(ids), now: now)
        var model: [Int32: UInt64] = [:]
        for _ in 0..<3000 {
            let id = Int32(random.below(ids))
            switch random.below(10) {
            case 0..<5:
                let deadline = now + Self.distance(&random)
                wheel.arm(id, at: deadline)
                model[id] = deadline
            case 5:
                wheel.disarm(id)
                model[id] = nil
            default:
                now += random.below(4) == 0 ? Self.distance(&random) : UInt64(random.below(200))
                while let fired = wheel.next(now: now) {
                    let deadline = model.removeValue(forKey: fired)
                    #expect(deadline.map { $0 <= now } == true, "seed \(seed): \(fired) fired at \(now)")
                    #expect(wheel.isArmed(fired) == false)
                }
                let missed = model.filter { $0.value <= now && now > wheel.tick }
                #expect(missed.isEmpty, "seed \(seed): \(missed) did not fire by \(now)")
                #expect(model.values.allSatisfy { $0 > now }, "seed \(seed) at \(now)")
            }
            #expect(wheel.isArmed(id) == (model[id] != nil))
            if let first = model.values.min() {
                let look = wheel.nextLook
                #expect(
                    look.map { $0 <= max(first, wheel.tick + 1) } == true, "seed \(seed): looks at \(look ?? 0), due \(first)")
            }
        }
    }

    private static func distance(_ random: inout SeededRandom) -> UInt64 {
        let bound: UInt32 = [1, 64, 65, 4095, 4097, 262_143, 262_145, 20_000_000][Int(random.below(8))]
        return UInt64(random.below(bound) + 1)
    }

    @Test func `a deadline that has passed fires at the next tick`() {
        var wheel = TimerWheel(capacity: 2, now: 1000)
        wheel.arm(1, at: 10)
        #expect(wheel.nextLook == 1001)
        #expect(Self.next(&wheel, 1000) == nil)
        #expect(Self.next(&wheel, 1001) == 1)
        #expect(Self.next(&wheel, 5000) == nil)
        #expect(wheel.nextLook == nil)
    }

    @Test func `arming later keeps the place, and arming earlier moves it`() {
        var wheel = TimerWheel(capacity: 1, now: 0)
        wheel.arm(0, at: 50)
        wheel.arm(0, at: 5000)
        #expect(wheel.nextLook == 50)
        #expect(Self.next(&wheel, 50) == nil)
        #expect(wheel.isArmed(0) == true)
        wheel.arm(0, at: 60)
        #expect(Self.next(&wheel, 59) == nil)
        #expect(Self.next(&wheel, 60) == 0)
    }

    private static func next(_ wheel: inout TimerWheel, _ now: UInt64) -> Int32? { wheel.next(now: now) }
}
