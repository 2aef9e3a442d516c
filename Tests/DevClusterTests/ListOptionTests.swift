import Documents
import Testing

@testable import DevCluster

@Suite struct ListOptionTests {
    @Test(arguments: [
        (
            "watch=1&sendInitialEvents=true",
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        ),
        (
            "watch=1&resourceVersionMatch=NotOlderThan",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        ),
        ("sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
        (
            "resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        ),
        (
            "resourceVersion=0&resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""
        ),
        (
            "resourceVersion=5&resourceVersionMatch=Near",
            "resourceVersionMatch: Unsupported value: \"Near\": supported values: \"Exact\", \"NotOlderThan\", \"\""
        ),
    ])
    func `options that do not go together are refused, never ignored`(_ query: String, _ problem: String) throws {
        let answer = try Handler(try store())("GET", "/api/v1/configmaps?\(query)")
        #expect(answer.status == 422 && answer.reason == "Invalid")
        #expect(answer.message == "ListOptions.meta.k8s.io \"\" is invalid: \(problem)")
    }

    @Test func `a page that was asked for too late is gone, with a token for the rest as it is now`() throws {
        let call = Handler(try store(history: 2))
        for name in ["a", "b", "c"] { try call.store.create(.configMaps, namespace: "shop", configMap(name)) }
        let next = try #require(try call("GET", "/api/v1/configmaps?limit=2").body[at: "metadata", "continue"]?.string)
        try call.store.delete(.configMaps, namespace: "shop", name: "c")
        for name in ["d", "e", "f"] { try call.store.create(.configMaps, namespace: "shop", configMap(name)) }
        let gone = try call("GET", "/api/v1/configmaps?limit=2&continue=\(next)")
        #expect(gone.status == 410 && gone.reason == "Expired")
        #expect(gone.message.hasPrefix("The provided continue parameter is too old to display a consistent list result."))
        let token = try #require(gone.body[at: "metadata", "continue"]?.string)
        let rest = try call("GET", "/api/v1/configmaps?limit=2&continue=\(token)")
        #expect(rest.names == ["d", "e"])
        #expect(rest.body[at: "metadata", "resourceVersion"]?.string == String(call.store.currentVersion))
        // From here on the list is of one moment again.
        let last = try #require(rest.body[at: "metadata", "continue"]?.string)
        try call.store.delete(.configMaps, namespace: "shop", name: "f")
        #expect(try call("GET", "/api/v1/configmaps?limit=2&continue=\(last)").names == ["f"])
    }

    @Test func `pages go on across namespaces, and nonsense is refused`() throws {
        let call = Handler(try store())
        try call.store.create(.namespaces, ["metadata": ["name": "attic"]])
        for (namespace, name) in [("shop", "a"), ("attic", "z"), ("shop", "b"), ("attic", "y")] {
            try call.store.create(.configMaps, namespace: namespace, configMap(name))
        }
        var names: [String] = []
        var next = ""
        repeat {
            let page = try call("GET", "/api/v1/configmaps?limit=1&continue=\(next)")
            names += page.names
            next = page.body[at: "metadata", "continue"]?.string ?? ""
        } while !next.isEmpty
        #expect(names == ["y", "z", "a", "b"])
        #expect(try call("GET", "/api/v1/configmaps?limit=few").status == 400)
        let first = try call("GET", "/api/v1/configmaps?limit=1").body[at: "metadata", "continue"]?.string ?? ""
        let both = try call("GET", "/api/v1/configmaps?limit=1&continue=\(first)&resourceVersion=7")
        #expect(both.status == 400 && both.message == "specifying resource version is not allowed when using continue")
    }

    @Test func `a hundred thousand slices are listed in pages while they change`() throws {
        let store = try store()
        try store.transact { state throws(APIFailure) in
            for at in 0..<100_000 {
                state.put(
                    .endpointSlices,
                    [
                        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                        "metadata": ["name": .string("s\(at)"), "namespace": "shop", "uid": .string("u\(at)")],
                        "addressType": "IPv4", "endpoints": [["addresses": ["10.0.0.1"]]],
                    ])
            }
        }
        let call = Handler(store)
        let path = "/apis/discovery.k8s.io/v1/endpointslices?limit=10000"
        var count = 0
        var next = ""
        repeat {
            let page = try call("GET", "\(path)&continue=\(next)")
            count += page.names.count
            next = page.body[at: "metadata", "continue"]?.string ?? ""
            try store.delete(.endpointSlices, namespace: "shop", name: "s\(count - 1)")
        } while !next.isEmpty
        #expect(count == 100_000, "of one moment, whatever is deleted meanwhile")
        #expect(store.list(.endpointSlices).count == 99_990)
    }
}
