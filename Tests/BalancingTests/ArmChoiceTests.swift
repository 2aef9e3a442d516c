@testable import Balancing
import Base
import Testing

@Suite struct ArmChoiceTests {
    private static let names = ["stable", "canary", "blue", "green", "a", "b", "c", "arm-7"]

    private func arms(_ weights: [UInt32], out: Set<Int> = [], returning: [Int: UInt64] = [:]) -> [ArmShare] {
        weights.enumerated().map { i, weight in
            ArmShare(
                key: ArmChoice.key(Self.names[i].utf8), weight: weight,
                returnsAt: out.contains(i) ? ArmPresence.never : returning[i] ?? 0)
        }
    }

    private func index(_ arms: [ArmShare], active: Int = -1, _ ticket: UInt64, now: UInt64 = 1) -> Int {
        ArmChoice.index(arms.span, active: active, ticket: ticket, now: now)
    }

    private func tickets(_ count: Int, seed: UInt64) -> [UInt64] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in random.next() }
    }

    /// The number of tickets of each arm.
    private func shares(_ arms: [ArmShare], _ tickets: [UInt64]) -> [Int] {
        var counts = [Int](repeating: 0, count: arms.count)
        for ticket in tickets { counts[index(arms, ticket)] += 1 }
        return counts
    }

    @Test(
        arguments: [[90, 10], [1, 99], [50, 30, 20], [1, 1_000_000], [333_333, 1, 333_333], [7, 0, 3, 5, 11, 2, 1, 9]]
            as [[UInt32]])
    func `shares are in the proportion of the weights within three standard deviations`(weights: [UInt32]) {
        let count = 100_000
        let total = Double(weights.reduce(0, +))
        // Also tickets that are near each other, as hashes of few bits and counters are.
        for tickets in [tickets(count, seed: 7), (0..<UInt64(count)).map { $0.spread }, (0..<UInt64(count)).map { $0 << 40 }] {
            for (share, weight) in zip(shares(arms(weights), tickets), weights) {
                let p = Double(weight) / total
                let deviation = (Double(count) * p * (1 - p)).squareRoot()
                #expect(abs(Double(share) - Double(count) * p) <= 3 * deviation + 1, "\(weights): \(share) of \(weight)")
            }
        }
    }

    @Test func `the choice is the same in every process and on every processor`() {
        let split = arms([50, 30, 20])
        let chosen = tickets(24, seed: 1).map { index(split, $0) }
        // As another program worked them out, with its library's logarithm.
        #expect(chosen == [0, 2, 1, 2, 2, 1, 2, 1, 1, 0, 1, 0, 2, 2, 2, 0, 1, 0, 1, 0, 2, 1, 1, 0])
    }

    /// What moved, and what had to: half the sum of the differences of the shares.
    private func moved(_ before: [UInt32], _ after: [UInt32], seed: UInt64 = 3) -> (moved: Double, least: Double) {
        let tickets = tickets(100_000, seed: seed)
        let (old, new) = (arms(before), arms(after))
        let count = tickets.filter { index(old, $0) != index(new, $0) }.count
        let (a, b) = (Double(before.reduce(0, +)), Double(after.reduce(0, +)))
        let least = zip(before, after).reduce(0) { $0 + abs(Double($1.0) / a - Double($1.1) / b) } / 2
        return (Double(count) / Double(tickets.count), least)
    }

    @Test(
        arguments: [
            ([90, 10], [80, 20]), ([95, 5], [50, 50]), ([1, 1], [0, 1]), ([40, 30, 20, 10], [40, 30, 20, 30]),
            ([25, 25, 25, 25], [25, 0, 25, 25]),
        ] as [([UInt32], [UInt32])])
    func `when one arm's weight changes against the others', only its share moves`(before: [UInt32], after: [UInt32]) {
        let (moved, least) = moved(before, after)
        #expect(abs(moved - least) < 0.005, "\(before) to \(after): \(moved), least \(least)")
    }

    @Test func `when all weights change, little more than must moves`() {
        let (moved, least) = moved([40, 30, 20, 10], [10, 20, 30, 40])
        #expect(moved < least * 1.25, "\(moved), least \(least)")
    }

    @Test(arguments: 1...20)
    func `a ticket only moves to an arm whose weight grew against that of the one it leaves`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = 2 + Int(random.below(7))
        let before = (0..<count).map { _ in 1 + random.below(100) }
        let after = (0..<count).map { _ in random.below(100) }
        guard after.contains(where: { $0 > 0 }) else { return }
        let (old, new) = (arms(before), arms(after))
        for ticket in tickets(2000, seed: seed) {
            let (from, to) = (index(old, ticket), index(new, ticket))
            if from == to { continue }
            #expect(UInt64(after[to]) * UInt64(before[from]) > UInt64(after[from]) * UInt64(before[to]))
        }
    }

    @Test(arguments: 1...20)
    func `an arm that leaves moves no ticket of the others, and gets its own back`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = 2 + Int(random.below(7))
        let weights = (0..<count).map { _ in 1 + random.below(1000) }
        let gone = Int(random.below(UInt32(count)))
        for ticket in tickets(2000, seed: seed) {
            let before = index(arms(weights), ticket)
            let meanwhile = index(arms(weights, out: [gone]), ticket)
            #expect(before == gone ? meanwhile != gone : meanwhile == before)
            #expect(index(arms(weights, returning: [gone: 5]), ticket, now: 5) == before)
        }
    }

    @Test func `an arm without weight gets nothing`() {
        for ticket in tickets(1000, seed: 2) { #expect(index(arms([0, 1, 0]), ticket) == 1) }
        #expect(index(arms([0, 0]), 7) == -1)
        #expect(index([], 7) == -1)
        // It also gets nothing when all others are empty: nobody sends requests to a dark arm by an outage.
        #expect(index(arms([1, 0], out: [0]), 7) == 0)
    }

    @Test func `an arm that is back but waits serves only when no other does`() {
        let waiting = arms([1, 1], returning: [0: 100])
        for ticket in tickets(100, seed: 4) {
            #expect(index(waiting, ticket, now: 99) == 1)
            #expect(index(arms([1, 1], out: [1], returning: [0: 100]), ticket, now: 99) == 0)
        }
        #expect(shares(waiting, tickets(100, seed: 4)) == [0, 100])
    }

    @Test func `when no arm has an endpoint, each keeps its share`() {
        let all = arms([3, 1])
        let none = arms([3, 1], out: [0, 1])
        for ticket in tickets(1000, seed: 5) { #expect(index(all, ticket) == index(none, ticket)) }
    }

    @Test func `the active arm has everything while it takes part, and the others by weight while it does not`() {
        let tickets = tickets(1000, seed: 6)
        for ticket in tickets {
            #expect(index(arms([1, 0, 1]), active: 1, ticket) == 1)
            let meanwhile = index(arms([3, 5, 1], out: [1]), active: 1, ticket)
            #expect(meanwhile == index(arms([3, 0, 1]), ticket))
            // Without weights the first that is ready.
            #expect(index(arms([0, 0, 0], out: [0, 1]), active: 1, ticket) == 2)
            #expect(index(arms([0, 9, 0], out: [1]), active: 1, ticket) == 0)
            #expect(index(arms([0, 9, 0], out: [1], returning: [0: 50]), active: 1, ticket) == 2)
            // Nobody is ready: as it was asked for.
            #expect(index(arms([5, 0, 5], out: [0, 1, 2]), active: 1, ticket) == 1)
        }
    }

    @Test func `logarithms are those of mathematics`() {
        #expect(ArmChoice.negatedLogarithm(.max) == 0)
        #expect(abs(ArmChoice.negatedLogarithm(0) - 36.736_800_569_677_1) < 1e-12)
        #expect(abs(ArmChoice.negatedLogarithm(1 << 63) - 0.693_147_180_559_945) < 1e-12)
        #expect(abs(ArmChoice.negatedLogarithm(0x1999_9999_9999_9999) - 2.302_585_092_994_05) < 1e-9)
    }
}
