import Admin
import Base
import Graph
import Testing

@Suite struct ExplanationTests {
    private static let graph = """
        listener http 0.0.0.0:8080
          host shop.example.com
            prefix /cart header x-beta = 1 -> Route/shop/shop/beta
            exact /health -> Route/shop/shop/health
            prefix /cart -> Route/shop/shop/cart
          host *.example.com
            prefix / -> Ingress/shop/wild/0

        rule Route/shop/shop/beta
          forward to shop/beta:80

        rule Route/shop/shop/health
          fail BackendNotFound

        rule Route/shop/shop/cart
          timeout request 15s
          forward
            arm stable 90
              backend shop/v1:80
            arm canary 10
              backend shop/v2:80

        rule Ingress/shop/wild/0
          forward to shop/v1:80

        cluster shop/beta:80 http

        cluster shop/v1:80 http
          endpoint 10.0.0.7:8080

        cluster shop/v2:80 http
        """

    private static let sessions = """
        listener https 0.0.0.0:8443
          host pay.example.com joined
            -> Route/shop/pay/0
          host *.example.com
            prefix / -> Ingress/shop/wild/0

        listener tcp 0.0.0.0:5432
          host * joined
            -> Route/shop/db/0

        listener udp 0.0.0.0:53

        rule Route/shop/pay/0
          forward to shop/v1:80

        rule Route/shop/db/0
          fail BackendNotFound

        """

    private func explain(_ method: String, _ url: String, _ headers: [String] = [], source: String? = nil, and more: String = "")
        throws -> Explanation
    {
        let request = try ExplainedRequest(method: method, url: url, headers: headers, source: source.flatMap { IPAddress($0) })
        return Explanation(request, by: try GraphText.parse(more + Self.graph))
    }

    @Test func `a connection that is passed on as it is is said to be that`() throws {
        #expect(
            try explain("GET", "https://pay.example.com/cart", and: Self.sessions + "\n").text == """
                GET https://pay.example.com/cart

                listener https 0.0.0.0:8443
                host pay.example.com
                TLS is not ended here: the connection is joined to an endpoint as it is, by rule Route/shop/pay/0
                  forward to shop/v1:80
                cluster shop/v1:80
                  10.0.0.7:8080 ready

                """)
        #expect(
            try explain("GET", "https://pay.example.com/", and: Self.sessions + "\n").json.contains(
                #""status":null,"reason":"Joined""#))
        #expect(
            try explain("GET", "https://other.example.com/", and: Self.sessions + "\n").text.contains("YES  Ingress/shop/wild/0"))
    }

    @Test func `a port is explained by what takes it, and by what is missing`() throws {
        let taken = try explain("GET", "tcp://gateway:5432", and: Self.sessions + "\n")
        #expect(taken.text.contains("what comes is passed on as it is, by rule Route/shop/db/0\n  fail BackendNotFound"))
        #expect(taken.json.contains(#""status":null,"reason":"BackendNotFound""#))
        #expect(try explain("GET", "udp://gateway:53", and: Self.sessions + "\n").text.contains("no Route claims the port"))
        #expect(
            try explain("GET", "tcp://gateway:53", and: Self.sessions + "\n").text.contains("no listener speaks tcp on port 53"))
        #expect(throws: ExplainedRequest.Problem.self) { try explain("GET", "tcp://gateway", and: Self.sessions + "\n") }
    }

    @Test func `the rule that matches is named, and every rule before it with the reason why not`() throws {
        let text = try explain("GET", "http://shop.example.com/cart/1?a=b").text
        #expect(
            text == """
                GET http://shop.example.com/cart/1

                listener http 0.0.0.0:8080
                host shop.example.com
                  no   Route/shop/shop/beta (prefix /cart header x-beta = 1): it has no header x-beta
                  no   Route/shop/shop/health (exact /health): the path is not exactly /health
                  YES  Route/shop/shop/cart (prefix /cart)
                rule Route/shop/shop/cart
                  to an arm by weight
                  timeout request 15s
                  forward
                    arm stable 90
                      backend shop/v1:80
                    arm canary 10
                      backend shop/v2:80
                cluster shop/v1:80
                  10.0.0.7:8080 ready
                cluster shop/v2:80: no endpoint, 503

                """)
    }

    @Test(arguments: [
        ([], nil), (["x-canary: always"], "this request asks for shop/v2:80"),
        (["x-canary: never"], "this request keeps away from shop/v2:80"),
    ])
    func `a detour is shown, and what it means for the request`(headers: [String], meaning: String?) throws {
        let graph = """
            listener http 0.0.0.0:80
              host a
                prefix / -> r

            rule r
              forward to shop/v1:80

            cluster shop/v1:80 http
              canary shop/v2:80 10% header x-canary = always unless never
              endpoint 10.0.0.7:8080

            cluster shop/v2:80 http
              endpoint 10.0.0.8:8080
            """
        let request = try ExplainedRequest(method: "GET", url: "http://a/", headers: headers)
        let text = Explanation(request, by: try GraphText.parse(graph)).text
        #expect(
            text.hasSuffix(
                """
                cluster shop/v1:80
                  canary shop/v2:80 10% header x-canary = always unless never
                \(meaning.map { "  \($0)\n" } ?? "")  10.0.0.7:8080 ready
                cluster shop/v2:80
                  10.0.0.8:8080 ready

                """), "\(text)")
        #expect(Explanation(request, by: try GraphText.parse(graph)).json.contains("\"detour\":[\"canary shop/v2:80 10%"))
        let switched = graph.replacing("  canary", with: "  switch shop/v2:80\n  canary")
        #expect(Explanation(request, by: try GraphText.parse(switched)).text.contains("  every request goes to shop/v2:80\n"))
        let waiting = switched.replacing("10.0.0.8:8080", with: "10.0.0.8:8080 draining")
        #expect(Explanation(request, by: try GraphText.parse(waiting)).text.contains("so the switch waits"))
    }

    @Test(arguments: [
        ("http://shop.example.com/cart", ["X-Beta: 1"], "Route/shop/shop/beta"),
        ("http://shop.example.com/x/../cart", [], "Route/shop/shop/cart"),
        ("http://SHOP.example.com.:8080/health", [], "Route/shop/shop/health"),
        ("http://127.0.0.1/", ["Host: other.example.com"], "Ingress/shop/wild/0"),
    ])
    func `the request goes to the rule that the proxy would choose`(url: String, headers: [String], rule: String) throws {
        guard case .rule(let found) = try explain("GET", url, headers).outcome else {
            Issue.record("no rule")
            return
        }
        #expect(found.id == rule)
    }

    @Test func `what nobody takes is a 404 that says where the way ended`() throws {
        #expect(try explain("GET", "http://shop.example.com/cartoon").outcome == .noRule)
        #expect(try explain("GET", "http://shop.example.com/cartoon").text.contains("/cart ends within an element of the path"))
        #expect(try explain("GET", "http://shop.example.com/cartoon").text.contains("404 NoRoute"))
        #expect(try explain("GET", "http://a.b.example.com/").outcome == .noHost)
        #expect(try explain("GET", "http://a.b.example.com/").text.contains("404 NoHost"))
        #expect(try explain("GET", "https://shop.example.com/").outcome == .noListener)
    }

    @Test(arguments: ["shop.example.com/", "ftp://x/", "http:///x", "http://x:port/", "http://x/../.."])
    func `a URL that cannot be asked about is refused`(url: String) {
        #expect(throws: ExplainedRequest.Problem.self) { try ExplainedRequest(method: "GET", url: url) }
    }
}
