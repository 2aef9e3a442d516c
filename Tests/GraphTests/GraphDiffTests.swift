import Graph
import Testing

struct GraphDiffTests {
    @Test(arguments: 0..<60)
    func `a graph does not differ from itself or from its copy`(seed: Int) throws {
        var random = RandomGraph(seed: UInt64(seed))
        let graph = random.make()
        let copy = try GraphText.parse(GraphText.print(graph))
        for other in [graph, copy] {
            let diff = GraphDiff.between(graph, other)
            #expect(diff.isEmpty)
            #expect(diff.text == "")
        }
    }

    @Test(arguments: 0..<100)
    func `two graphs differ exactly when they are not equal, and the text says so`(seed: Int) {
        var random = RandomGraph(seed: UInt64(seed))
        let a = random.make()
        var b = a
        switch random.below(4) {
        case 0: b.clusters.append(Cluster(id: "added"))
        case 1: b.endpoints["added"] = []
        case 2: b.grants.append(Grant(from: "added", to: "b"))
        default: b.listeners.append(Listener(key: ListenerKey(address: "9.9.9.9", port: 9, transport: .tcp)))
        }
        let diff = GraphDiff.between(a, b)
        #expect(!diff.isEmpty)
        #expect(diff.text.contains("+"))
        #expect(GraphDiff.between(b, a).text.contains("-"))
    }

    @Test func `a change of one backend is named and shown where it stands`() throws {
        let old = try GraphText.parse(GraphTextTests.example)
        let new = try GraphText.parse(
            GraphTextTests.example.replacing("backend shop/checkout-v1:80", with: "backend shop/checkout-v3:80")
                .replacing("endpoint 10.0.0.7:8080 zone eu-1a", with: "endpoint 10.0.0.8:8080"))
        let diff = GraphDiff.between(old, new)
        #expect(diff.delta.hosts.changed.map(\.pattern) == [.exact("shop.example.com"), .exact("shop.example.com")])
        #expect(diff.delta.endpoints.changed == ["shop/web:80"])
        #expect(diff.delta.clusters.isEmpty)
        #expect(
            diff.text == """
                  rule Route/shop/shop/checkout
                    forward active stable forced persist cookie arm for 24h
                      arm stable 90
                -       backend shop/checkout-v1:80
                +       backend shop/checkout-v3:80
                  cluster shop/web:80 http balancer round-robin also maglev sessions 0123456789abcdef0123456789abcdef header x-user connect 3s
                -   endpoint 10.0.0.7:8080 zone eu-1a
                +   endpoint 10.0.0.8:8080

                """)
    }

    @Test func `endpoints alone need no plan`() throws {
        let old = try GraphText.parse(GraphTextTests.example)
        var new = old
        new.endpoints["shop/web:80"] = []
        let delta = GraphDiff.between(old, new).delta
        #expect(!delta.isEmpty)
        #expect(!delta.needsPlan)
    }

    @Test func `a host that was added, removed or moved is named once`() throws {
        let old = try GraphText.parse("listener http 0.0.0.0:80\n  host a\n  host b\n  host c")
        let new = try GraphText.parse("listener http 0.0.0.0:80\n  host a\n  host c\n  host d")
        let hosts = GraphDiff.between(old, new).delta.hosts
        #expect(hosts.added.map(\.pattern) == [.exact("d")])
        #expect(hosts.removed.map(\.pattern) == [.exact("b")])
        #expect(hosts.changed.isEmpty)
    }
}
