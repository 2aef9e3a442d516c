import Base
import Documents
import Serving
import Testing

@testable import DevCluster

/// What happens around a CustomResourceDefinition: warnings about it, and watches of what it defines.
@Suite struct DefinitionTests {
    private let store: ClusterStore

    init() throws { store = try newStore() }

    private func serve() throws -> Server {
        try Server(.v4Loopback, port: 0, handler: APIServer(store: store, authenticator: Authenticator(token: "secret")))
    }

    private func widgetWatch(_ server: Server) throws -> WatchClient {
        try WatchClient(server, "/apis/example.com/v1/widgets?watch=1&resourceVersion=\(store.currentVersion)")
    }

    private static func change(_ definition: inout Value) {
        var version = definition[at: "spec", "versions"]?.array?.first ?? [:]
        version["schema"]?["openAPIV3Schema"]?["description"] = "Changed."
        definition["spec"]?["versions"] = [version]
    }

    @Test func `a definition that is replaced ends the watches of its kind, and only these`() throws {
        try store.create(.customResourceDefinitions, widgets)
        let server = try serve()
        defer { server.stop() }
        let watch = try widgetWatch(server)
        let other = try WatchClient(server, "/api/v1/configmaps?watch=1&resourceVersion=\(store.currentVersion)")
        try store.edit(.customResourceDefinitions, name: "widgets.example.com") { $0.setMetadata("labels", ["a": "b"]) }
        try store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 1]])
        #expect(try watch.next()?.summary == "ADDED w")
        try store.edit(.customResourceDefinitions, name: "widgets.example.com") { Self.change(&$0) }
        #expect(try watch.next() == nil)
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        #expect(try other.next()?.summary == "ADDED a")
    }

    @Test func `a definition that is deleted tells of its objects' end and ends the watches`() throws {
        try store.create(.customResourceDefinitions, widgets)
        try store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 1]])
        let server = try serve()
        defer { server.stop() }
        let watch = try widgetWatch(server)
        try store.delete(.customResourceDefinitions, name: "widgets.example.com")
        #expect(try watch.next()?.summary == "DELETED w")
        #expect(try watch.next() == nil)
        #expect(try Handler(store)("GET", "/apis/example.com/v1/widgets?watch=1").status == 404)
    }

    @Test func `rules that are not evaluated are warned of`() throws {
        let rule: Value = ["rule": "self.size < 5", "message": "too \"large\""]
        var definition = widgets
        var version = widgets[at: "spec", "versions"]?.array?.first ?? [:]
        version["schema"]?["openAPIV3Schema"]?["properties"]?["spec"]?["x-kubernetes-validations"] = [rule]
        version["schema"]?["openAPIV3Schema"]?["properties"]?["spec"]?["properties"]?["size"]?["x-kubernetes-validations"] = [
            rule
        ]
        definition["spec"]?["versions"] = [version]
        let call = Handler(store)
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        let expected =
            "299 - \"version v1: the rules in x-kubernetes-validations at spec and 1 more places are kept and not evaluated; objects that break them are accepted\""
        #expect(try call("POST", path, definition).headers.all("Warning") == [expected])
        let patched = try call(
            "PATCH", path + "/widgets.example.com", ["metadata": ["labels": ["a": "b"]]], type: "application/merge-patch+json")
        #expect(patched.headers.all("Warning") == [expected])
        #expect(patched.body[at: "spec", "versions"]?.array?.first == version)
        #expect(try call("GET", path + "/widgets.example.com").headers["Warning"] == nil)
    }

    @Test func `columns of a definition are shown as their types say`() throws {
        var definition = widgets
        var version = widgets[at: "spec", "versions"]?.array?.first ?? [:]
        version["additionalPrinterColumns"] = [
            ["name": "Size", "type": "integer", "jsonPath": ".spec.size"],
            ["name": "Seen", "type": "date", "jsonPath": ".status.seen"],
            ["name": "Ready", "type": "boolean", "jsonPath": ".status.ready"],
            ["name": "Note", "type": "string", "jsonPath": ".status.note", "priority": 1],
            ["name": "Wrong", "type": "integer", "jsonPath": ".status.note"],
        ]
        definition["spec"]?["versions"] = [version]
        try store.create(.customResourceDefinitions, definition)
        try store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 3]])
        try store.edit(.widgets, namespace: "shop", name: "w", .status) {
            $0["status"] = ["seen": "2000-01-01T00:00:00Z", "ready": true, "note": "five"]
        }
        let table = try Handler(store)(
            "GET", "/apis/example.com/v1/widgets", accept: "application/json;as=Table;v=v1;g=meta.k8s.io"
        ).body
        let columns = table["columnDefinitions"]?.array ?? []
        #expect(columns.map { $0["name"]?.string } == ["Name", "Size", "Seen", "Ready", "Note", "Wrong"])
        #expect(columns.map { $0["priority"]?.integer } == [0, 0, 0, 0, 1, 0])
        let cells = table["rows"]?.array?.first?["cells"]?.array ?? []
        #expect(cells[1] == 3 && cells[3] == true && cells[4] == "five" && cells[5].isNull)
        #expect(cells[2].string?.hasSuffix("y") == true, "an age in years: \(cells[2])")
    }
}
