import Testing

@testable import Kubernetes

private let routes = "routes.martlet.dev"

@Suite struct FeedMarksTests {
    @Test func `versions compare as numbers of any length`() {
        #expect(ResourceVersion.isOlder("9", than: "10"))
        #expect(!ResourceVersion.isOlder("10", than: "10"))
        #expect(ResourceVersion.isOlder("99999999999999999999999", than: "100000000000000000000000"))
        #expect(ResourceVersion.isOlder("0", than: "1"))
        #expect(!ResourceVersion.isOlder("a", than: "b"))
        #expect(!ResourceVersion.isOlder("01", than: "2"))
    }

    @Test func `a mark covers what was there at its version, of its kind and namespace`() {
        #expect(FeedMarks(["routes.martlet.dev": "10"]).cover(routes, namespace: "shop", since: "10") == true)
        #expect(FeedMarks(["routes.martlet.dev": "10"]).cover(routes, namespace: "shop", since: "11") == false)
        #expect(FeedMarks(["routes.martlet.dev/shop": "10"]).cover(routes, namespace: "shop", since: "9") == true)
        #expect(FeedMarks(["routes.martlet.dev/shop": "10"]).cover(routes, namespace: "web", since: "9") == nil)
        #expect(FeedMarks(["services": "10"]).cover(routes, namespace: "shop", since: "9") == nil)
    }

    @Test func `versions that do not compare cover only themselves`() {
        #expect(FeedMarks(["routes.martlet.dev": "x1"]).cover(routes, namespace: "shop", since: "x1") == true)
        #expect(FeedMarks(["routes.martlet.dev": "x2"]).cover(routes, namespace: "shop", since: "x1") == false)
    }
}
