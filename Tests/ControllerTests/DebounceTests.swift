import Base
import Testing

@testable import Controller

@Suite struct DebounceTests {
    private func at(_ milliseconds: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: 1000 + milliseconds) }

    @Test func `the first change after quiet is acted on at once`() {
        var debounce = Debounce()
        #expect(debounce.due(at(0)) == at(0))
        debounce.finished(deliveries: 1, oldest: at(0), startedAt: at(0), at: at(1))
        #expect(debounce.due(at(50)) == at(50))
    }

    @Test func `what comes shortly after a round waits for the next, with the rest`() {
        var debounce = Debounce()
        debounce.finished(deliveries: 1, oldest: at(0), startedAt: at(0), at: at(1))
        #expect(debounce.due(at(2)) == at(6))
        #expect(debounce.due(at(5)) == at(6))
    }

    @Test func `in a storm the pause doubles up to its limit, and quiet ends it`() {
        var debounce = Debounce()
        var now = at(0)
        debounce.finished(deliveries: 1, oldest: now, startedAt: now, at: now)
        var pauses: [UInt64] = []
        for _ in 0..<7 {
            // A change that comes right after the round is what the next one begins with.
            let arrived = now
            let due = debounce.due(arrived)
            pauses.append(due.nanoseconds(since: now) / 1_000_000)
            now = due
            debounce.finished(deliveries: 3, oldest: arrived, startedAt: now, at: now)
        }
        #expect(pauses == [5, 10, 20, 40, 80, 100, 100])
        let quiet = now.advanced(byMilliseconds: 200)
        debounce.finished(deliveries: 1, oldest: quiet, startedAt: quiet, at: quiet)
        #expect(debounce.due(quiet).nanoseconds(since: quiet) == 5_000_000)
    }

    @Test func `changes that come one by one, each as soon as the last was obeyed, never wait for long`() {
        var debounce = Debounce()
        var now = at(0)
        for _ in 0..<100 {
            let due = debounce.due(now)
            #expect(due.nanoseconds(since: now) <= 5_000_000)
            let end = due.advanced(byMilliseconds: 3)
            debounce.finished(deliveries: 1, oldest: now, startedAt: due, at: end)
            now = end
        }
    }

    @Test func `rounds that cost much are followed by as long a pause, so that they take half of a processor at most`() {
        var debounce = Debounce()
        debounce.finished(deliveries: 1, oldest: at(0), startedAt: at(0), at: at(40))
        #expect(debounce.due(at(41)) == at(80))
    }
}
