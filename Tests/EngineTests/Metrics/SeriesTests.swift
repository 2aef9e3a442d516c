@testable import Engine
import Graph
import Testing

/// Series come with the first request of their rule, and stay with the rule's name.
@Suite struct SeriesTests {
    private func publish(_ gateway: TestGateway, _ body: String) throws {
        try gateway.publish(
            "  host *\n    prefix /asked -> asked\n    prefix /never -> never\n    prefix / -> rest",
            "rule asked\n  respond 200 body \"\(body)\"\nrule never\n  respond 200 body \"never\"\nrule rest\n  respond 200 body \"rest\"\n"
        )
    }

    private func lines(_ gateway: TestGateway, _ rule: String) -> [Substring] {
        gateway.proxy.metrics().split(separator: "\n").filter { $0.hasPrefix("martlet_requests_total{rule=\"\(rule)\"") }
    }

    @Test func `a rule without requests has no series, and a rule that changed goes on with its own`() throws {
        let gateway = try TestGateway()
        try publish(gateway, "one")
        #expect(lines(gateway, "asked").isEmpty)
        let wire = try gateway.connect()
        func ask(_ path: String) throws {
            wire.send("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
            _ = try wire.message()
        }
        try ask("/asked")
        try ask("/asked")
        // With the next answer the exchange before is counted.
        try ask("/")
        #expect(lines(gateway, "asked") == [#"martlet_requests_total{rule="asked",arm="",code="2xx"} 2"#])
        #expect(lines(gateway, "never").isEmpty)
        try publish(gateway, "two")
        try ask("/asked")
        try ask("/")
        #expect(lines(gateway, "asked") == [#"martlet_requests_total{rule="asked",arm="",code="2xx"} 3"#])
    }

    @Test func `rules that are linked take no index before they are asked for`() {
        let hosts = (0..<100).map { i in
            Host(
                pattern: .exact("h\(i).example.com"),
                entries: [Entry(match: Match(), rule: Rule(id: "r\(i)", action: .respond(DirectResponse(status: 200, body: ""))))]
            )
        }
        let key = ListenerKey(address: "0.0.0.0", port: 80, transport: .http)
        let plan = Plan.link(
            RoutingGraph(listeners: [Listener(key: key, hosts: hosts.sorted { $0.pattern < $1.pattern })]), previous: nil,
            registry: CellRegistry())
        #expect(plan.seriesNames.map(\.rule) == ["other"])
    }
}
