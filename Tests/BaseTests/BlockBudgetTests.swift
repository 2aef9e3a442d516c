import Base
import Testing

/// Pools that draw on one budget.
@Suite struct BlockBudgetTests {
    @Test func `what one pool has taken another cannot, and may when it was given back`() throws {
        let budget = BlockBudget(bytes: 8 << 20, pools: 2)
        let one = BlockPool(sharing: budget)
        let other = BlockPool(sharing: budget)
        var taken: [Block] = []
        while let block = one.take(BlockPool.largest) { taken.append(block) }
        #expect(one.bytesInUse == 8 << 20)
        #expect(other.bytesInUseByAll == 8 << 20)
        let refused = other.take(1)
        #expect(refused == nil)
        for block in taken { one.give(block) }
        // A portion is kept, so that a block that is taken and given again and again touches nothing shared.
        #expect(one.bytesInUseByAll == 0)
        // Two portions at most, each a thirty-second of half of it.
        let spare = 2 * (8 << 20) / 64
        #expect(other.bytesInUseByAll <= spare)
        var more = 0
        while other.take(1024) != nil { more += 1024 }
        #expect(more >= (8 << 20) - spare)
    }

    @Test func `to the last byte`() {
        let budget = BlockBudget(bytes: 3 * 1024)
        let one = BlockPool(sharing: budget)
        let other = BlockPool(sharing: budget)
        let blocks = [one.take(1024), other.take(1024), one.take(1024)]
        #expect(!blocks.contains(nil))
        let refused = [one.take(1), other.take(1)]
        #expect(refused == [nil, nil])
    }

    @Test func `a pool that goes gives back what it drew`() {
        let budget = BlockBudget(bytes: 1 << 20)
        do {
            let pool = BlockPool(sharing: budget)
            _ = pool.take(BlockPool.largest)
        }
        let pool = BlockPool(sharing: budget)
        var count = 0
        while pool.take(BlockPool.largest) != nil { count += 1 }
        #expect(count == 16)
    }

    /// Under random taking and giving no pool has more than there is, and at the end nearly all of it is there again.
    @Test(arguments: 0..<20)
    func `the sum is never more than the budget`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let budget = BlockBudget(bytes: 2 << 20, pools: 2)
        let one = BlockPool(sharing: budget)
        let other = BlockPool(sharing: budget)
        var live: [(isOne: Bool, block: Block)] = []
        for _ in 0..<3000 {
            if random.below(5) < 3 {
                let isOne = random.below(2) == 0
                let size = Int(random.below(65_537))
                if let block = isOne ? one.take(size) : other.take(size) { live.append((isOne, block)) }
            } else if !live.isEmpty {
                let (isOne, block) = live.remove(at: Int(random.below(UInt32(live.count))))
                if isOne { one.give(block) } else { other.give(block) }
            }
            let sum = live.reduce(0) { $0 + $1.block.size }
            #expect(sum <= 2 << 20)
            #expect(one.bytesInUseByAll >= sum && one.bytesInUseByAll <= 2 << 20)
        }
        for (isOne, block) in live { if isOne { one.give(block) } else { other.give(block) } }
        #expect(one.bytesInUseByAll <= 2 * (2 << 20) / 64)
    }
}
