import Balancing
import Testing

@Suite struct PanicTests {
    @Test func `fewer than the share is panic, and as many as the share is none`() {
        func isPanic(_ healthy: Int, of count: Int, _ share: Int) -> Bool {
            var panic = Panic()
            return panic.reckon(healthy: healthy, of: count, share: share, at: 0)
        }
        #expect(isPanic(1, of: 4, 5000) && !isPanic(2, of: 4, 5000))
        #expect(isPanic(0, of: 1, 1) && !isPanic(0, of: 0, 10_000))
    }

    @Test func `it is known for a sixteenth of a second`() {
        var panic = Panic()
        let now: UInt64 = 100_000_000_000
        #expect(panic.known(at: now) == nil)
        _ = panic.reckon(healthy: 0, of: 2, share: 5000, at: now)
        #expect(panic.known(at: now + 62_000_000) == true)
        #expect(panic.known(at: now + 63_000_000) == nil)
    }
}
