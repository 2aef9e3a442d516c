import Documents
import Serving
import Testing

@testable import DevCluster

/// Discovery and OpenAPI as clients cache them.
@Suite struct DocumentTests {
    private let call: Handler

    init() throws { call = Handler(try store()) }

    private static let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"

    @Test(arguments: [
        ("/api", aggregated), ("/apis", aggregated), ("/openapi/v2", "application/json"), ("/openapi/v3", "application/json"),
        ("/openapi/v3/apis/apps/v1", "application/json"),
    ])
    func `who holds a document is told that it is still the same`(_ path: String, _ accept: String) throws {
        let first = try call("GET", path, accept: accept)
        let tag = try #require(first.headers["ETag"])
        #expect(first.status == 200 && first.headers["Vary"] == "Accept")
        #expect(tag.wholeMatch(of: #/"[0-9A-F]{128}"/#) != nil)
        for held in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
            let again = try call("GET", path, accept: accept, held: held)
            #expect(again.status == 304 && again.headers["ETag"] == tag && again.body == .null)
        }
        #expect(try call("GET", path, accept: accept, held: "\"other\"").status == 200)
    }

    @Test func `a new kind changes what is held`() throws {
        let tag = try call("GET", "/apis", accept: Self.aggregated).headers["ETag"]
        try call.store.create(.customResourceDefinitions, widgets)
        let changed = try call("GET", "/apis", accept: Self.aggregated, held: tag)
        #expect(changed.status == 200 && changed.headers["ETag"] != tag)
    }

    @Test(arguments: [
        (aggregated, "APIGroupDiscoveryList"),
        ("application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json", "APIGroupList"),
        (
            "application/json;q=0.9,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
            "APIGroupDiscoveryList"
        ),
        ("application/json", "APIGroupList"), ("*/*", "APIGroupList"),
    ])
    func `discovery comes in the form that is liked best`(_ accept: String, _ kind: String) throws {
        #expect(try call("GET", "/apis", accept: accept).body["kind"]?.string == kind)
    }

    @Test func `the index's URLs may be kept for ever, and old ones lead to the new`() throws {
        try call.store.create(.customResourceDefinitions, widgets)
        let path = "apis/example.com/v1"
        func url() throws -> String {
            try #require(try call("GET", "/openapi/v3").body["paths"]?[path]?["serverRelativeURL"]?.string)
        }
        let old = try url()
        let document = try call("GET", old)
        #expect(document.status == 200 && document.headers["Cache-Control"] == "public, immutable")
        #expect("\"\(old.split(separator: "=").last ?? "")\"" == document.headers["ETag"])
        try call.store.edit(.customResourceDefinitions, name: "widgets.example.com") { definition in
            var version = definition[at: "spec", "versions"]?.array?.first ?? [:]
            version["schema"]?["openAPIV3Schema"]?["description"] = "Changed."
            definition["spec"]?["versions"] = [version]
        }
        let moved = try call("GET", old)
        #expect(moved.status == 301)
        #expect(try moved.headers["Location"] == url())
    }
}
