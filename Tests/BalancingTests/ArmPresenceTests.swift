import Balancing
import Base
import Testing

@Suite struct ArmPresenceTests {
    private let second: UInt64 = 1_000_000_000

    @Test func `a replica that has just started waits for nobody`() {
        var presence = ArmPresence()
        #expect(!presence.takesPart(at: 5 * second))
        #expect(presence.observe(isReady: true, at: 5 * second) == nil)
        #expect(presence.takesPart(at: 5 * second))
    }

    @Test func `an arm that gets its first endpoint takes part at once`() {
        var presence = ArmPresence()
        #expect(presence.observe(isReady: false, at: second) == .emptied)
        #expect(presence.observe(isReady: false, at: 2 * second) == nil)
        #expect(presence.observe(isReady: true, at: 90 * second) == .refilled)
        #expect(presence.takesPart(at: 90 * second))
    }

    @Test func `an arm that was empty is out at once, and back after thirty seconds without a gap`() {
        var presence = ArmPresence()
        _ = presence.observe(isReady: true, at: second)
        #expect(presence.observe(isReady: false, at: 10 * second) == .emptied)
        #expect(!presence.takesPart(at: 10 * second))
        #expect(presence.observe(isReady: true, at: 11 * second) == .refilled)
        #expect(!presence.takesPart(at: 41 * second - 1) && presence.takesPart(at: 41 * second))
        // A gap of a moment begins it anew.
        #expect(presence.observe(isReady: false, at: 40 * second) == .emptied)
        #expect(presence.observe(isReady: true, at: 40 * second) == .refilled)
        #expect(!presence.takesPart(at: 70 * second - 1) && presence.takesPart(at: 70 * second))
        #expect(presence.observe(isReady: true, at: 71 * second) == nil)
        #expect(presence.takesPart(at: 71 * second))
    }

    @Test func `what is forgiven is not owed any longer, and what comes later is`() {
        var presence = ArmPresence()
        _ = presence.observe(isReady: true, at: second)
        _ = presence.observe(isReady: false, at: 2 * second)
        presence.pardon()
        #expect(!presence.takesPart(at: 3 * second))
        #expect(presence.observe(isReady: false, at: 3 * second) == nil)
        #expect(presence.observe(isReady: true, at: 4 * second) == .refilled && presence.takesPart(at: 4 * second))
        _ = presence.observe(isReady: false, at: 5 * second)
        _ = presence.observe(isReady: true, at: 6 * second)
        #expect(!presence.takesPart(at: 7 * second))
        presence.pardon()
        #expect(presence.takesPart(at: 7 * second))
        _ = presence.observe(isReady: false, at: 8 * second)
        _ = presence.observe(isReady: true, at: 9 * second)
        #expect(!presence.takesPart(at: 10 * second))
    }

    @Test(arguments: 1...10)
    func `under any stream of events it takes part if it has been ready for long enough, or for the first time`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var presence = ArmPresence()
        var (now, since, gaps) = (second, UInt64?.none, 0)
        var wasReady = false
        for _ in 0..<20_000 {
            now += UInt64(random.below(20_000)) * 1_000_000
            let isReady = random.below(3) > 0
            _ = presence.observe(isReady: isReady, at: now)
            if isReady {
                if since == nil { since = now }
                wasReady = true
            } else {
                since = nil
                if wasReady { gaps += 1 }
            }
            let later = now + UInt64(random.below(60)) * second
            let expected = since.map { gaps == 0 || later - $0 >= ArmPresence.probation } ?? false
            #expect(presence.takesPart(at: later) == expected)
        }
    }
}
