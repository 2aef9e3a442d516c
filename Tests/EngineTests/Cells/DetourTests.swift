import Base
@testable import Engine
import Graph
import Synchronization
import Testing

/// Where requests for a cluster go: shares, headers, switches, and what becomes of them when endpoints come and go.
@Suite struct DetourTests {
    private final class Clock: Sendable {
        let now = Atomic<UInt64>(0)
    }
    private let clock: Clock
    private let registry: CellRegistry

    init() {
        let clock = Clock()
        self.clock = clock
        registry = CellRegistry(clock: { clock.now.load(ordering: .relaxed) })
    }

    private static let second: UInt64 = 1_000_000_000

    private final class Plans {
        var last: Plan?
    }
    private let plans = Plans()

    /// Links a graph of clusters, each with one endpoint unless it is named in `empty`.
    @discardableResult
    private func link(_ detours: [ClusterID: Detour], _ ids: [ClusterID] = ["web", "a", "b"], empty: Set<ClusterID> = []) -> Plan
    {
        let clusters = ids.sorted().map { Cluster(id: $0, detour: detours[$0]) }
        let endpoints = ids.enumerated().map { i, id in
            (id, empty.contains(id) ? [] : [Endpoint(address: "10.0.0.\(i + 1)", port: 80)])
        }
        let graph = RoutingGraph(clusters: clusters, endpoints: Dictionary(uniqueKeysWithValues: endpoints))
        let plan = Plan.link(graph, previous: plans.last, registry: registry)
        plans.last = plan
        return plan
    }

    private func index(_ id: ClusterID) throws -> Int32 {
        try #require(plans.last.flatMap { ClusterIndex($0.clusters)[id] }).index
    }

    private func name(_ index: Int32) throws -> ClusterID {
        try #require(plans.last?.clusters.first { $0.index == index }).id
    }

    /// Where a request for `web` goes.
    private func reached(_ fields: (String, String)..., ticket: UInt64 = 0, now: UInt64 = 0, from: ClusterID = "web") throws
        -> ClusterID
    {
        clock.now.store(now, ordering: .relaxed)
        var request = TestRequest()
        request.fields = fields
        let index = try index(from)
        return try name(request.withHead { registry.view.reached(from: index, $0, ticket: ticket, now: now).cluster })
    }

    // MARK: Counting

    @Test func `requests are counted by where they go, if somebody wants that, and what has no name is not`() throws {
        let count = Detour.Count(rule: "Service/shop/web", own: "web")
        let plan = link(["web": Detour(canaries: [.init("a", share: 5000, arm: "next"), .init("b", share: 1000)], count: count)])
        let (web, a, b) = (try index("web"), try index("a"), try index("b"))
        var random = SeededRandom(seed: 1)
        var series: [Int32: Set<Int32>] = [:]
        TestRequest().withHead { head in
            for _ in 0..<1000 {
                let reached = registry.view.reached(from: web, head, ticket: random.next(), now: 0)
                series[reached.cluster, default: []].insert(reached.series)
            }
        }
        let names = plan.seriesNames
        let own = try #require(names.firstIndex { $0.rule == count.rule && $0.arm == "web" && $0.isOfDetour })
        let next = try #require(names.firstIndex { $0.rule == count.rule && $0.arm == "next" && $0.isOfDetour })
        #expect(series == [web: [Int32(own)], a: [Int32(next)], b: [-1]])
        // Another share counts where it did.
        link(["web": Detour(canaries: [.init("a", share: 10_000, arm: "next")], count: count)])
        #expect(
            TestRequest().withHead { registry.view.reached(from: web, $0, ticket: 7, now: 0).series } == Int32(next))
    }

    // MARK: Shares

    @Test(arguments: [[0, 0], [1000, 0], [1, 9999], [1250, 3325], [5000, 5000], [10_000, 0], [3333, 3333]])
    func `a hundred thousand draws come to the shares, within three deviations`(shares: [Int]) throws {
        link(["web": Detour(canaries: [.init("a", share: shares[0]), .init("b", share: shares[1])])])
        let draws = 100_000
        var random = SeededRandom(seed: UInt64(shares[0] * 10_001 + shares[1]))
        var counts: [Int32: Int] = [:]
        let web = try index("web")
        TestRequest().withHead { head in
            for _ in 0..<draws {
                counts[registry.view.reached(from: web, head, ticket: random.next(), now: 0).cluster, default: 0] += 1
            }
        }
        for (id, share) in zip(["a", "b", "web"], shares + [10_000 - shares[0] - shares[1]]) {
            let p = Double(share) / 10_000
            let deviation = (Double(draws) * p * (1 - p)).squareRoot()
            let count = Double(counts[try index(id)] ?? 0)
            #expect(abs(count - Double(draws) * p) <= 3 * deviation, "\(id) got \(count) of \(draws) by \(p)")
        }
        let counted = registry.detourCounts.reduce(0) { $0 + $1.requests }
        #expect(counted == UInt64(draws - (counts[web] ?? 0)))
    }

    @Test func `the same ticket chooses the same, whatever worker asks, and independently of an arm that it chose before`() throws
    {
        link(["web": Detour(canaries: [.init("a", share: 5000)])])
        var random = SeededRandom(seed: 7)
        var ofArm = [0, 0]
        for _ in 0..<4000 {
            let ticket = random.next()
            let first = try reached(ticket: ticket)
            #expect(try reached(ticket: ticket) == first)
            // What a split of two equal arms does with a ticket: its upper half decides.
            if ticket >> 63 == 0 { ofArm[first == "a" ? 0 : 1] += 1 }
        }
        let sum = Double(ofArm[0] + ofArm[1])
        #expect(abs(Double(ofArm[0]) - sum / 2) < 3 * (sum / 4).squareRoot(), "within one arm the share is the same")
    }

    @Test func `shares beyond the whole take nothing from whom they do not belong to`() throws {
        link(["web": Detour(canaries: [.init("a", share: 9000), .init("b", share: 9000)])])
        var random = SeededRandom(seed: 3)
        var seen: Set<ClusterID> = []
        for _ in 0..<500 { seen.insert(try reached(ticket: random.next())) }
        #expect(seen == ["a", "b"])
    }

    // MARK: Headers

    @Test func `a header is looked at whole: its name in any case, its value as it is, any of several fields`() throws {
        let header = Detour.Header(name: "x-canary", value: "always", veto: "never")
        link(["web": Detour(canaries: [.init("a", share: 0, header: header)])])
        #expect(try reached() == "web")
        #expect(try reached(("X-Canary", "always")) == "a")
        #expect(try reached(("x-canary", "Always")) == "web")
        #expect(try reached(("x-canary", "alway")) == "web")
        #expect(try reached(("x-canarys", "always")) == "web")
        #expect(try reached(("x-canary", "no"), ("x-canary", "always")) == "a")
        link(["web": Detour(canaries: [.init("a", share: 10_000, header: header)])])
        #expect(try reached() == "a")
        #expect(try reached(("x-canary", "never")) == "web")
        #expect(try reached(("x-canary", "nevermore")) == "a")
    }

    @Test func `who asks for one canary gets that one, and the veto of one is no veto of another`() throws {
        link([
            "web": Detour(canaries: [
                .init("a", share: 10_000, header: .init(name: "x-a", value: "always", veto: "never")),
                .init("b", share: 0, header: .init(name: "x-b", value: "1")),
            ])
        ])
        #expect(try reached(("x-b", "1")) == "b")
        #expect(try reached(("x-b", "1"), ("x-a", "never")) == "b")
        #expect(try reached(("x-b", "1"), ("x-a", "always")) == "a")
        #expect(try reached(("x-b", "never")) == "a")
    }

    // MARK: Endpoints

    @Test func `a canary whose endpoints went waits half a minute without a gap, and one that never had any does not`() throws {
        let plan = link(
            ["web": Detour(canaries: [.init("a", share: 10_000, header: .init(name: "x", value: "1"))])], empty: ["a"])
        let here = [Endpoint(address: "10.0.0.9", port: 80)]
        #expect(try reached(now: 1) == "web")
        #expect(try reached(("x", "1"), now: 1) == "web")
        registry.update(.endpoints("a", here))
        #expect(try reached(now: Self.second) == "a")
        registry.update(.endpoints("a", []))
        #expect(try reached(("x", "1"), now: 10 * Self.second) == "web")
        registry.update(.endpoints("a", here))
        #expect(try reached(now: 39 * Self.second) == "web")
        #expect(try reached(("x", "1"), now: 39 * Self.second) == "a", "who asks for it has it at once")
        // A gap that no request saw.
        registry.update(.endpoints("a", []))
        registry.update(.endpoints("a", here))
        #expect(try reached(now: 68 * Self.second) == "web")
        #expect(try reached(now: 69 * Self.second) == "a")
        withExtendedLifetime(plan) {}
    }

    @Test func `a canary that cannot take its share leaves it to the primary, and no other canary gets more`() throws {
        let canaries: [Detour.Canary] = [.init("a", share: 4000), .init("b", share: 4000)]
        link(["web": Detour(canaries: canaries)])
        var random = SeededRandom(seed: 5)
        let tickets = (0..<2000).map { _ in random.next() }
        let before = try tickets.map { try reached(ticket: $0) }
        registry.update(.endpoints("a", []))
        let after = try tickets.map { try reached(ticket: $0) }
        #expect(zip(before, after).allSatisfy { $1 == ($0 == "a" ? "web" : $0) })
    }

    @Test func `a share that grows takes nobody away from whom it does not grow against`() throws {
        func chosen(_ a: Int, _ b: Int) throws -> [ClusterID] {
            link(["web": Detour(canaries: [.init("a", share: a), .init("b", share: b)])])
            var random = SeededRandom(seed: 6)
            return try (0..<2000).map { _ in try reached(ticket: random.next()) }
        }
        let (before, after) = (try chosen(1000, 2000), try chosen(3000, 2000))
        #expect(zip(before, after).allSatisfy { $0 != "a" || $1 == "a" }, "whose share grew loses nobody")
        #expect(zip(before, after).allSatisfy { $0 != "b" || $1 != "web" }, "the primary's shrank and wins nobody")
    }

    // MARK: Switches

    @Test func `a switch waits for a ready endpoint and says so, and goes back when the last one goes`() throws {
        let waiting = [WaitingSwitch(cluster: "web", target: "a")]
        #expect(link(["web": Detour(switchover: .init("a"))], empty: ["a"]).report.waiting == waiting)
        #expect(try reached() == "web")
        let here = [Endpoint(address: "10.0.0.9", port: 80)]
        #expect(registry.update(.endpoints("a", here)).waiting == [])
        #expect(try reached() == "a")
        #expect(registry.update(.endpoints("a", [])).waiting == waiting)
        #expect(try reached() == "web")
        #expect(link(["web": Detour(switchover: .init("a"))], empty: ["a"]).report.waiting == [], "that was told")
        #expect(registry.update(.endpoints("b", [])).waiting == [], "that is none of its business")
        #expect(registry.update(.endpoints("web", [])).waiting == [], "nobody is ready on either side")
        #expect(try reached() == "a")
        #expect(link(["web": Detour(switchover: .init("a", isForced: true))], empty: ["a"]).report.waiting == [])
        #expect(try reached() == "a")
        #expect(link(["web": Detour(switchover: .init("a"))], empty: ["a"]).report.waiting == waiting)
    }

    @Test func `while a switch is in force canaries rest, and while it waits they do not`() throws {
        let canary = Detour.Canary("b", share: 10_000, header: .init(name: "x", value: "1"))
        link(["web": Detour(canaries: [canary], switchover: .init("a"))])
        #expect(try reached(("x", "1")) == "a")
        registry.update(.endpoints("a", []))
        #expect(try reached(("x", "1")) == "b")
        #expect(try reached() == "b")
    }

    // MARK: Plans and memory

    @Test func `a detour changes without a rule being linked, and counts go on`() throws {
        link(["web": Detour(canaries: [.init("a", share: 10_000)])])
        #expect(try reached() == "a")
        link(["web": Detour(canaries: [.init("a", share: 0)])])
        #expect(try reached() == "web")
        link(["web": Detour(canaries: [.init("a", share: 10_000)], switchover: .init("b"))])
        #expect(try reached() == "b")
        #expect(
            registry.detourCounts == [
                .init(cluster: "web", target: "a", requests: 1), .init(cluster: "web", target: "b", requests: 1),
            ])
        link([:])
        #expect(try reached() == "web")
        #expect(!registry.view.hasDetour(try index("web")))
    }

    @Test func `a detour to what the graph does not hold is left out and told`() throws {
        let plan = link([
            "web": Detour(canaries: [.init("gone", share: 5000), .init("a", share: 5000)], switchover: .init("lost"))
        ])
        #expect(plan.report.problems.map(\.rule) == ["web", "web"])
        var random = SeededRandom(seed: 1)
        for _ in 0..<100 { #expect(try ["web", "a"].contains(reached(ticket: random.next()))) }
    }

    @Test func `a thousand changes leave nothing behind`() throws {
        for i in 0..<1000 {
            link(["web": Detour(canaries: [.init("a", share: i)], switchover: i % 3 == 0 ? .init("b") : nil)])
            _ = try reached(ticket: UInt64(i))
        }
        #expect(registry.census.retired <= 3)
        plans.last = nil
        registry.collect()
        #expect(registry.census == CellRegistry.Census())
        #expect(registry.detourCounts == [])
    }

    @Test func `workers choose while switches come and go, and never anything that no state said`() async throws {
        link(["web": Detour(switchover: .init("a"))])
        let (web, a, b) = (try index("web"), try index("a"), try index("b"))
        let registry = registry
        await withTaskGroup(of: Int.self) { group in
            for seed in 0..<2 as Range<UInt64> {
                group.addTask {
                    guard let reader = registry.epochs.attach() else { return 1 }
                    var random = SeededRandom(seed: seed)
                    var wrong = 0
                    TestRequest().withHead { head in
                        for turn in 0..<30_000 {
                            reader.enter()
                            let found = registry.view.reached(from: web, head, ticket: random.next(), now: 0).cluster
                            if found != a && found != b { wrong += 1 }
                            if turn % 64 == 0 { reader.idle() }
                        }
                    }
                    reader.idle()
                    return wrong
                }
            }
            group.addTask {
                for i in 0..<3000 {
                    let places = ["a": a, "b": b]
                    let detour = i % 2 == 0 ? Detour(switchover: .init("b")) : Detour(canaries: [.init("a", share: 10_000)])
                    _ = registry.replaceDetours(["web": PlacedDetour(detour: detour, places: places)])
                }
                return 0
            }
            for await wrong in group { #expect(wrong == 0) }
        }
        registry.collect()
        #expect(registry.census.retired == 0)
    }
}
