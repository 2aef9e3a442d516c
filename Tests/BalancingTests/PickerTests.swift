import Balancing
import Base
import Testing

/// A cluster as the properties need it.
struct Pool: Candidates {
    var weights: [Int32]
    var readyCount: Int
    var nearCount = 0
    var unhealthy: Set<Int> = []
    var excluded: Set<Int> = []
    var loads: [Int32]
    var latencies: [UInt64] = []

    init(_ weights: [Int32], ready: Int? = nil) {
        self.weights = weights
        readyCount = ready ?? weights.count
        loads = .init(repeating: 0, count: weights.count)
    }

    var count: Int { weights.count }
    var maximumWeight: Int32 { weights.max() ?? 1 }
    func isHealthy(_ i: Int) -> Bool { !unhealthy.contains(i) }
    func isExcluded(_ i: Int) -> Bool { excluded.contains(i) }
    func load(_ i: Int) -> Int32 { loads[i] }
    func weight(_ i: Int) -> Int32 { weights[i] }
    func latency(_ i: Int) -> UInt64 { latencies.indices.contains(i) ? latencies[i] : 0 }
    func takesTurn(_ i: Int, _ cursor: UInt32) -> Bool { true }
}

enum Kind: CaseIterable { case leastRequest, random, roundRobin, peakEWMA, maglev }

struct Pickers {
    var random: SeededRandom
    var cursor: UInt32 = 0

    mutating func pick(_ kind: Kind, _ pool: Pool) -> Int {
        switch kind {
        case .leastRequest: return Picker.leastRequest(pool, &random)
        case .random: return Picker.random(pool, &random)
        case .peakEWMA: return Picker.peakEWMA(pool, &random)
        case .maglev:
            let ready = 0..<pool.readyCount
            let table = Maglev.table(ready.map { UInt64($0).spread }, weights: ready.map { Int(pool.weights[$0]) })
            return Picker.maglev(pool, table: table.span, hash: UInt32(truncatingIfNeeded: random.next()))
        case .roundRobin:
            cursor &+= 1
            let turns = Turns.smooth(pool.weights[..<pool.readyCount].map(Int.init))
            return Picker.roundRobin(pool, turns: turns.span, cursor: cursor)
        }
    }
}

@Suite struct PickerTests {
    @Test(arguments: Kind.allCases)
    func `no endpoints, no pick`(kind: Kind) {
        var pickers = Pickers(random: SeededRandom(seed: 1))
        let picked = pickers.pick(kind, Pool([]))
        #expect(picked == -1)
    }

    @Test(arguments: Kind.allCases, [UInt64(1), 2, 3, 4])
    func `under any stream of events the best tier is chosen and excluded endpoints are avoided`(kind: Kind, seed: UInt64) {
        var events = SeededRandom(seed: seed)
        var pickers = Pickers(random: SeededRandom(seed: seed &+ 100))
        var pool = Pool([1, 1, 1])
        for _ in 0..<20_000 {
            mutate(&pool, &events)
            let i = pickers.pick(kind, pool)
            guard pool.count > 0 else {
                #expect(i == -1)
                continue
            }
            #expect(pool.weights.indices.contains(i))
            #expect(tier(i, pool) == pool.weights.indices.map { tier($0, pool) }.min())
            pool.loads[i] += 1
        }
    }

    private func mutate(_ pool: inout Pool, _ events: inout SeededRandom) {
        switch events.below(6) {
        case 0:
            let count = Int(events.below(8))
            pool = Pool(
                (0..<count).map { _ in Int32(events.below(4)) + 1 }, ready: count == 0 ? 0 : Int(events.below(UInt32(count) + 1)))
        case 1: pool.unhealthy = Set(pool.weights.indices.filter { _ in events.below(3) == 0 })
        case 2: pool.excluded = Set(pool.weights.indices.filter { _ in events.below(3) == 0 })
        case 3: if let i = pool.loads.indices.randomElement(using: &events) { pool.loads[i] = 0 }
        default: break
        }
    }

    /// The promise, said once more and differently: lower is better.
    private func tier(_ i: Int, _ pool: Pool) -> Int {
        let ready = i < pool.readyCount
        switch (ready, pool.isHealthy(i), pool.isExcluded(i)) {
        case (true, true, false): return 0
        case (true, true, true): return 1
        case (false, true, false): return 2
        case (true, false, false): return 3
        case (false, _, _): return 4
        case (true, false, true): return 5
        }
    }

    @Test(arguments: Kind.allCases)
    func `idle endpoints share by weight within two percent`(kind: Kind) {
        let pool = Pool([5, 1, 3, 1])
        var pickers = Pickers(random: SeededRandom(seed: 7))
        var counts = [0, 0, 0, 0]
        for _ in 0..<100_000 { counts[pickers.pick(kind, pool)] += 1 }
        // Two weighted draws of different endpoints, both idle: the first wins, so the shares are the weights'.
        for (count, weight) in zip(counts, pool.weights) {
            #expect(abs(Double(count) / 100_000 - Double(weight) / 10) < 0.02, "\(kind) \(counts)")
        }
    }

    @Test func `least request keeps loads level where random does not`() {
        var pickers = Pickers(random: SeededRandom(seed: 11))
        var spread: [Kind: Int32] = [:]
        for kind in [Kind.leastRequest, .random] {
            var pool = Pool(.init(repeating: 1, count: 10))
            for _ in 0..<10_000 { pool.loads[pickers.pick(kind, pool)] += 1 }
            spread[kind] = (pool.loads.max() ?? 0) - (pool.loads.min() ?? 0)
        }
        #expect(spread[.leastRequest, default: 99] <= 12)
        #expect(spread[.random, default: 0] > 20)
    }

    @Test func `round robin takes exact turns`() {
        let pool = Pool([1, 1, 1])
        let turns = Turns.smooth([1, 1, 1])
        #expect(turns.isEmpty)
        let picks = (0..<6).map { Picker.roundRobin(pool, turns: turns.span, cursor: $0) }
        #expect(picks == [0, 1, 2, 0, 1, 2])
    }
}

@Suite struct TurnsTests {
    @Test func `turns are spread as evenly as the weights allow`() {
        #expect(Turns.smooth([5, 1, 1]) == [0, 0, 1, 0, 2, 0, 0])
        #expect(Turns.smooth([2, 4]) == [1, 0, 1])
    }

    @Test(arguments: [[1_000_000, 1, 1], [999_983, 7, 13, 1], [Int](1...500), [0, 3]])
    func `huge weights are scaled and nobody starves`(weights: [Int]) {
        let turns = Turns.smooth(weights)
        #expect(turns.count <= Turns.maximumCount + weights.count)
        #expect(Set(turns).count == weights.count)
    }
}

@Suite struct TierTests {
    @Test func `every tier has its turn, and once`() {
        var tiers: [Tier] = []
        var following: Tier? = .near
        while let tier = following {
            tiers.append(tier)
            following = tier.next
        }
        #expect(tiers == Tier.allCases)
    }

    @Test(arguments: Kind.allCases)
    func `near ones come first, and others when none of them is healthy or untried`(kind: Kind) {
        var pickers = Pickers(random: SeededRandom(seed: 1))
        var pool = Pool([1, 1, 1, 1])
        pool.nearCount = 2
        let near = Set((0..<100).map { _ in pickers.pick(kind, pool) })
        #expect(near.isSubset(of: [0, 1]))
        pool.unhealthy = [0]
        #expect(Set((0..<100).map { _ in pickers.pick(kind, pool) }) == [1])
        pool.excluded = [1]
        #expect(Set((0..<100).map { _ in pickers.pick(kind, pool) }).isSubset(of: [2, 3]))
    }
}
