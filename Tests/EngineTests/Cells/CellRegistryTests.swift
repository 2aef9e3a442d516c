import Base
@testable import Engine
import Graph
import Pipeline
import Secure
import Testing

private func endpoints(_ addresses: String...) -> [Endpoint] { addresses.map { Endpoint(address: $0, port: 80) } }

@Suite struct CellRegistryTests {
    private let registry = CellRegistry()
    private let cluster = Cluster(id: "shop/web:80", balancer: .roundRobin)

    private func address(_ handle: EndpointHandle) -> String { "\(registry.view.address(handle).address)" }

    @Test func `an update reaches the next pick`() throws {
        let (entry, _) = try #require(registry.cluster(cluster, initial: endpoints("10.0.0.1")))
        var random = SeededRandom(seed: 1)
        #expect(address(registry.view.pick(entry.index, &random)) == "10.0.0.1")
        let outcome = registry.update(.endpoints(cluster.id, endpoints("10.0.0.2")))
        #expect(outcome == CellRegistry.Outcome())
        #expect(address(registry.view.pick(entry.index, &random)) == "10.0.0.2")
        registry.update(.endpoints(cluster.id, []))
        #expect(registry.view.pick(entry.index, &random) == .none)
    }

    @Test func `refused endpoints are named and never picked`() throws {
        let (entry, refused) = try #require(registry.cluster(cluster, initial: endpoints("127.0.0.1", "10.0.0.1", "web.example")))
        #expect(refused.map(\.reason) == [.loopback, .notAnAddress])
        var random = SeededRandom(seed: 1)
        for _ in 0..<10 { #expect(address(registry.view.pick(entry.index, &random)) == "10.0.0.1") }
        let outcome = registry.update(.endpoints(cluster.id, endpoints("169.254.169.254")))
        #expect(outcome.refused.map(\.reason) == [.metadata])
        #expect(registry.view.pick(entry.index, &random) == .none)
    }

    @Test func `replicas that learn of endpoints in another order send a hash to the same one`() throws {
        let hashed = Cluster(id: "shop/web:80", balancer: .maglev)
        let other = CellRegistry()
        let (here, _) = try #require(registry.cluster(hashed, initial: endpoints("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")))
        let (there, _) = try #require(other.cluster(hashed, initial: endpoints("10.0.0.3", "10.0.0.4", "10.0.0.1", "10.0.0.2")))
        var random = SeededRandom(seed: 1)
        var picked: Set<String> = []
        for _ in 0..<200 {
            let hash = UInt32(truncatingIfNeeded: random.next())
            let first = address(registry.view.pick(here.index, hash: hash, &random))
            let second = other.view.address(other.view.pick(there.index, hash: hash, &random)).address
            #expect(first == "\(second)")
            picked.insert(first)
        }
        #expect(picked.count == 4)
    }

    @Test func `a rule that hashes gets the same endpoint as a cluster that does`() throws {
        let own = Cluster(id: "shop/web:80", balancer: .maglev)
        let (here, _) = try #require(registry.cluster(own, initial: endpoints("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")))
        let asked = Cluster(id: "shop/other:80", balancer: .roundRobin, ruleBalancers: [.maglev, .random])
        let (there, _) = try #require(registry.cluster(asked, initial: endpoints("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")))
        var random = SeededRandom(seed: 1)
        for _ in 0..<200 {
            let hash = UInt32(truncatingIfNeeded: random.next())
            let first = address(registry.view.pick(here.index, hash: hash, &random))
            #expect(address(registry.view.pick(there.index, by: .maglev, hash: hash, &random)) == first)
        }
        let turns = (0..<4).map { _ in address(registry.view.pick(there.index, &random)) }
        #expect(Set(turns).count == 4)
    }

    @Test func `a balancer for which nothing was made ready still finds an endpoint`() throws {
        let plain = Cluster(id: "shop/web:80")
        let (entry, _) = try #require(registry.cluster(plain, initial: endpoints("10.0.0.1", "10.0.0.2")))
        var random = SeededRandom(seed: 1)
        for balancer in Cluster.Balancer.allCases {
            #expect(registry.view.pick(entry.index, by: balancer, hash: 7, &random).isPresent)
        }
    }

    @Test func `a cluster that ties nobody any longer answers who still asks for a tie`() throws {
        let persistence = EndpointPersistence(kind: .header, name: "x-user")
        let tied = Cluster(
            id: "shop/web:80", sessions: ClusterSessions(salt: .init(of: "uid"), persistence: persistence))
        let (entry, _) = try #require(registry.cluster(tied, initial: endpoints("10.0.0.1", "10.0.0.2")))
        #expect(registry.view.tied(entry.index, by: 1, tried: Tried(), ignoresHealth: false, now: 0).isPresent)
        // Another thread publishes this between a request's first look at the cluster and its second.
        _ = registry.cluster(cluster, initial: endpoints("10.0.0.1", "10.0.0.2"))
        #expect(registry.view.tied(entry.index, by: 1, tried: Tried(), ignoresHealth: false, now: 0) == .none)
    }

    @Test func `an endpoint that comes gets a small share first, and its whole share after the window`() throws {
        let slow = Cluster(id: "shop/web:80", slowStart: .seconds(30))
        let (entry, _) = try #require(registry.cluster(slow, initial: endpoints("10.0.0.1")))
        var random = SeededRandom(seed: 1)
        let second: UInt64 = 1_000_000_000
        func share(of wanted: String, at now: UInt64) -> Double {
            let picks = (0..<4000).map { _ in address(registry.view.pick(entry.index, now: now * second, &random)) }
            return Double(picks.filter { $0 == wanted }.count) / 4000
        }
        #expect(share(of: "10.0.0.1", at: 100) == 1)
        registry.update(.endpoints(slow.id, endpoints("10.0.0.1", "10.0.0.2")))
        // Of two choices both are always drawn: the lighter is taken when it is drawn first, which its weight makes rare.
        #expect(share(of: "10.0.0.2", at: 200) < 0.2)
        #expect((0.45...0.55).contains(share(of: "10.0.0.2", at: 231)))
    }

    @Test func `an endpoint keeps its slot and counters while others come and go`() throws {
        let (entry, _) = try #require(registry.cluster(cluster, initial: endpoints("10.0.0.1")))
        var random = SeededRandom(seed: 1)
        let handle = registry.view.pick(entry.index, &random)
        registry.view.begin(handle)
        registry.update(.endpoints(cluster.id, endpoints("10.0.0.2", "10.0.0.1")))
        #expect(registry.endpoints(of: cluster.id).map(\.inFlight) == [0, 1])
        registry.view.end(handle)
        #expect(registry.endpoints(of: cluster.id).map(\.inFlight) == [0, 0])
    }

    @Test func `endpoints that are spoken to in another way are others, and no earlier connection is theirs`() throws {
        let authority = try TestAuthority()
        let pem = try authority.ca.identity.certificate.pem()
        func secured(_ name: String) -> Cluster {
            Cluster(id: cluster.id, upstream: .https, tls: EndpointTLS(serverName: name, authority: "shop/ca"))
        }
        let (entry, _) = try #require(registry.cluster(cluster, initial: endpoints("10.0.0.1")))
        var random = SeededRandom(seed: 1)
        var last = registry.view.pick(entry.index, &random)
        func isAnother() -> Bool {
            let before = last
            last = registry.view.pick(entry.index, &random)
            return last != before && address(last) == "10.0.0.1" && !registry.view.isListed(before)
        }
        func hasConnector() -> Bool { registry.view.settings(entry.index)?.connector.isPresent == true }
        _ = registry.cluster(secured("web.shop.svc"), initial: nil)
        #expect(isAnother())
        #expect(!hasConnector(), "there is nobody to trust")
        registry.update(.authority(secret: "shop/ca", pem))
        #expect(isAnother())
        #expect(hasConnector())
        #expect(registry.update(.authority(secret: "shop/ca", [1, 2, 3])).refusedCertificate != nil)
        #expect(!isAnother())
        #expect(hasConnector())
        registry.update(.authority(secret: "shop/other", pem))
        #expect(!isAnother(), "another Secret is no business of theirs")
        _ = registry.cluster(secured("other.shop.svc"), initial: nil)
        #expect(isAnother())
        registry.update(.authority(secret: "shop/ca", nil))
        #expect(isAnother())
        #expect(!hasConnector())
    }

    @Test func `a removed endpoint's slot waits for its last request and for every worker`() throws {
        let worker = try #require(registry.epochs.attach())
        let (entry, _) = try #require(registry.cluster(cluster, initial: endpoints("10.0.0.1")))
        var random = SeededRandom(seed: 1)
        worker.enter()
        let handle = registry.view.pick(entry.index, &random)
        registry.view.begin(handle)
        registry.update(.endpoints(cluster.id, endpoints("10.0.0.2")))
        #expect(!registry.view.isListed(handle))
        #expect(registry.census.endpoints == 2)
        registry.view.end(handle)
        registry.collect()
        #expect(registry.census.endpoints == 2, "the worker could still hold it")
        #expect(address(handle) == "10.0.0.1")
        worker.enter()
        registry.collect()
        #expect(registry.census.endpoints == 1)
        #expect(registry.census.retired == 0)
        worker.idle()
        registry.update(.endpoints(cluster.id, endpoints("10.0.0.3")))
        #expect(registry.census.retired == 0, "an idle worker holds nothing")
    }

    @Test func `a draining endpoint is used only when none is ready`() throws {
        let draining = Endpoint(address: "10.0.0.1", port: 80, condition: .draining)
        let (entry, _) = try #require(registry.cluster(cluster, initial: [draining] + endpoints("10.0.0.2")))
        var random = SeededRandom(seed: 1)
        for _ in 0..<10 { #expect(address(registry.view.pick(entry.index, &random)) == "10.0.0.2") }
        registry.update(.endpoints(cluster.id, [draining]))
        #expect(address(registry.view.pick(entry.index, &random)) == "10.0.0.1")
    }

    @Test func `unhealthy and tried endpoints are passed over`() throws {
        let (entry, _) = try #require(registry.cluster(cluster, initial: endpoints("10.0.0.1", "10.0.0.2", "10.0.0.3")))
        var random = SeededRandom(seed: 1)
        let first = registry.view.pick(entry.index, &random)
        registry.view.mark(first, .unhealthy, true)
        var tried = Tried()
        let second = registry.view.pick(entry.index, &random)
        tried.insert(second)
        #expect(second != first)
        for _ in 0..<10 {
            let third = registry.view.pick(entry.index, tried: tried, &random)
            #expect(third != first && third != second)
        }
        registry.view.mark(first, .unhealthy, false)
        #expect(registry.view.flags(first) == [])
    }

    @Test func `dropping the last entry frees the cluster, and an unknown cluster is said to be unknown`() throws {
        do {
            let (entry, _) = try #require(registry.cluster(cluster, initial: endpoints("10.0.0.1")))
            #expect(entry.index >= 0)
            #expect(registry.census.clusters == 1)
        }
        #expect(registry.census == CellRegistry.Census())
        #expect(registry.update(.endpoints(cluster.id, [])).isUnknown)
        #expect(registry.update(.weights(rule: "Route/a/b/c", [1])).isUnknown)
    }

    @Test func `weights for another number of arms are refused`() throws {
        let entry = try #require(
            registry.split(
                rule: "r",
                arms: [LinkedArm(Arm(name: "a", weight: 90, backends: [])), LinkedArm(Arm(name: "b", weight: 10, backends: []))]))
        #expect(entry.index >= 0)
        #expect(registry.update(.weights(rule: "r", [1, 2, 3])).isUnknown)
        #expect(!registry.update(.weights(rule: "r", [50, 50])).isUnknown)
        #expect(registry.weights["r"] == [50, 50])
    }

    @Test func `a thousand updates leave nothing behind`() throws {
        let (entry, _) = try #require(registry.cluster(cluster, initial: []))
        for i in 0..<1000 { registry.update(.endpoints(cluster.id, endpoints("10.0.\(i / 200).\(i % 200 + 1)"))) }
        #expect(entry.index >= 0)
        #expect(registry.census.endpoints <= 2)
        #expect(registry.census.retired <= 2)
    }

    @Test func `names to resolve are those of clusters found by DNS`() throws {
        let dns = Cluster(id: "x", discovery: .dns(name: "db.example", port: 5432))
        let entries = try #require(registry.cluster(dns, initial: nil))
        #expect(registry.namesToResolve() == [.init(cluster: "x", name: "db.example", port: 5432)])
        #expect(entries.0.id == "x")
    }

    @Test func `workers pick while the control thread updates`() async throws {
        let (entry, _) = try #require(registry.cluster(cluster, initial: endpoints("10.0.0.1", "10.0.0.2")))
        let registry = registry
        let id = cluster.id
        await withTaskGroup(of: Int.self) { group in
            for seed in 0..<2 {
                group.addTask {
                    guard let reader = registry.epochs.attach() else { return 1 }
                    var random = SeededRandom(seed: UInt64(seed))
                    var wrong = 0
                    for turn in 0..<30_000 {
                        reader.enter()
                        let handle = registry.view.pick(entry.index, &random)
                        registry.view.begin(handle)
                        // Every endpoint of this test lies in 10.0.0.0/24.
                        if registry.view.address(handle).address.v4Bits >> 8 != 0x0a0000 { wrong += 1 }
                        registry.view.end(handle)
                        if turn % 64 == 0 { reader.idle() }
                    }
                    reader.idle()
                    return wrong
                }
            }
            group.addTask {
                for i in 0..<3_000 {
                    registry.update(.endpoints(id, endpoints("10.0.0.\(i % 250 + 1)", "10.0.0.\((i + 7) % 250 + 1)")))
                }
                return 0
            }
            for await wrong in group { #expect(wrong == 0) }
        }
        registry.collect()
        #expect(registry.census.endpoints == 2)
        #expect(registry.census.retired == 0)
    }
}
