import Documents
import Reactor
import Testing

@testable import DevCluster

private func failure(_ body: () throws -> Void) -> APIFailure? {
    do { try body() } catch { return error as? APIFailure }
    return nil
}

@Suite struct WritingTests {
    @Test func `a new object gets an id, a time and a version`() throws {
        let store = try store()
        let sent = configMap(
            "a", ["uid": "mine", "resourceVersion": "", "creationTimestamp": .null, "managedFields": [], "labels": ["x": "y"]])
        let made = try store.create(.configMaps, namespace: "shop", sent)
        #expect(made.uid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(made[at: "metadata", "creationTimestamp"] == "2027-01-15T08:00:00Z")
        #expect(made.namespace == "shop")
        #expect(made["kind"] == "ConfigMap")
        let owners = try ManagedFields(reading: made.managedFields)
        #expect(owners.managers.map(\.name) == ["martlet-dev"])
        #expect(
            owners[owners.managers[0]]?.fields.routes.map(\.text) == [
                ".data", ".data.a", ".metadata.labels", ".metadata.labels.x",
            ])
        #expect(made[at: "metadata", "labels"] == ["x": "y"])
        #expect(store.object(.configMaps, namespace: "shop", name: "a") == made)
    }

    @Test func `generated names are new each time`() throws {
        let store = try store()
        let names = try (0..<20).map { _ in
            try store.create(.configMaps, namespace: "shop", ["metadata": ["generateName": "web-"]]).name
        }
        #expect(Set(names).count == 20)
        #expect(names.allSatisfy { $0.wholeMatch(of: /web-[b-df-hj-np-tv-xz2-9]{5}/) != nil })
    }

    @Test func `what cannot be created says why`() throws {
        let store = try store()
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        let refusals: [(Value, String, String)] = [
            (configMap("a"), "shop", "configmaps \"a\" already exists"),
            (configMap("b"), "nowhere", "namespaces \"nowhere\" not found"),
            (
                configMap("b", ["namespace": "other"]), "shop",
                "the namespace of the provided object does not match the namespace sent on the request"
            ),
            (configMap("b", ["resourceVersion": "3"]), "shop", "resourceVersion should not be set on objects to be created"),
            (
                ["kind": "Secret", "metadata": ["name": "b"]], "shop",
                "the kind in the data (Secret) does not match the expected kind (ConfigMap)"
            ),
            (["metadata": "b"], "shop", "metadata must be an object, found string"),
            ("b", "shop", "the object provided is unrecognized (must be of type ConfigMap): expected an object, found string"),
            (
                ["metadata": [:]], "shop",
                "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
            ),
        ]
        for (object, namespace, message) in refusals {
            #expect(failure { try store.create(.configMaps, namespace: namespace, object) }?.message == message)
        }
    }

    @Test(arguments: ["Upper", "under_score", "-dash", "dot.", ""])
    func `names follow the rules of their kind`(_ name: String) throws {
        let store = try store()
        let refused = failure { try store.create(.configMaps, namespace: "shop", configMap(name)) }
        #expect(refused?.causes.map(\.field) == ["metadata.name"])
    }

    @Test func `labels and annotations are checked`() throws {
        let store = try store()
        let bad = configMap("a", ["labels": ["a b": "x", "ok": "not ok"], "annotations": ["n": 1]])
        let refused = failure { try store.create(.configMaps, namespace: "shop", bad) }
        #expect(
            refused?.causes.map(\.field) == [
                "metadata.labels", "metadata.labels", "metadata.annotations.n", "metadata.annotations.n",
            ])
        let huge = configMap("a", ["annotations": ["a": .string(String(repeating: "x", count: 300_000))]])
        #expect(failure { try store.create(.configMaps, namespace: "shop", huge) }?.message.contains("Too long") == true)
    }

    @Test func `a stale version is a conflict and the current one is not`() throws {
        let store = try store()
        let first = try store.create(.configMaps, namespace: "shop", configMap("a"))
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0["data"] = ["a": "c"] }
        let kind = try #require(store.kinds.preferred(.configMaps))
        let key = ObjectKey(namespace: "shop", name: "a")
        let stale = failure { _ = try store.edit(kind, key, .object) { _ in first } }
        #expect(stale?.code == 409)
        #expect(stale?.reason == "Conflict")
        #expect(
            stale?.message
                == "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
        )
        var unconditional = first
        unconditional.setMetadata("resourceVersion", nil)
        _ = try store.edit(kind, key, .object) { _ in unconditional }
        #expect(store.object(.configMaps, namespace: "shop", name: "a")?["data"] == ["a": "b"])
    }

    @Test func `a write that changes nothing is no event`() throws {
        let store = try store()
        let made = try store.create(.configMaps, namespace: "shop", configMap("a"))
        let watch = try store.watch(.configMaps)
        let same = try store.edit(.configMaps, namespace: "shop", name: "a") { $0["data"] = ["a": "b"] }
        #expect(same == made)
        let events = try watch.events()
        #expect(events.isEmpty)
    }

    @Test func `what the cluster decided cannot be changed`() throws {
        let store = try store()
        let made = try store.create(.configMaps, namespace: "shop", configMap("a"))
        let edited = try store.edit(.configMaps, namespace: "shop", name: "a") {
            $0.setMetadata("creationTimestamp", "1999-01-01T00:00:00Z")
            $0.setMetadata("deletionTimestamp", "1999-01-01T00:00:00Z")
            $0.setMetadata("labels", ["x": "y"])
        }
        #expect(edited[at: "metadata", "creationTimestamp"] == made[at: "metadata", "creationTimestamp"])
        #expect(edited[at: "metadata", "deletionTimestamp"] == nil)
        let other = failure { try store.edit(.configMaps, namespace: "shop", name: "a") { $0.setMetadata("uid", "other") } }
        #expect(other?.code == 409)
        let renamed = failure { try store.edit(.configMaps, namespace: "shop", name: "a") { $0.setMetadata("name", "b") } }
        #expect(renamed?.message == "the name of the object (b) does not match the name on the URL (a)")
    }

    @Test func `a dry run checks everything and keeps nothing`() throws {
        let store = try store()
        let kind = try #require(store.kinds.preferred(.configMaps))
        let version = store.currentVersion
        let options = WriteOptions(isDryRun: true)
        #expect(try store.create(kind, namespace: "shop", configMap("a"), options).object.name == "a")
        #expect(failure { _ = try store.create(kind, namespace: "nowhere", configMap("a"), options) }?.code == 404)
        #expect(store.currentVersion == version)
        #expect(store.list(.configMaps).isEmpty)
    }
}

@Suite struct CustomResourceTests {
    private func storeWithWidgets() throws -> ClusterStore {
        let store = try store()
        try store.create(.customResourceDefinitions, widgets)
        return store
    }

    @Test func `a definition is established and served at once, and its objects go with it`() throws {
        let store = try storeWithWidgets()
        let definition = try #require(store.object(.customResourceDefinitions, name: "widgets.example.com"))
        let conditions = definition[at: "status", "conditions"]?.array ?? []
        #expect(conditions.map { $0["type"]?.string } == ["NamesAccepted", "Established"])
        #expect(definition[at: "status", "acceptedNames", "listKind"] == "WidgetList")
        try store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 1]])
        let watch = try store.watch(.widgets)
        #expect(try store.delete(.customResourceDefinitions, name: "widgets.example.com").isGone)
        #expect(store.kinds.preferred(.widgets) == nil)
        let events = try watch.events()
        #expect(events.map(\.kind) == [.deleted])
    }

    @Test func `an object that holds on keeps its definition`() throws {
        let store = try storeWithWidgets()
        try store.create(
            .widgets, namespace: "shop", ["metadata": ["name": "w", "finalizers": ["example.com/hold"]], "spec": ["size": 1]])
        #expect(try !store.delete(.customResourceDefinitions, name: "widgets.example.com").isGone)
        #expect(store.kinds.preferred(.widgets) != nil)
        try store.edit(.widgets, namespace: "shop", name: "w") { $0.setFinalizers([]) }
        #expect(store.object(.customResourceDefinitions, name: "widgets.example.com") == nil)
        #expect(store.kinds.preferred(.widgets) == nil)
    }

    @Test func `defaults are filled in and bad values are named by their field`() throws {
        let store = try storeWithWidgets()
        let made = try store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 1]])
        #expect(made["spec"] == ["size": 1, "replicas": 2])
        for (spec, field) in [(["size": 11], "spec.size"), (["size": "big"], "spec.size"), ([:], "spec.size")]
            as [(Value, String)]
        {
            let refused = failure { try store.create(.widgets, namespace: "shop", ["metadata": ["name": "x"], "spec": spec]) }
            #expect(refused?.code == 422)
            #expect(refused?.causes.map(\.field) == [field])
            #expect(refused?.message.hasPrefix("Widget.example.com \"x\" is invalid: spec.size: ") == true)
        }
    }

    @Test func `unknown members are dropped, told of, or refused`() throws {
        let store = try storeWithWidgets()
        let kind = try #require(store.kinds.preferred(.widgets))
        let sent: Value = ["metadata": ["name": "w", "colour": "red"], "spec": ["size": 1, "weight": 3]]
        let strict = failure { _ = try store.create(kind, namespace: "shop", sent, WriteOptions(fieldValidation: .strict)) }
        #expect(strict?.code == 400)
        #expect(
            strict?.message
                == "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.weight\", unknown field \"metadata.colour\""
        )
        let warned = try store.create(kind, namespace: "shop", sent, WriteOptions(fieldValidation: .warn))
        #expect(warned.warnings == ["unknown field \"spec.weight\"", "unknown field \"metadata.colour\""])
        #expect(warned.object["spec"] == ["size": 1, "replicas": 2])
        #expect(warned.object[at: "metadata", "colour"] == nil)
    }

    @Test func `a generation counts changes of the spec, and status is written on its own`() throws {
        let store = try storeWithWidgets()
        let made = try store.create(
            .widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 1], "status": ["phase": "forged"]])
        #expect(made["status"] == nil)
        #expect(made[at: "metadata", "generation"] == 1)
        let labelled = try store.edit(.widgets, namespace: "shop", name: "w") { $0.setMetadata("labels", ["a": "b"]) }
        #expect(labelled[at: "metadata", "generation"] == 1)
        let resized = try store.edit(.widgets, namespace: "shop", name: "w") {
            $0["spec"] = ["size": 2, "replicas": 2]
            $0["status"] = ["phase": "forged"]
        }
        #expect(resized[at: "metadata", "generation"] == 2)
        #expect(resized["status"] == nil)
        let judged = try store.edit(.widgets, namespace: "shop", name: "w", .status) {
            $0["spec"] = ["size": 9]
            $0["status"] = ["phase": "Good"]
        }
        #expect(judged["status"] == ["phase": "Good"])
        #expect(judged["spec"] == ["size": 2, "replicas": 2])
        #expect(judged[at: "metadata", "generation"] == 2)
    }

    @Test func `a definition cannot take over a kind of the cluster`() throws {
        let store = try store()
        var thief = widgets
        thief.setMetadata("name", "ingresses.networking.k8s.io")
        thief["spec"]?["group"] = "networking.k8s.io"
        thief["spec"]?["names"] = ["plural": "ingresses", "kind": "Ingress"]
        let refused = failure { try store.create(.customResourceDefinitions, thief) }
        #expect(refused?.message.contains("ingresses.networking.k8s.io is served by the cluster itself") == true)
        #expect(store.kinds.preferred(ResourceKey("ingresses", group: "networking.k8s.io"))?.columns.isEmpty == false)
    }

    @Test func `definitions that contradict themselves are refused`() throws {
        let store = try store()
        func changed(_ change: (inout Value) -> Void) -> Value {
            var copy = widgets
            change(&copy)
            return copy
        }
        let bad: [(Value, String)] = [
            (changed { $0.setMetadata("name", "gadgets.example.com") }, "metadata.name"),
            (changed { $0["spec"]?["scope"] = "Galactic" }, "spec.scope"),
            (
                changed {
                    $0["spec"]?["versions"] = [
                        ["name": "v1", "served": true, "storage": false, "schema": ["openAPIV3Schema": [:]]]
                    ]
                }, "spec.versions"
            ),
        ]
        for (definition, field) in bad {
            let refused = failure { try store.create(.customResourceDefinitions, definition) }
            #expect(refused?.causes.map(\.field).contains(field) == true)
        }
    }
}
