import Base
@testable import LastGood
import Testing

/// When a snapshot is written, played with instants.
@Suite struct PacingTests {
    private static let second: UInt64 = 1_000_000_000

    private func at(_ seconds: UInt64) -> Instant { Instant(nanoseconds: seconds * Self.second) }

    @Test func `nothing is written before everything was listed once`() {
        var pacing = Pacing()
        pacing.changed(isComplete: false, isChanged: true)
        #expect(pacing.due == nil)
        #expect(!pacing.isWanting)
        pacing.changed(isComplete: true, isChanged: false)
        #expect(pacing.due == Instant.zero)
        #expect(pacing.isWanting)
    }

    @Test func `an empty cluster is a state too`() {
        var pacing = Pacing()
        pacing.changed(isComplete: true, isChanged: false)
        #expect(pacing.isWanting)
    }

    @Test func `changes wait for the interval, and quiet for the refresh`() {
        var pacing = Pacing()
        pacing.changed(isComplete: true, isChanged: true)
        pacing.wrote(at: at(10))
        #expect(pacing.due == at(610))
        pacing.changed(isComplete: true, isChanged: false)
        #expect(pacing.due == at(610))
        pacing.changed(isComplete: true, isChanged: true)
        #expect(pacing.due == at(13))
        pacing.changed(isComplete: true, isChanged: true)
        #expect(pacing.due == at(13))
    }

    @Test func `after a failure it waits, and still wants`() {
        var pacing = Pacing()
        pacing.changed(isComplete: true, isChanged: true)
        pacing.failed(at: at(10))
        #expect(pacing.isWanting)
        #expect(pacing.due == at(40))
        pacing.failed(at: at(40), after: Self.second)
        #expect(pacing.due == at(41))
        pacing.wrote(at: at(41))
        #expect(!pacing.isWanting)
        // A refresh of what is not known to be true is put off, not dropped.
        pacing.failed(at: at(641), after: Self.second)
        #expect(!pacing.isWanting)
        #expect(pacing.due == at(642))
    }

    /// Whatever happens, two writes are never closer than the interval, and nothing that wants to be kept is forgotten.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `random histories keep the interval and forget nothing`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var pacing = Pacing()
        var now: UInt64 = 0
        var last: UInt64?
        for _ in 0..<500 {
            now += UInt64(random.below(2_000_000_000))
            if random.below(3) == 0 { pacing.changed(isComplete: random.below(4) == 0, isChanged: random.below(2) == 0) }
            let instant = Instant(nanoseconds: now)
            guard let due = pacing.due, due <= instant else { continue }
            if random.below(5) == 0 {
                pacing.failed(at: instant)
                #expect(pacing.due.map { $0 > instant } == true)
            } else {
                if let last { #expect(now - last >= pacing.settings.interval) }
                last = now
                pacing.wrote(at: instant)
                #expect(!pacing.isWanting)
            }
        }
        #expect(last != nil)
    }
}
