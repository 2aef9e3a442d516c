import Graph
import Testing

struct GraphTextTests {
    @Test(arguments: 0..<300)
    func `what is printed parses back to an equal graph`(seed: Int) throws {
        var random = RandomGraph(seed: UInt64(seed))
        let graph = random.make()
        let text = GraphText.print(graph)
        let parsed = try GraphText.parse(text)
        #expect(parsed == graph)
        #expect(GraphText.print(parsed) == text)
    }

    /// The example in GraphText's documentation, kept here so that it cannot rot.
    static let example = """
        listener http 0.0.0.0:8080
          host shop.example.com
            prefix /checkout method GET header x-beta = 1 -> Route/shop/shop/checkout
            prefix / -> Route/shop/shop/rest

        listener https 0.0.0.0:8443
          certificate shop.example.com shop/shop-tls shop/shop-rsa clients shop/partners
          hosts of http 0.0.0.0:8080

        listener tcp 0.0.0.0:9000
          host * joined
            -> Route/shop/queue/0

        rule Route/shop/shop/checkout
          request-headers set x-shop 1 remove x-debug
          timeout request 15s try 4s idle 1h
          retry 2 codes 502,503 backoff 25ms budget 20%
          forward active stable forced persist cookie arm for 24h
            override canary header x-canary = always cookie beta ~ "^on$"
            arm stable 90
              backend shop/checkout-v1:80
            arm canary 10
              backend shop/checkout-v2:80 weight 3
              backend missing BackendNotFound

        rule Route/shop/shop/rest
          sessions cookie cart for 8h permanent
          balancer maglev header x-cart
          forward to shop/web:80

        rule Route/shop/queue/0
          forward to shop/queue:5672

        cluster shop/queue:5672 http proxy-protocol v2
          endpoint 10.0.0.8:5672

        cluster shop/web:80 http balancer round-robin also maglev sessions 0123456789abcdef0123456789abcdef header x-user connect 3s
          canary shop/web-next:80 12.5% header x-canary = always unless never
          switch shop/web-green:80
          endpoint 10.0.0.7:8080 zone eu-1a
          endpoint [2001:db8::7]:8080 draining

        grant Route/shop/shop -> Service/pay/checkout

        """

    @Test func `the documented example prints exactly as it was written`() throws {
        let printed = GraphText.print(try GraphText.parse(Self.example))
        #expect(printed.split(separator: "\n") == Self.example.split(separator: "\n"))
        #expect(printed == Self.example)
    }

    @Test func `a rule named by several entries is one object`() throws {
        let graph = try GraphText.parse(
            """
            listener http 0.0.0.0:80
              host a
                exact /x -> R
                prefix /y -> R
            rule R
              fail BackendNotFound
            """)
        let entries = graph.listeners[0].hosts[0].entries
        #expect(entries[0].rule === entries[1].rule)
        #expect(entries[0].match.path == .exact("/x"))
        #expect(entries[0].rule.action == .fail(reason: "BackendNotFound"))
    }

    @Test func `two listeners with equal hosts share them`() throws {
        let graph = try GraphText.parse(Self.example)
        #expect(graph.listeners[0].hosts[0] === graph.listeners[1].hosts[0])
    }

    @Test(arguments: [
        ("listner http 0.0.0.0:80", 1, 1, "Unknown line"),
        ("listener http 0.0.0.0", 1, 15, "an address with port"),
        ("listener ftp 0.0.0.0:80", 1, 10, "http, https, tcp, udp"),
        ("listener http 0.0.0.0:80 extra", 1, 26, "should end here"),
        ("listener http 0.0.0.0:80\n  host a\n    prefix / -> R", 3, 5, "no `rule R`"),
        ("listener http 0.0.0.0:80\n  host a\n    prefix / R", 3, 14, "Expected `->`"),
        ("listener http 0.0.0.0:80\n  hosts of http 0.0.0.0:81", 2, 3, "No listener above"),
        ("listener http 0.0.0.0:80\n    host a\n  host b", 3, 3, "indentation"),
        ("rule R\n  fail X", 1, 1, "No entry leads"),
        ("rule R", 1, 1, "lacks an action"),
        ("rule R\n  fail X\n  fail Y", 3, 3, "one action"),
        ("rule R\n  respond 200 body \"abc", 2, 20, "never closed"),
        ("rule R\n  respond 200 body \"a\\q\"", 2, 23, "Unknown escape"),
        ("rule R\n  timeout request 15", 2, 19, "a duration"),
        ("cluster a http\n  endpoint 1.2.3.4:99999", 2, 12, "address with port"),
        ("cluster a http $", 1, 16, "needs quotes"),
        ("cluster a http\ncluster a http", 2, 1, "twice"),
        ("cluster a http\n  canary b ten", 2, 12, "a percentage"),
        ("cluster a http\n  canary b 10% header x never", 2, 25, "Expected `=`"),
        ("cluster a http\n  switch b\n  switch c", 3, 3, "second one"),
        ("listener http 0.0.0.0:80\nlistener http 0.0.0.0:80", 2, 1, "twice"),
        ("listener http 0.0.0.0:80\n  host a\n  host a", 3, 3, "already"),
        ("a\n b\n  c\n   d\n    e\n     f\n      g\n       h\n        i", 9, 9, "too deeply"),
    ])
    func `a mistake is refused with its place`(text: String, line: Int, column: Int, part: String) {
        let error = #expect(throws: GraphTextError.self) { try GraphText.parse(text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test func `invisible characters are escaped`() {
        let graph = RoutingGraph(grants: [Grant(from: "a\u{202e}b", to: "c")])
        #expect(GraphText.print(graph) == "grant \"a\\u{202e}b\" -> c\n")
    }

    @Test(arguments: [
        (Duration.seconds(90), "90s"), (.seconds(120), "2m"), (.seconds(3600), "1h"), (.milliseconds(1500), "1s500ms"),
        (.zero, "0s"),
        (.nanoseconds(1), "1ns"), (.milliseconds(-5), "-5ms"),
    ])
    func `durations print in their largest whole unit`(duration: Duration, text: String) {
        #expect(DurationText.print(duration) == text)
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: ["", "5", "s", "5x", "1s1s", "9223372036854775807h", "-", "1.5s", " 1s"])
    func `what is no duration is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
