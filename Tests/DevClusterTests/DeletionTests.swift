import Documents
import Testing

@testable import DevCluster

private func owned(_ name: String, by owners: [Value], blocks: Bool = true, finalizers: [Value] = []) -> Value {
    let references = owners.map { owner -> Value in
        [
            "apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner.name), "uid": .string(owner.uid),
            "blockOwnerDeletion": .bool(blocks),
        ]
    }
    return configMap(name, ["ownerReferences": .array(references), "finalizers": .array(finalizers)])
}

private func names(_ store: ClusterStore) -> [String] { store.list(.configMaps).map(\.name) }

private func options(_ propagation: Propagation) -> DeleteOptions {
    var options = DeleteOptions()
    options.propagation = propagation
    return options
}

@Suite struct DeletionTests {
    @Test func `a finalizer keeps an object until it is taken off`() throws {
        let store = try store()
        try store.create(.configMaps, namespace: "shop", configMap("a", ["finalizers": ["example.com/hold"]]))
        let (marked, isGone) = try store.delete(.configMaps, namespace: "shop", name: "a")
        #expect(!isGone)
        #expect(marked[at: "metadata", "deletionTimestamp"] == "2027-01-15T08:00:00Z")
        let version = store.currentVersion
        try store.delete(.configMaps, namespace: "shop", name: "a")
        #expect(store.currentVersion == version)
        #expect(throws: APIFailure.self) {
            try store.edit(.configMaps, namespace: "shop", name: "a") {
                $0.setFinalizers(["example.com/hold", "example.com/late"])
            }
        }
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0.setFinalizers([]) }
        #expect(store.object(.configMaps, namespace: "shop", name: "a") == nil)
    }

    @Test func `in the background dependents follow their owner`() throws {
        let store = try store()
        let owner = try store.create(.configMaps, namespace: "shop", configMap("owner"))
        let child = try store.create(.configMaps, namespace: "shop", owned("child", by: [owner]))
        try store.create(.configMaps, namespace: "shop", owned("grandchild", by: [child]))
        let second = try store.create(.configMaps, namespace: "shop", configMap("second"))
        try store.create(.configMaps, namespace: "shop", owned("shared", by: [owner, second]))
        try store.delete(.configMaps, namespace: "shop", name: "owner")
        #expect(names(store) == ["second", "shared"])
        #expect(store.object(.configMaps, namespace: "shop", name: "shared")?.owners.map { $0["name"] } == ["second"])
    }

    @Test func `orphans stay and forget`() throws {
        let store = try store()
        let owner = try store.create(.configMaps, namespace: "shop", configMap("owner"))
        try store.create(.configMaps, namespace: "shop", owned("child", by: [owner]))
        try store.delete(.configMaps, namespace: "shop", name: "owner", options(.orphan))
        #expect(names(store) == ["child"])
        #expect(store.object(.configMaps, namespace: "shop", name: "child")?.owners.isEmpty == true)
    }

    @Test func `in the foreground the owner waits for its dependents`() throws {
        let store = try store()
        let owner = try store.create(.configMaps, namespace: "shop", configMap("owner"))
        try store.create(.configMaps, namespace: "shop", owned("child", by: [owner], finalizers: ["example.com/hold"]))
        let (waiting, isGone) = try store.delete(.configMaps, namespace: "shop", name: "owner", options(.foreground))
        #expect(!isGone)
        #expect(waiting.finalizers == ["foregroundDeletion"])
        #expect(names(store) == ["child", "owner"])
        try store.edit(.configMaps, namespace: "shop", name: "child") { $0.setFinalizers([]) }
        #expect(names(store).isEmpty)
    }

    @Test(arguments: [Propagation.background, .foreground])
    func `owners in a circle go together`(_ propagation: Propagation) throws {
        let store = try store()
        let a = try store.create(.configMaps, namespace: "shop", configMap("a"))
        let b = try store.create(.configMaps, namespace: "shop", owned("b", by: [a]))
        try store.edit(.configMaps, namespace: "shop", name: "a") {
            $0.setMetadata("ownerReferences", owned("", by: [b])[at: "metadata", "ownerReferences"])
        }
        try store.delete(.configMaps, namespace: "shop", name: "a", options(propagation))
        #expect(names(store).isEmpty)
    }

    @Test func `a namespace takes everything with it and lets nothing in meanwhile`() throws {
        let store = try store()
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        try store.create(.configMaps, namespace: "shop", configMap("held", ["finalizers": ["example.com/hold"]]))
        let (namespace, isGone) = try store.delete(.namespaces, name: "shop")
        #expect(!isGone)
        #expect(namespace[at: "status", "phase"] == "Terminating")
        #expect(names(store) == ["held"])
        let refused = #expect(throws: APIFailure.self) { try store.create(.configMaps, namespace: "shop", configMap("late")) }
        #expect(
            refused?.message
                == "configmaps \"late\" is forbidden: unable to create new content in namespace shop because it is being terminated"
        )
        try store.edit(.configMaps, namespace: "shop", name: "held") { $0.setFinalizers([]) }
        #expect(store.object(.namespaces, name: "shop") == nil)
    }

    @Test func `an empty namespace goes at once and the permanent ones never`() throws {
        let store = try store()
        #expect(try store.delete(.namespaces, name: "shop").isGone)
        try store.create(.namespaces, ["metadata": ["name": "default"]])
        let refused = #expect(throws: APIFailure.self) { try store.delete(.namespaces, name: "default") }
        #expect(refused?.code == 403)
    }

    @Test func `preconditions are held`() throws {
        let store = try store()
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        var wrong = DeleteOptions()
        wrong.uid = "another"
        let refused = #expect(throws: APIFailure.self) { try store.delete(.configMaps, namespace: "shop", name: "a", wrong) }
        #expect(refused?.code == 409)
        wrong = DeleteOptions()
        wrong.resourceVersion = "1"
        #expect(throws: APIFailure.self) { try store.delete(.configMaps, namespace: "shop", name: "a", wrong) }
        #expect(names(store) == ["a"])
    }

    @Test func `a pod on a node gets its grace where somebody plays kubelet`() throws {
        let store = try store(gracefully: true)
        let spec: Value = ["nodeName": "n", "terminationGracePeriodSeconds": 5, "containers": [["name": "c", "image": "i"]]]
        try store.create(.pods, namespace: "shop", ["metadata": ["name": "p"], "spec": spec])
        let (marked, isGone) = try store.delete(.pods, namespace: "shop", name: "p")
        #expect(!isGone)
        #expect(marked[at: "metadata", "deletionTimestamp"] == "2027-01-15T08:00:05Z")
        #expect(marked[at: "metadata", "deletionGracePeriodSeconds"] == 5)
        var now = DeleteOptions()
        now.graceSeconds = 0
        #expect(try store.delete(.pods, namespace: "shop", name: "p", now).isGone)
    }
}
