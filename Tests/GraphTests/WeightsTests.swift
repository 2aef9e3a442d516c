import Graph
import HTTP
import Testing

/// A graph as it is in force.
@Suite struct WeightsTests {
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
}
