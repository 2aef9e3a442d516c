import Admin
import Documents
import Graph
import Testing

@Suite struct AdminPagesTests {
    private func pages(
        serving graph: RoutingGraph?, unhealthy: String? = nil, unready: String? = nil, scope: AdminPages.Scope = .everything
    ) -> AdminPages {
        AdminPages(
            AdminSources(
                graph: { graph }, unhealthy: { unhealthy }, unready: { unready }, metrics: { "martlet_up 1\n" },
                stats: { ["requests": 7] }, config: { ["workers": 2] }),
            scope: scope)
    }

    private static let text = """
        listener http 0.0.0.0:8080
          host shop.example.com
            prefix / -> Route/a/b/c

        rule Route/a/b/c
          fail BackendNotFound
        """

    @Test func `it is ready only when a graph is served`() {
        #expect(pages(serving: nil).answer(method: "GET", target: "/healthz").status == 200)
        #expect(pages(serving: nil).answer(method: "GET", target: "/readyz").status == 503)
        #expect(pages(serving: nil).answer(method: "GET", target: "/graph").status == 503)
        #expect(pages(serving: RoutingGraph()).answer(method: "GET", target: "/readyz").status == 200)
        let stuck = pages(serving: RoutingGraph(), unhealthy: "worker 1 is silent")
        #expect(stuck.answer(method: "GET", target: "/healthz") == stuck.answer(method: "GET", target: "/readyz"))
        #expect(stuck.answer(method: "GET", target: "/healthz").body == "worker 1 is silent\n")
    }

    @Test func `while it drains it is healthy and not ready`() {
        let draining = pages(serving: RoutingGraph(), unready: "draining")
        #expect(draining.answer(method: "GET", target: "/healthz").status == 200)
        #expect(draining.answer(method: "GET", target: "/readyz").status == 503)
        #expect(draining.answer(method: "GET", target: "/readyz").body == "draining\n")
        #expect(draining.answer(method: "GET", target: "/graph").status == 200)
    }

    @Test func `the graph page is the text form`() throws {
        let graph = try GraphText.parse(Self.text)
        #expect(try GraphText.parse(pages(serving: graph).answer(method: "GET", target: "/graph").body) == graph)
    }

    @Test func `a request is explained, with decoded parameters`() throws {
        let pages = pages(serving: try GraphText.parse(Self.text))
        let url = FormQuery.pair("url", "http://shop.example.com/a b?c=d&e")
        let answer = pages.answer(method: "GET", target: "/explain?method=POST&\(url)&header=X-A%3A+1")
        #expect(answer.status == 200)
        #expect(answer.body.contains("YES  Route/a/b/c"))
        let json = pages.answer(method: "GET", target: "/explain?\(url)&format=json")
        #expect(try Value(json: json.body)["reason"] == "BackendNotFound")
        #expect(try Value(json: json.body)["status"] == 500)
    }

    @Test(arguments: ["/explain", "/explain?url=x", "/explain?url=http://x/&source=1.2", "/explain?url=http://x/&hader=a:b"])
    func `a question that cannot be understood is refused with the reason`(target: String) throws {
        let answer = pages(serving: try GraphText.parse(Self.text)).answer(method: "GET", target: target)
        #expect(answer.status == 400)
        #expect(answer.body.count > 10)
    }

    @Test func `nothing can be changed, and what is not there is not found`() {
        let pages = pages(serving: RoutingGraph())
        #expect(pages.answer(method: "POST", target: "/graph").status == 405)
        #expect(pages.answer(method: "GET", target: "/etc").status == 404)
    }

    @Test func `probes get health and metrics and nothing else`() {
        let probes = pages(serving: RoutingGraph(), scope: .probes)
        for page in ["/healthz", "/readyz", "/metrics"] { #expect(probes.answer(method: "GET", target: page).status == 200) }
        for page in ["/", "/graph", "/config", "/stats", "/explain?url=http://x/"] {
            #expect(probes.answer(method: "GET", target: page).status == 404)
        }
    }
}
