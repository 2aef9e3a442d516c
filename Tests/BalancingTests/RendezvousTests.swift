@testable import Balancing
import Base
import Testing

/// Who has which hash, and who moves when endpoints come and go.
@Suite struct RendezvousTests {
    private struct Ends: Candidates {
        var weights: [Int32]
        var unhealthy: Set<Int> = []
        var tried: Set<Int> = []
        var ready: Int?
        var count: Int { weights.count }
        var readyCount: Int { ready ?? count }
        var nearCount: Int { 0 }
        func isHealthy(_ i: Int) -> Bool { !unhealthy.contains(i) }
        func isExcluded(_ i: Int) -> Bool { tried.contains(i) }
        func load(_ i: Int) -> Int32 { 0 }
        func weight(_ i: Int) -> Int32 { weights[i] }
        var maximumWeight: Int32 { weights.max() ?? 1 }
        func latency(_ i: Int) -> UInt64 { 0 }
        func takesTurn(_ i: Int, _ cursor: UInt32) -> Bool { true }
    }

    private static let keys: [UInt64] = (0..<6).map { UInt64($0 + 1).spread }

    private func owners(_ ends: Ends, _ keys: [UInt64] = keys) -> [Int] {
        (0..<6000).map { Picker.rendezvous(ends, keys: keys.span, hash: UInt64($0).spread) }
    }

    @Test func `shares follow the weights`() {
        let owners = owners(Ends(weights: [1, 1, 1, 2, 1]))
        for (i, share) in [1, 1, 1, 2, 1].enumerated() {
            let count = owners.count { $0 == i }
            #expect(abs(count - 1000 * share) < 120, "\(i): \(count)")
        }
    }

    @Test func `nobody moves but to the one that comes, or from the one that goes`() {
        let before = owners(Ends(weights: [1, 1, 1, 1, 1]))
        let after = owners(Ends(weights: [1, 1, 1, 1, 1, 1]))
        for (old, new) in zip(before, after) where old != new { #expect(new == 5) }
        let without = owners(Ends(weights: [1, 1, 1, 1, 1], unhealthy: [2]))
        for (old, new) in zip(before, without) where old != new { #expect(old == 2) }
        #expect(without.allSatisfy { $0 != 2 })
    }

    @Test func `one that was tried comes last, one that terminates only when no other is left`() {
        let all = Ends(weights: [1, 1, 1], ready: 2)
        #expect(owners(all).allSatisfy { $0 < 2 })
        var tried = all
        tried.tried = [0]
        #expect(owners(tried).allSatisfy { $0 == 1 })
        var ill = all
        ill.unhealthy = [0, 1]
        #expect(owners(ill).allSatisfy { $0 == 2 })
        #expect(Picker.rendezvous(Ends(weights: []), keys: Span(), hash: 1) == -1)
    }
}
