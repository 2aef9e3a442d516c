import Balancing
import Base
import Testing

@Suite struct EjectionTests {
    private let second: UInt64 = 1_000_000_000

    private func failed(_ times: Int, _ ejection: inout Ejection, at now: UInt64) -> Bool {
        var isEnough = false
        for _ in 0..<times { isEnough = ejection.fail(limit: 5, at: now) }
        return isEnough
    }

    @Test func `five failures in a row are enough, and a success between them starts anew`() {
        var ejection = Ejection()
        #expect(!failed(4, &ejection, at: second))
        ejection.succeed(at: second)
        #expect(!failed(4, &ejection, at: second))
        #expect(failed(1, &ejection, at: second))
    }

    @Test func `it comes back by itself, and one failure more puts it out for longer`() {
        var ejection = Ejection()
        _ = failed(5, &ejection, at: 100 * second)
        ejection.eject(at: 100 * second)
        #expect(ejection.isOut(at: 109 * second) && !ejection.isOut(at: 111 * second))
        #expect(failed(1, &ejection, at: 111 * second))
        ejection.eject(at: 111 * second)
        #expect(ejection.isOut(at: 130 * second) && !ejection.isOut(at: 132 * second))
    }

    @Test func `while it is out, failures of requests that were under way do not put it out again`() {
        var ejection = Ejection()
        _ = failed(5, &ejection, at: 100 * second)
        ejection.eject(at: 100 * second)
        #expect(!failed(20, &ejection, at: 101 * second))
    }

    @Test func `it is out for five minutes at most, and forgets after as long a time`() {
        var ejection = Ejection()
        for _ in 0..<100 { ejection.eject(at: 100 * second) }
        #expect(ejection.isOut(at: 399 * second) && !ejection.isOut(at: 401 * second))
        ejection.succeed(at: 402 * second)
        #expect(ejection.ejections == 100)
        ejection.succeed(at: 701 * second)
        #expect(ejection == Ejection())
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `under any stream of events it is never out without as many failures since the last success`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ejection = Ejection()
        var (row, now) = (0, second)
        for _ in 0..<20_000 {
            now += UInt64(random.below(2_000_000_000))
            if random.below(3) == 0 {
                ejection.succeed(at: now)
                row = 0
                continue
            }
            row += 1
            let wasOut = ejection.isOut(at: now)
            let isEnough = ejection.fail(limit: 5, at: now)
            #expect(isEnough == (row >= 5 && !wasOut))
            if isEnough { ejection.eject(at: now) }
        }
    }

    @Test func `half may be out, the only one never`() {
        #expect([0, 1, 2, 3, 10].map(Ejection.most(of:)) == [0, 0, 1, 1, 5])
    }
}
