import Balancing
import Base
@testable import Engine
import Graph
import Synchronization
import Testing

/// What a rule's cell says of its arms, under streams of events.
@Suite struct ArmCellTests {
    private final class Clock: Sendable { let now = Atomic<UInt64>(1_000_000_000) }

    /// What ought to be known of an arm.
    private struct Expected {
        var weight: Int
        var clusters: [String]
        var presence = ArmPresence()
    }

    private static let clusters = ["a", "b", "c", "d"]

    @Test(arguments: 1...20)
    func `under any stream of events it holds the weights, and what each arm's endpoints make of it`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let clock = Clock()
        let registry = CellRegistry(clock: { clock.now.load(ordering: .relaxed) })
        let entries = try Self.clusters.map { try #require(registry.cluster(Cluster(id: $0), initial: [])).0 }
        var ready: Set<String> = []
        var expected: [String: Expected] = [:]
        var (active, order) = ("", [String]())
        var kept: SplitEntry?

        func isReady(_ arm: Expected) -> Bool { arm.clusters.contains { ready.contains($0) } }
        func observe(_ now: UInt64) {
            for name in expected.keys {
                guard let arm = expected[name] else { continue }
                _ = expected[name]?.presence.observe(isReady: isReady(arm), at: now)
            }
        }

        for _ in 0..<400 {
            clock.now.add(UInt64(random.below(15_000)) * 1_000_000, ordering: .relaxed)
            let now = clock.now.load(ordering: .relaxed)
            switch random.below(4) {
            case 0:
                // A rule of other arms, some of which are those that were.
                let names = ["x", "y", "z"].filter { _ in random.below(3) > 0 }
                guard names.count > 1 else { continue }
                let arms = names.map { name in
                    let targets = Self.clusters.filter { _ in random.below(3) == 0 }
                    return Arm(
                        name: name, weight: Int(random.below(100)),
                        backends: targets.map { Backend(target: .cluster($0), weight: Int(random.below(2))) })
                }
                let next = random.below(3) == 0 ? names[0] : active
                let before = expected
                expected = [:]
                for arm in arms {
                    let linked = LinkedArm(arm)
                    var one = before[arm.name] ?? Expected(weight: 0, clusters: linked.clusters)
                    if one.clusters != linked.clusters || (arm.name == next && next != active) { one.presence.pardon() }
                    (one.weight, one.clusters) = (arm.weight, linked.clusters)
                    expected[arm.name] = one
                }
                (active, order) = (next, names)
                observe(now)
                kept = registry.split(rule: "r", arms: arms.map { LinkedArm($0) }, active: next)
            case 1:
                guard !order.isEmpty else { continue }
                let weights = order.map { _ in Int(random.below(1000)) }
                for (name, weight) in zip(order, weights) { expected[name]?.weight = weight }
                #expect(!registry.update(.weights(rule: "r", weights)).isUnknown)
            default:
                let cluster = Self.clusters[Int(random.below(4))]
                let condition = [Endpoint.Condition.ready, .draining][Int(random.below(2))]
                let endpoints = (0..<random.below(3)).map {
                    Endpoint(address: "10.0.0.\($0 + 1)", port: 80, condition: condition)
                }
                if condition == .ready, !endpoints.isEmpty { ready.insert(cluster) } else { ready.remove(cluster) }
                observe(now)
                registry.update(.endpoints(cluster, endpoints))
            }
            guard let kept else { continue }
            let bits = registry.view.splits[kept.index].state.load(ordering: .acquiring)
            let state = unsafe try #require(UnsafePointer<SplitState>(bitPattern: bits))
            #expect(unsafe state.pointee.count == order.count)
            for (i, name) in order.enumerated() {
                let share = unsafe state.shares[i]
                let one = try #require(expected[name])
                #expect(share.key == ArmChoice.key(name.utf8))
                #expect(share.weight == UInt32(one.weight))
                #expect(share.returnsAt == one.presence.returnsAt, "\(name) of \(order), \(ready)")
            }
        }
        #expect(entries.count == 4)
    }
}
