import Documents
import Serving
import Testing

@testable import DevCluster

@Suite struct HandlerTests {
    private let call: Handler

    init() throws { call = Handler(try store()) }

    private func fill(_ count: Int) throws {
        for number in 1...count { try call.store.create(.configMaps, namespace: "shop", configMap("m\(number)")) }
    }

    @Test func `strangers are refused, but may ask whether the server lives`() throws {
        let refused = try call("GET", "/api/v1/namespaces", token: "guess")
        #expect(refused.status == 401)
        #expect(refused.body["kind"] == "Status")
        #expect(refused.reason == "Unauthorized")
        #expect(try call("GET", "/healthz", token: "guess").status == 200)
        #expect(try call("GET", "/version", token: "guess").body["major"] == "1")
    }

    @Test func `an object is made, read, changed and deleted`() throws {
        let path = "/api/v1/namespaces/shop/configmaps"
        let made = try call("POST", path, configMap("a"))
        #expect(made.status == 201)
        #expect(try call("GET", path + "/a").body == made.body)
        let patched = try call("PATCH", path + "/a", ["data": ["c": "d"]], type: "application/merge-patch+json")
        #expect(patched.body["data"] == ["a": "b", "c": "d"])
        let jsonPatch: Value = [["op": "remove", "path": "/data/a"]]
        #expect(try call("PATCH", path + "/a", jsonPatch, type: "application/json-patch+json").body["data"] == ["c": "d"])
        #expect(try call("PUT", path + "/a", configMap("a")).body["data"] == ["a": "b"])
        let deleted = try call("DELETE", path + "/a")
        #expect(deleted.body["status"] == "Success")
        #expect(deleted.body["details"] == ["name": "a", "kind": "configmaps", "uid": .string(made.body.uid)])
        let gone = try call("GET", path + "/a")
        #expect(gone.status == 404)
        #expect(gone.message == "configmaps \"a\" not found")
        #expect(gone.body["details"] == ["name": "a", "kind": "configmaps"])
    }

    @Test(arguments: [
        ("GET", "/api/v1/gadgets", 404), ("GET", "/apis/none.example/v1/things", 404), ("GET", "/apis/none.example", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/namespaces/shop/namespaces/x", 404), ("POST", "/api/v1/configmaps", 405),
        ("PATCH", "/api/v1/namespaces/shop/configmaps", 405),
        ("GET", "/api/v1/namespaces/shop/configmaps/a/status", 404), ("GET", "/api/v1/namespaces/shop/configmaps/a/b/c", 404),
        ("GET", "/api/v1/configmaps?resourceVersion=x", 400), ("GET", "/api/v1/configmaps?labelSelector=a%3Db%3Dc", 400),
        ("GET", "/api/v1/configmaps?fieldSelector=spec.x%3D1", 400), ("GET", "/api/v1/configmaps?continue=rubbish", 400),
        ("GET", "/api/v1/configmaps?resourceVersion=99999999999999999", 504),
        ("DELETE", "/api/v1/namespaces/shop/configmaps/a?propagationPolicy=Sideways", 400),
        ("POST", "/api/v1/namespaces/shop/configmaps?dryRun=Some", 400),
        ("POST", "/api/v1/namespaces/shop/configmaps?fieldValidation=Perhaps", 400),
    ])
    func `what makes no sense is answered with a Status`(_ method: String, _ target: String, _ status: Int) throws {
        let answer = try call(method, target)
        #expect(answer.status == status)
        #expect(answer.body["kind"] == "Status")
        #expect(answer.body["code"]?.integer == Int64(status))
        #expect(!answer.message.isEmpty)
    }

    @Test func `a damaged body is refused with its line`() throws {
        let path = "/api/v1/namespaces/shop/configmaps"
        let json = try call.raw("POST", path, Array("{\n  \"metadata\": {\n}".utf8))
        #expect(json.status == 400)
        #expect(json.message.contains("line 3"))
        let yaml = try call.raw("POST", path, Array("metadata:\n  name: a\n bad: [".utf8), type: "application/yaml")
        #expect(yaml.status == 400)
        #expect(yaml.message.contains("line 3"))
        #expect(try call.raw("POST", path, Array("metadata: {name: a}".utf8), type: "application/yaml").status == 201)
        #expect(try call.raw("POST", path, [], type: "application/json").status == 400)
        #expect(try call("POST", path, configMap("x"), type: "text/csv").status == 415)
        let binary = try call("PATCH", path + "/a?fieldManager=me", configMap("a"), type: "application/apply-patch+cbor")
        #expect(binary.status == 415)
        #expect(binary.message.contains("application/apply-patch+yaml"))
        #expect(try call.raw("POST", path, [UInt8](repeating: 0x20, count: RequestBody.limit + 1)).status == 413)
    }

    @Test func `deep nesting is refused or survived, never fatal`() throws {
        try call.store.create(.customResourceDefinitions, widgets)
        let path = "/apis/example.com/v1/namespaces/shop/widgets"
        func body(_ depth: Int) -> [UInt8] {
            let nested = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
            return Array("{\"metadata\":{\"name\":\"w\"},\"spec\":{\"size\":1},\"x\":\(nested)}".utf8)
        }
        #expect(try call.raw("POST", path + "?fieldValidation=Ignore", body(100_000)).status == 400)
        #expect(try call.raw("POST", path + "?fieldValidation=Ignore", body(400)).status == 201)
        let deep = Array("{\"status\":".utf8) + Array(String(decoding: body(400), as: UTF8.self).utf8) + Array("}".utf8)
        #expect(try call.raw("PATCH", path + "/w/status", deep, type: "application/merge-patch+json").status == 200)
        #expect(try call("GET", path + "/w").body[at: "status", "x"] != nil)
    }

    @Test func `unknown fields are told of in a header`() throws {
        let widget: Value = ["metadata": ["name": "w"], "spec": ["size": 1, "weight": 2]]
        try call.store.create(.customResourceDefinitions, widgets)
        let path = "/apis/example.com/v1/namespaces/shop/widgets"
        #expect(try call("POST", path, widget).headers["Warning"] == "299 - \"unknown field \\\"spec.weight\\\"\"")
        #expect(try call("POST", path + "?fieldValidation=Strict", widget).status == 400)
        #expect(
            try call(
                "POST", path + "?fieldValidation=Ignore&dryRun=All", ["metadata": ["name": "x"], "spec": ["size": 1, "y": 1]]
            ).headers["Warning"] == nil)
    }

    @Test func `a long list comes in pages of one moment`() throws {
        try fill(5)
        let first = try call("GET", "/api/v1/configmaps?limit=2")
        #expect(first.names == ["m1", "m2"])
        #expect(first.body[at: "metadata", "remainingItemCount"] == 3)
        try call.store.delete(.configMaps, namespace: "shop", name: "m3")
        try call.store.create(.configMaps, namespace: "shop", configMap("m4-late"))
        let next = try #require(first.body[at: "metadata", "continue"]?.string)
        let second = try call("GET", "/api/v1/configmaps?limit=2&continue=\(next)")
        #expect(second.names == ["m3", "m4"])
        #expect(second.body[at: "metadata", "resourceVersion"] == first.body[at: "metadata", "resourceVersion"])
        let last = try #require(second.body[at: "metadata", "continue"]?.string)
        let third = try call("GET", "/api/v1/configmaps?limit=2&continue=\(last)")
        #expect(third.names == ["m5"])
        #expect(third.body[at: "metadata", "continue"] == nil)
    }

    @Test func `a page that was asked for too late is gone`() throws {
        let late = Handler(try store(history: 2))
        for name in ["a", "b", "c"] { try late.store.create(.configMaps, namespace: "shop", configMap(name)) }
        let next = try #require(try late("GET", "/api/v1/configmaps?limit=1").body[at: "metadata", "continue"]?.string)
        for name in ["d", "e", "f"] { try late.store.create(.configMaps, namespace: "shop", configMap(name)) }
        let gone = try late("GET", "/api/v1/configmaps?limit=1&continue=\(next)")
        #expect(gone.status == 410)
        #expect(gone.reason == "Expired")
    }

    @Test func `lists can be narrowed`() throws {
        try fill(2)
        try call.store.create(.configMaps, namespace: "shop", configMap("marked", ["labels": ["x": "y"]]))
        #expect(try call("GET", "/api/v1/configmaps?labelSelector=x%3Dy").names == ["marked"])
        #expect(try call("GET", "/api/v1/configmaps?labelSelector=%21x").names == ["m1", "m2"])
        #expect(try call("GET", "/api/v1/configmaps?fieldSelector=metadata.name%3Dm2").names == ["m2"])
        #expect(try call("GET", "/api/v1/namespaces/other/configmaps").names == [])
        let list = try call("DELETE", "/api/v1/namespaces/shop/configmaps?labelSelector=x")
        #expect(list.names == ["marked"])
        #expect(try call("GET", "/api/v1/configmaps").names == ["m1", "m2"])
    }

    @Test func `tables and bare metadata are given to whom asks`() throws {
        try fill(1)
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        let table = try call("GET", "/api/v1/configmaps", accept: accept).body
        #expect(table["kind"] == "Table")
        #expect(table["rows"]?.array?.first?["cells"]?.array?.first == "m1")
        #expect(table[at: "metadata", "resourceVersion"]?.string == String(call.store.currentVersion))
        let beta = "application/json;as=Table;v=v1beta1;g=meta.k8s.io"
        #expect(
            try call("GET", "/api/v1/namespaces/shop/configmaps/m1", accept: beta).body["apiVersion"] == "meta.k8s.io/v1beta1")
        let partial = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        let bare = try call("GET", "/api/v1/configmaps", accept: partial).body
        #expect(bare["kind"] == "PartialObjectMetadataList")
        #expect(bare["items"]?.array?.first?["data"] == nil)
        #expect(
            try call("GET", "/api/v1/configmaps", accept: "application/vnd.kubernetes.protobuf,application/json").status == 200)
        #expect(try call("GET", "/api/v1/configmaps", accept: "application/vnd.kubernetes.protobuf").status == 406)
    }

    @Test func `a kind is scaled through its subresource`() throws {
        try call.store.create(.customResourceDefinitions, widgets)
        try call.store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 1]])
        let path = "/apis/example.com/v1/namespaces/shop/widgets/w"
        let scale = try call("GET", path + "/scale").body
        #expect(scale["kind"] == "Scale")
        #expect(scale[at: "spec", "replicas"] == 2)
        #expect(
            try call("PATCH", path + "/scale", ["spec": ["replicas": 7]], type: "application/merge-patch+json").body[
                at: "spec", "replicas"] == 7)
        #expect(try call("GET", path).body["spec"] == ["size": 1, "replicas": 7])
        #expect(try call("PUT", path + "/scale", scale).status == 409)
        #expect(
            try call("PATCH", path + "/scale", ["spec": ["replicas": -1]], type: "application/merge-patch+json").status == 422)
    }

    @Test func `discovery says what is there in every form that kubectl asks for`() throws {
        try call.store.create(.customResourceDefinitions, widgets)
        #expect(try call("GET", "/api").body["versions"] == ["v1"])
        let groups = try call("GET", "/apis").body["groups"]?.array ?? []
        #expect(groups.map { $0["name"] }.contains("example.com"))
        let resources = try call("GET", "/apis/example.com/v1").body["resources"]?.array ?? []
        #expect(resources.map { $0["name"] } == ["widgets", "widgets/scale", "widgets/status"])
        #expect(resources.first?["shortNames"] == ["wd"])
        for version in ["v2", "v2beta1"] {
            let accept = "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList,application/json"
            let answer = try call("GET", "/apis", accept: accept)
            #expect(
                answer.headers["Content-Type"] == "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList")
            let group = answer.body["items"]?.array?.first { $0.name == "example.com" }
            let widget = group?["versions"]?.array?.first?["resources"]?.array?.first
            #expect(widget?["resource"] == "widgets")
            #expect(widget?["subresources"]?.array?.map { $0["subresource"] } == ["scale", "status"])
        }
    }

    @Test func `whoever got in may do everything and learns who he is`() throws {
        let question: Value = ["spec": ["resourceAttributes": ["verb": "create", "resource": "pods"]]]
        let may = try call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", question)
        #expect(may.status == 201)
        #expect(may.body[at: "status", "allowed"] == true)
        let who = try call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", [:])
        #expect(who.body[at: "status", "userInfo", "username"] == "martlet-dev")
    }
}

@Suite struct NegotiationTests {
    @Test(
        arguments: [
            (nil, Rendering.json), ("*/*", .json), ("application/yaml", .yaml),
            ("application/json;q=0.5,application/yaml", .yaml),
            ("application/json;as=Table;v=v2;g=meta.k8s.io,application/json", .json),
            ("application/json;as=Table;v=v1;g=meta.k8s.io;q=0,application/json", .json),
        ] as [(String?, Rendering)])
    func `the best acceptable form is chosen`(_ accept: String?, _ expected: Rendering) throws {
        #expect(try Rendering.chosen(accept) == expected)
    }

    @Test(
        arguments: [
            ("/api/v1", "", "v1", nil, "", nil, nil), ("/api/v1/namespaces", "", "v1", nil, "namespaces", nil, nil),
            ("/api/v1/namespaces/a", "", "v1", nil, "namespaces", "a", nil),
            ("/api/v1/namespaces/a/status", "", "v1", nil, "namespaces", "a", "status"),
            ("/api/v1/namespaces/a/pods", "", "v1", "a", "pods", nil, nil),
            ("/apis/apps/v1/namespaces/a/deployments/b/scale", "apps", "v1", "a", "deployments", "b", "scale"),
            ("/apis/networking.k8s.io/v1/ingressclasses/m", "networking.k8s.io", "v1", nil, "ingressclasses", "m", nil),
        ] as [(String, String, String, String?, String, String?, String?)])
    func `paths are read`(
        _ path: String, _ group: String, _ version: String, _ namespace: String?, _ plural: String, _ name: String?,
        _ sub: String?
    ) throws {
        let read = try #require(ResourcePath(path))
        #expect(read.group == group && read.version == version && read.namespace == namespace)
        #expect(read.plural == plural && read.name == name && read.subresource == sub)
    }
}
