import Documents
import Resources
import Testing
import Translator

struct SnapshotTests {
    private func service(_ name: String, namespace: String? = "shop", port: Int64 = 80) -> Located {
        var metadata: Value = ["name": .string(name)]
        if let namespace { metadata["namespace"] = .string(namespace) }
        return Located(value: [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": ["ports": [["port": .integer(port)]]],
        ])
    }

    private func reference(_ name: String, _ namespace: String = "shop") -> ObjectReference {
        ObjectReference(kind: "Service", namespace: namespace, name: name)
    }

    @Test func `a new, a changed and an unchanged object are told apart`() {
        var snapshot = Snapshot()
        #expect(snapshot.put(service("a")) == reference("a"))
        #expect(snapshot.put(service("a")) == nil)
        #expect(snapshot.put(service("a", port: 81)) == reference("a"))
        #expect(snapshot.service(namespace: "shop", name: "a")?.spec.ports.map(\.port) == [81])
    }

    @Test func `other kinds, other versions and nameless objects are ignored`() {
        var snapshot = Snapshot()
        #expect(snapshot.put(Located(value: ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"]])) == nil)
        #expect(
            snapshot.put(Located(value: ["apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": ["name": "i"]]))
                == nil)
        #expect(snapshot.put(Located(value: ["apiVersion": "v1", "kind": "Service", "metadata": ["namespace": "shop"]])) == nil)
        #expect(snapshot.put(Located(value: "Service")) == nil)
    }

    @Test func `an object in a file that names no namespace is in the default one`() {
        var snapshot = Snapshot(defaultNamespace: "mine")
        #expect(snapshot.put(service("a", namespace: nil)) == reference("a", "mine"))
    }

    @Test func `a relist swaps at once and names only what changed`() {
        var snapshot = Snapshot()
        for document in [service("same"), service("old"), service("gone"), service("far", namespace: "pay")] {
            snapshot.put(document)
        }
        let changed = snapshot.replace(
            Service.kind, namespace: "shop",
            with: [service("same"), service("old", port: 81), service("new")].map { Arrival($0) })
        #expect(changed == [reference("old"), reference("gone"), reference("new")])
        #expect(snapshot.service(namespace: "pay", name: "far") != nil)
        #expect(snapshot.replace(Service.kind, namespace: nil, with: []).count == 4)
        #expect(snapshot.service(namespace: "pay", name: "far") == nil)
    }

    @Test func `what is removed is gone once`() {
        var snapshot = Snapshot()
        snapshot.put(service("a"))
        let (first, second) = (snapshot.remove(reference("a")), snapshot.remove(reference("a")))
        #expect(first)
        #expect(!second)
    }

    /// A copy is another moment: what happens to one is not seen in the other.
    @Test func `a snapshot is a value`() {
        var snapshot = Snapshot()
        snapshot.put(service("a"))
        let before = snapshot
        snapshot.remove(reference("a"))
        #expect(before.service(namespace: "shop", name: "a") != nil)
    }

    // MARK: - Secrets

    private func secret(_ name: String, type: String = "kubernetes.io/tls", value: String = "a2V5") -> Located {
        let data: Value = ["tls.crt": .string(value), "tls.key": .string(value)]
        return Located(value: [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(name), "namespace": "shop"], "type": .string(type),
            "data": data,
        ])
    }

    private func secretReference(_ name: String) -> ObjectReference {
        ObjectReference(kind: "Secret", namespace: "shop", name: name)
    }

    @Test func `before anybody said what is referred to, certificates keep their values and no other Secret does`() {
        var snapshot = Snapshot()
        snapshot.put(secret("tls"))
        snapshot.put(secret("password", type: "Opaque"))
        #expect(snapshot.secret(namespace: "shop", name: "tls")?.data["tls.key"] == "a2V5")
        #expect(snapshot.secret(namespace: "shop", name: "password")?.data == ["tls.crt": "", "tls.key": ""])
    }

    @Test func `values of Secrets that nothing refers to go, their type and keys stay, and changes of them are none`() {
        var snapshot = Snapshot()
        snapshot.put(secret("used"))
        snapshot.put(secret("unused"))
        #expect(snapshot.keepSecrets([secretReference("used"), secretReference("nowhere")]).isEmpty)
        #expect(snapshot.secret(namespace: "shop", name: "used")?.isElided == false)
        let unused = snapshot.secret(namespace: "shop", name: "unused")
        #expect(unused?.type == "kubernetes.io/tls")
        #expect(unused?.data == ["tls.crt": "", "tls.key": ""])
        #expect(snapshot.put(secret("unused", value: "bmV3")) == nil)
        #expect(snapshot.put(secret("used", value: "bmV3")) == secretReference("used"))
        let relisted = [secret("used", value: "bmV3"), secret("unused")].map { Arrival($0) }
        #expect(snapshot.replace(Secret.kind, namespace: nil, with: relisted) == [])
    }

    @Test func `a reference that appears later names the Secrets whose values are missing, and reading them again is a change`() {
        var snapshot = Snapshot()
        snapshot.put(secret("late"))
        _ = snapshot.keepSecrets([])
        #expect(snapshot.keepSecrets([secretReference("late")]) == [secretReference("late")])
        #expect(snapshot.put(secret("late")) == secretReference("late"))
        #expect(snapshot.secret(namespace: "shop", name: "late")?.data["tls.crt"] == "a2V5")
        #expect(snapshot.keepSecrets([secretReference("late")]).isEmpty)
    }
}
