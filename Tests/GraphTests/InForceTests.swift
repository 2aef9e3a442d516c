import Graph
import HTTP
import Testing

/// A graph as it is in force.
@Suite struct InForceTests {
    private func rule(_ id: String, _ weights: Int...) -> Rule {
        let arms = weights.enumerated().map { i, weight in
            Arm(name: "arm-\(i)", weight: weight, backends: [Backend(target: .cluster("shop/web:80"))])
        }
        return Rule(
            id: id, action: .forward(Split(arms: arms)), retry: Retry(attempts: 2),
            sessions: EndpointPersistence(kind: .cookie, name: "tie"))
    }

    private func graph(_ rules: Rule...) throws -> RoutingGraph {
        let hosts = rules.enumerated().map { i, rule in
            Host(pattern: .exact("h\(i).example.com"), entries: [Entry(match: Match(), rule: rule)])
        }
        return RoutingGraph(listeners: [Listener(key: ListenerKey(address: "0.0.0.0", port: 80, transport: .http), hosts: hosts)])
    }

    @Test func `weights in force take the place of written ones, and all else is the same`() throws {
        let before = try graph(rule("a", 90, 10), rule("b", 1, 1), rule("c", 1))
        let after = before.weighted(["a": [3, 1], "b": [1, 2, 3], "other": [1]])
        #expect(after == (try graph(rule("a", 3, 1), rule("b", 1, 1), rule("c", 1))))
        #expect(after.listeners[0].hosts[2] === before.listeners[0].hosts[2])
    }

    @Test func `endpoints in force take the place of published ones, and of no others`() {
        let (old, new) = ([Endpoint(address: "192.0.2.1", port: 1)], [Endpoint(address: "192.0.2.2", port: 2)])
        let named = Cluster(id: "a/named:80", discovery: .dns(name: "web.example.com", port: 80))
        var before = RoutingGraph(clusters: [Cluster(id: "a/web:80"), Cluster(id: "a/other:80"), named])
        before.endpoints = ["a/web:80": old, "a/other:80": old]
        let after = before.reaching(["a/web:80": new, "a/named:80": new, "a/gone:80": new])
        #expect(after.endpoints == ["a/web:80": new, "a/other:80": old])
    }
}
