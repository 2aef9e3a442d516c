import Documents
import Serving
import Testing

@testable import DevCluster

@Suite struct ApplyRequestTests {
    private let clock = TestClock()
    private let call: Handler
    private let path = "/api/v1/namespaces/shop/configmaps/a"

    init() throws { call = Handler(try store(clock)) }

    private func apply(_ data: Value, by manager: String = "me", _ query: String = "") throws -> Handler.Answer {
        let body: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": data]
        return try call("PATCH", "\(path)?fieldManager=\(manager)\(query)", body, type: ObjectPatch.applyType)
    }

    private func owners(_ object: Value) throws -> [String] {
        let managed = try ManagedFields(reading: object.managedFields)
        return managed.managers.map { "\($0.name) \($0.operation.rawValue) \(managed[$0]?.time ?? "")" }
    }

    @Test func `an apply makes the object and says so`() throws {
        let made = try apply(["a": "1"])
        #expect(made.status == 201)
        #expect(!made.body.uid.isEmpty)
        #expect(try apply(["a": "2"]).status == 200)
        #expect(
            made.body.managedFields == [
                [
                    "manager": "me", "operation": "Apply", "apiVersion": "v1", "time": "2027-01-15T08:00:00Z",
                    "fieldsType": "FieldsV1", "fieldsV1": ["f:data": ["f:a": [:]]],
                ]
            ])
    }

    @Test func `an apply that changes nothing leaves version and time alone`() throws {
        let made = try apply(["a": "1"])
        clock.advance(60)
        let again = try apply(["a": "1"])
        #expect(again.body == made.body)
        clock.advance(60)
        let changed = try apply(["a": "2"])
        #expect(changed.body.resourceVersion != made.body.resourceVersion)
        #expect(try owners(changed.body) == ["me Apply 2027-01-15T08:02:00Z"])
        // A new owner of what is there already is a change, though not of the data.
        let shared = try apply(["a": "2"], by: "other")
        #expect(shared.body.resourceVersion != changed.body.resourceVersion)
        #expect(try owners(shared.body).count == 2)
    }

    @Test func `a value that the server completes is no change the next time`() throws {
        let secret: Value = ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "stringData": ["a": "b"]]
        let target = "/api/v1/namespaces/shop/secrets/s?fieldManager=me"
        let made = try call("PATCH", target, secret, type: ObjectPatch.applyType)
        clock.advance(60)
        #expect(try call("PATCH", target, secret, type: ObjectPatch.applyType).body == made.body)
    }

    @Test func `the body may be YAML`() throws {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: x # said\n"
        let made = try call.raw("PATCH", path + "?fieldManager=me", Array(text.utf8), type: ObjectPatch.applyType)
        #expect(made.status == 201)
        #expect(made.body["data"] == ["a": "x"])
        for broken in ["a: [", "- 1", "", "a: 1\na: 2", "kind: ConfigMap"] {
            let refused = try call.raw("PATCH", path + "?fieldManager=me", Array(broken.utf8), type: ObjectPatch.applyType)
            #expect(refused.status == 400, "\(broken)")
            #expect(!refused.message.isEmpty)
        }
    }

    @Test func `a dry run says what would be and keeps nothing`() throws {
        #expect(try apply(["a": "1"], "&dryRun=All").status == 201)
        #expect(try call("GET", path).status == 404)
        let made = try apply(["a": "1"])
        #expect(try apply(["a": "2"], "&dryRun=All").body["data"] == ["a": "2"])
        #expect(try call("GET", path).body == made.body)
        #expect(try apply(["a": "2"], by: "other", "&dryRun=All").status == 409)
    }

    @Test func `conflicts have causes`() throws {
        _ = try apply(["a": "1", "b": "1"])
        let refused = try apply(["a": "2", "b": "2"], by: "other")
        #expect(refused.status == 409)
        #expect(refused.reason == "Conflict")
        #expect(refused.message == "Apply failed with 2 conflicts: conflicts with \"me\":\n- .data.a\n- .data.b")
        let causes = refused.body[at: "details", "causes"]?.array ?? []
        #expect(
            causes.first == ["reason": "FieldManagerConflict", "message": "conflict with \"me\"", "field": ".data.a"])
        #expect(causes.count == 2)
    }

    @Test(arguments: [
        ("PATCH", "", ObjectPatch.applyType, 422, "fieldManager: Required value: is required for apply patch"),
        (
            "PATCH", "?force=true", "application/merge-patch+json", 422,
            "force: Forbidden: may not be specified for non-apply patch"
        ),
        ("PATCH", "?fieldManager=me&force=perhaps", ObjectPatch.applyType, 400, "must be true or false"),
        ("PUT", "?fieldManager=a%01b", "application/json", 422, "UpdateOptions.meta.k8s.io \"\" is invalid: fieldManager"),
        ("PATCH", "?fieldManager=\(String(repeating: "x", count: 129))", ObjectPatch.applyType, 422, "fieldManager: Too long"),
    ])
    func `parameters that make no sense are refused`(
        _ method: String, _ query: String, _ type: String, _ status: Int, _ words: String
    )
        throws
    {
        _ = try apply(["a": "1"])
        let body: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"]]
        let refused = try call(method, path + query, body, type: type)
        #expect(refused.status == status)
        #expect(refused.message.contains(words), "\(refused.message)")
    }

    // MARK: - Other writes

    @Test(arguments: [
        ("?fieldManager=given", "curl/8.0", "given"), ("", "kubectl/v1.32 (linux)", "kubectl"), ("", "", "unknown"),
        ("", "odd\u{7}name", "oddname"),
    ])
    func `a write's manager is given or comes from the user agent`(_ query: String, _ agent: String, _ manager: String) throws {
        let headers: HeaderFields = ["Authorization": "Bearer secret", "Content-Type": "application/json", "User-Agent": agent]
        let request = ServedRequest(
            method: "POST", target: "/api/v1/namespaces/shop/configmaps" + query, headers: headers, body: configMap("b").json)
        #expect(try RequestManager.name(request).isEmpty == (manager == "unknown"))
        let made = try call.store.create(
            #require(call.store.kinds.preferred(.configMaps)), namespace: "shop", configMap("b"), RequestOptions.write(request))
        #expect(try owners(made.object).first?.hasPrefix(manager + " Update") == true)
    }

    @Test func `only so many updaters are remembered`() throws {
        _ = try apply(["a": "0"], by: "applier")
        for number in 1...15 {
            clock.advance(1)
            let patch: Value = ["data": ["k\(number)": "x"]]
            _ = try call("PATCH", "\(path)?fieldManager=m\(number)", patch, type: "application/merge-patch+json")
        }
        let object = try call("GET", path).body
        let managed = try ManagedFields(reading: object.managedFields)
        let updaters = managed.managers.filter { $0.operation == .update }
        #expect(updaters.count == ManagedFields.maximumUpdaters)
        #expect(updaters.first?.name == ManagedFields.bucket)
        #expect(managed.managers.contains { $0.name == "applier" })
        // Nothing is lost: every key still has an owner.
        let all = managed.managers.reduce(FieldSet()) { $0.union(managed[$1]?.fields ?? FieldSet()) }
        for number in 1...15 { #expect(all.contains([.field("data"), .field("k\(number)")])) }
    }

    @Test func `controllers own what they write`() throws {
        let deployment = try YAML.documents(
            """
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "martlet/sample:v1"}]}}
            """)[0].value
        try call.store.create(.deployments, namespace: "shop", by: "kubectl-create", deployment)
        try call.store.edit(.deployments, namespace: "shop", name: "web", .status, by: "kube-controller-manager") {
            $0["status"] = ["replicas": 1]
        }
        let object = try #require(call.store.object(.deployments, namespace: "shop", name: "web"))
        let managed = try ManagedFields(reading: object.managedFields)
        #expect(managed.managers.map(\.name).sorted() == ["kube-controller-manager", "kubectl-create"])
        #expect(managed.managers.first { $0.name == "kube-controller-manager" }?.subresource == "status")
    }

    @Test func `an owner's version that is no longer served is forgotten`() throws {
        _ = try apply(["a": "1"])
        let entry: Value = [
            "manager": "old", "operation": "Update", "apiVersion": "v0", "fieldsType": "FieldsV1",
            "fieldsV1": ["f:data": ["f:a": [:]]],
        ]
        let patch: Value = ["metadata": ["managedFields": [entry]], "data": ["b": "1"]]
        let patched = try call("PATCH", path + "?fieldManager=new", patch, type: "application/merge-patch+json")
        #expect(try owners(patched.body).map { String($0.prefix(3)) } == ["new"])
    }

    @Test func `owners name their fields in their own version`() throws {
        let event: Value = [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e"], "involvedObject": ["kind": "Pod"], "message": "one",
            "eventTime": "2026-11-25T00:00:00.000000Z",
        ]
        let old = "/api/v1/namespaces/shop/events/e"
        let new = "/apis/events.k8s.io/v1/namespaces/shop/events/e"
        #expect(try call("PATCH", old + "?fieldManager=core", event, type: ObjectPatch.applyType).status == 201)
        let modern: Value = ["apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": ["name": "e"], "note": "two"]
        let refused = try call("PATCH", new + "?fieldManager=modern", modern, type: ObjectPatch.applyType)
        #expect(refused.status == 409)
        #expect(refused.message.contains(".message"))
        #expect(try call("PATCH", new + "?fieldManager=modern&force=true", modern, type: ObjectPatch.applyType).status == 200)
        #expect(try call("GET", old).body["message"] == "two")
    }

    @Test func `an applier is the same in another version of the kind, and what it left out there goes`() throws {
        var definition = ApplyWorld.definition("Sample", ["type": "object", "x-kubernetes-preserve-unknown-fields": true])
        let stored = try #require(definition[at: "spec", "versions"]?.array?.first)
        var beta = stored
        beta["name"] = "v1beta1"
        beta["storage"] = false
        definition["spec"]?["versions"] = [stored, beta]
        try call.store.create(.customResourceDefinitions, definition)
        func apply(_ version: String, _ spec: Value) throws -> Handler.Answer {
            let body: Value = [
                "apiVersion": .string("example.com/\(version)"), "kind": "Sample", "metadata": ["name": "s"], "spec": spec,
            ]
            let target = "/apis/example.com/\(version)/namespaces/shop/samples/s?fieldManager=me"
            return try call("PATCH", target, body, type: ObjectPatch.applyType)
        }
        #expect(try apply("v1beta1", ["a": 1, "b": 1]).status == 201)
        let moved = try apply("v1", ["b": 2])
        #expect(moved.body["spec"] == ["b": 2])
        #expect(try owners(moved.body).count == 1)
        #expect(moved.body.managedFields?.array?.first?["apiVersion"] == "example.com/v1")
    }

    @Test func `a definition that makes a whole of parts leaves their owners the whole`() throws {
        func definition(_ mark: Value) -> Value {
            var options: Value = ["type": "object", "additionalProperties": ["type": "string"]]
            options["x-kubernetes-map-type"] = mark
            return ApplyWorld.definition(
                "Sample", ["type": "object", "properties": ["spec": ["type": "object", "properties": ["options": options]]]])
        }
        let definitions = ResourceKey.customResourceDefinitions
        try call.store.create(definitions, definition("granular"))
        let target = "/apis/example.com/v1/namespaces/shop/samples/s?fieldManager=me"
        let body: Value = [
            "apiVersion": "example.com/v1", "kind": "Sample", "metadata": ["name": "s"],
            "spec": ["options": ["a": "1", "b": "1"]],
        ]
        _ = try call("PATCH", target, body, type: ObjectPatch.applyType)
        try call.store.edit(definitions, name: "samples.example.com") { $0["spec"] = definition("atomic")["spec"] }
        var other = body
        other["spec"] = ["options": ["c": "1"]]
        let refused = try call("PATCH", target + "2", other, type: ObjectPatch.applyType)
        #expect(refused.message.contains("conflict with \"me\": .spec.options"), "\(refused.message)")
    }
}
