import Balancing
import Base
import Testing

@Suite struct RetryBudgetTests {
    @Test func `a fifth of the requests may be retried, and no more`() {
        var budget = RetryBudget()
        var retries = 0
        // 10,000 requests within one second, each of which fails and asks for a retry.
        for _ in 0..<10_000 {
            budget.deposit(percent: 20, second: 5)
            if budget.withdraw(second: 5) { retries += 1 }
        }
        #expect((2000...2000 + 5 * Int(RetryBudget.trickle)).contains(retries))
    }

    @Test func `a quiet cluster can still retry`() {
        var budget = RetryBudget()
        budget.deposit(percent: 20, second: 1)
        var withdrew = budget.withdraw(second: 1)
        #expect(withdrew)
        for _ in 0..<10 { _ = budget.withdraw(second: 1) }
        withdrew = budget.withdraw(second: 1)
        #expect(!withdrew)
        withdrew = budget.withdraw(second: 2)
        #expect(withdrew)
    }

    @Test func `savings are bounded`() {
        var budget = RetryBudget()
        for second in 1..<UInt32(10_000) { budget.deposit(percent: 100, second: second) }
        #expect(budget.available == RetryBudget.ceiling)
    }

    /// Workers share a budget, and each reads its clock once for many requests: around a full second they disagree by one.
    @Test func `a worker whose clock is a second behind grants nothing extra`() {
        var budget = RetryBudget()
        var retries = 0
        for i in 0..<1000 {
            budget.deposit(percent: 0, second: 10 - UInt32(i % 2))
            if budget.withdraw(second: 10 - UInt32((i + 1) % 2)) { retries += 1 }
        }
        #expect(retries <= 10 * Int(RetryBudget.trickle))
    }

    @Test func `no share, no retries beyond the trickle`() {
        var budget = RetryBudget()
        var retries = 0
        for i in 0..<1000 {
            budget.deposit(percent: 0, second: 3 + UInt32(i / 100))
            if budget.withdraw(second: 3 + UInt32(i / 100)) { retries += 1 }
        }
        #expect(retries <= 13 * Int(RetryBudget.trickle))
    }
}

@Suite struct WeightedChoiceTests {
    @Test func `shares follow the weights`() {
        var random = SeededRandom(seed: 3)
        var counts = [0, 0, 0]
        let bounds: [UInt32] = [900, 900, 1000]
        for _ in 0..<100_000 {
            counts[WeightedChoice.index(bounds.span, ticket: UInt32(truncatingIfNeeded: random.next() >> 32))] += 1
        }
        #expect(counts[1] == 0)
        #expect(abs(counts[2] - 10_000) < 500)
    }

    @Test func `nothing but zeros chooses nothing, and the ends of the range choose the ends`() {
        #expect(choose([], 5) == -1)
        #expect(choose([0, 0], 5) == -1)
        #expect(choose([1, 2], 0) == 0)
        #expect(choose([1, 2, 2], .max) == 1)
    }
}

private func choose(_ bounds: [UInt32], _ ticket: UInt32) -> Int { WeightedChoice.index(bounds.span, ticket: ticket) }
