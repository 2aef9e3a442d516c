import Base
@testable import Engine
import Graph
import Testing

/// Plans made from the plan before answer as plans made from nothing do, and compile no more than what changed.
@Suite struct RelinkTests {
    private static let names = (0..<40).map { "h\($0).example.com" }

    /// A host whose rule says which version of it answers; a broken one has a pattern that PCRE2 refuses.
    private func host(_ name: String, _ version: Int, isBroken: Bool) -> Host {
        let rule = Rule(id: "Route/a/\(name)/v\(version)", action: .respond(DirectResponse(status: 200, body: "")))
        var match = Match()
        if isBroken { match.path = .regex("(unclosed") }
        return Host(pattern: .exact(name), entries: [Entry(match: match, rule: rule)])
    }

    private func graph(_ hosts: [String: Host]) -> RoutingGraph {
        let key = ListenerKey(address: "0.0.0.0", port: 80, transport: .http)
        return RoutingGraph(listeners: [Listener(key: key, hosts: hosts.values.sorted { $0.pattern < $1.pattern })])
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `random changes lead to the same answers as a plan made from nothing`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var hosts: [String: Host] = [:]
        let registry = CellRegistry()
        var plan: Plan?
        for version in 0..<60 {
            var changed: Set<String> = []
            for _ in 0..<random.below(4) {
                let name = Self.names[Int(random.below(40))]
                hosts[name] = random.below(4) == 0 ? nil : host(name, version, isBroken: random.below(8) == 0)
                changed.insert(name)
            }
            let next = Plan.link(graph(hosts), previous: plan, registry: registry)
            let fresh = Plan.link(graph(hosts), previous: nil, registry: CellRegistry())
            let flaws = fresh.report.problems.count
            #expect(next.report.compiledHosts <= changed.count + flaws)
            #expect(next.report.compiledHosts + next.report.reusedHosts == hosts.count || next.report.compiledHosts == 0)
            #expect(next.report.problems.count == flaws)
            for name in Self.names {
                let request = try TestRequest("GET \(name)/")
                #expect(answer(next, request) == answer(fresh, request), "\(name) in version \(version)")
            }
            plan = next
        }
    }

    @Test func `a graph that says what the last one said takes back what cells were told since`() throws {
        let cluster = Cluster(id: "default/web:80")
        let first = Endpoint(address: "10.0.0.1", port: 80)
        let graph = RoutingGraph(clusters: [cluster], endpoints: [cluster.id: [first]])
        let registry = CellRegistry()
        let plan = Plan.link(graph, previous: nil, registry: registry)
        registry.update(.endpoints(cluster.id, [Endpoint(address: "10.0.0.2", port: 80)]))
        #expect(registry.endpoints(of: cluster.id).map(\.endpoint.address) == ["10.0.0.2"])
        let next = Plan.link(graph, previous: plan, registry: registry)
        #expect(registry.endpoints(of: cluster.id).map(\.endpoint) == [first])
        withExtendedLifetime((plan, next)) {}
    }

    @Test func `one change among many compiles one host, wherever it stands`() {
        let registry = CellRegistry()
        var hosts = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, host($0, 0, isBroken: false)) })
        var plan = Plan.link(graph(hosts), previous: nil, registry: registry)
        for name in Self.names.sorted() {
            hosts[name] = host(name, 1, isBroken: false)
            plan = Plan.link(graph(hosts), previous: plan, registry: registry)
            #expect(plan.report.compiledHosts == 1)
            #expect(plan.report.reusedHosts == 39)
        }
    }

    @Test func `a detour is changed without compiling a host, and takes effect when it is linked`() throws {
        let registry = CellRegistry()
        let hosts = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, host($0, 0, isBroken: false)) })
        var graph = graph(hosts)
        graph.clusters = [Cluster(id: "a"), Cluster(id: "web")]
        graph.endpoints = ["a": [Endpoint(address: "10.0.0.1", port: 80)], "web": [Endpoint(address: "10.0.0.2", port: 80)]]
        var plan = Plan.link(graph, previous: nil, registry: registry)
        let index = try #require(ClusterIndex(plan.clusters)["web"]).index
        #expect(!registry.view.hasDetour(index))
        graph.clusters[1] = Cluster(id: "web", detour: Detour(switchover: .init("a")))
        plan = Plan.link(graph, previous: plan, registry: registry)
        #expect(plan.report.compiledHosts == 0)
        #expect(registry.view.hasDetour(index))
        #expect(ClusterIndex(plan.clusters)["web"]?.index == index)
        graph.clusters[1] = Cluster(id: "web")
        plan = Plan.link(graph, previous: plan, registry: registry)
        #expect(plan.report.compiledHosts == 0)
        #expect(!registry.view.hasDetour(index))
    }
}
