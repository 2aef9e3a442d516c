import Documents
import Testing

@testable import DevCluster

private func service(_ name: String, _ spec: Value) -> Value { ["metadata": ["name": .string(name)], "spec": spec] }

@Suite struct KindRulesTests {
    @Test func `services get addresses of their own, and free ones are used again`() throws {
        let store = try store()
        let ports: Value = [["port": 80]]
        let a = try store.create(.services, namespace: "shop", service("a", ["ports": ports]))
        let b = try store.create(.services, namespace: "shop", service("b", ["ports": ports]))
        #expect(a[at: "spec", "clusterIP"]?.string?.hasPrefix("10.96.") == true)
        #expect(a[at: "spec", "clusterIP"] != b[at: "spec", "clusterIP"])
        #expect(a[at: "spec", "ports"]?.array?.first == ["port": 80, "protocol": "TCP", "targetPort": 80])
        #expect(a[at: "spec", "type"] == "ClusterIP")
        let wanted = service("c", ["ports": ports, "clusterIP": a[at: "spec", "clusterIP"] ?? .null])
        #expect(throws: APIFailure.self) { try store.create(.services, namespace: "shop", wanted) }
        try store.delete(.services, namespace: "shop", name: "a")
        #expect(try store.create(.services, namespace: "shop", wanted)[at: "spec", "clusterIP"] == a[at: "spec", "clusterIP"])
    }

    @Test func `an address stays while its service lives`() throws {
        let store = try store()
        let made = try store.create(.services, namespace: "shop", service("a", ["ports": [["port": 80]]]))
        let edited = try store.edit(.services, namespace: "shop", name: "a") {
            $0["spec"]?["clusterIP"] = nil
            $0["spec"]?["clusterIPs"] = nil
            $0["spec"]?["ports"] = [["port": 81]]
        }
        #expect(edited[at: "spec", "clusterIP"] == made[at: "spec", "clusterIP"])
        let refused = #expect(throws: APIFailure.self) {
            try store.edit(.services, namespace: "shop", name: "a") { $0["spec"]?["clusterIP"] = "10.96.99.99" }
        }
        #expect(refused?.causes.map(\.field) == ["spec.clusterIPs[0]"])
    }

    @Test func `node ports are given, kept and not given twice`() throws {
        let store = try store()
        let made = try store.create(
            .services, namespace: "shop",
            service("a", ["type": "NodePort", "ports": [["name": "x", "port": 80], ["name": "y", "port": 81]]]))
        let ports = ServiceAddresses.nodePorts(made)
        #expect(Set(ports).count == 2)
        #expect(ports.allSatisfy { (30_000...32_767).contains($0) })
        let again = try store.edit(.services, namespace: "shop", name: "a") {
            $0["spec"]?["ports"] = [["name": "y", "port": 81, "protocol": "TCP"]]
        }
        #expect(ServiceAddresses.nodePorts(again) == [ports[1]])
        let taken = service("b", ["type": "NodePort", "ports": [["port": 80, "nodePort": .integer(ports[1])]]])
        #expect(throws: APIFailure.self) { try store.create(.services, namespace: "shop", taken) }
    }

    @Test func `headless and external services get no address`() throws {
        let store = try store()
        let headless = try store.create(.services, namespace: "shop", service("a", ["clusterIP": "None"]))
        #expect(headless[at: "spec", "clusterIPs"] == ["None"])
        let external = try store.create(
            .services, namespace: "shop", service("b", ["type": "ExternalName", "externalName": "example.com"]))
        #expect(external[at: "spec", "clusterIP"] == nil)
        for spec in [["type": "ExternalName"], ["ports": [["port": 80], ["port": 81]]], [:]] as [Value] {
            #expect(throws: APIFailure.self) { try store.create(.services, namespace: "shop", service("c", spec)) }
        }
    }

    @Test func `text of a secret becomes data and its type stays`() throws {
        let store = try store()
        let made = try store.create(
            .secrets, namespace: "shop", ["metadata": ["name": "s"], "stringData": ["a": "hello"], "data": ["b": "eA=="]])
        #expect(made["data"] == ["a": "aGVsbG8=", "b": "eA=="])
        #expect(made["stringData"] == nil)
        #expect(made["type"] == "Opaque")
        #expect(throws: APIFailure.self) {
            try store.edit(.secrets, namespace: "shop", name: "s") { $0["type"] = "kubernetes.io/tls" }
        }
        let bad: [Value] = [
            ["metadata": ["name": "x"], "data": ["a": "not base64"]], ["metadata": ["name": "x"], "data": ["a/b": "eA=="]],
            ["metadata": ["name": "x"], "type": "kubernetes.io/tls", "data": ["tls.crt": "eA=="]],
        ]
        for secret in bad { #expect(throws: APIFailure.self) { try store.create(.secrets, namespace: "shop", secret) } }
    }

    @Test func `an immutable object keeps its data`() throws {
        let store = try store()
        var map = configMap("a")
        map["immutable"] = true
        try store.create(.configMaps, namespace: "shop", map)
        #expect(throws: APIFailure.self) { try store.edit(.configMaps, namespace: "shop", name: "a") { $0["data"] = [:] } }
        #expect(throws: APIFailure.self) { try store.edit(.configMaps, namespace: "shop", name: "a") { $0["immutable"] = nil } }
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0.setMetadata("labels", ["a": "b"]) }
    }

    @Test func `a namespace has a default account, and an event two shapes`() throws {
        let store = try store()
        #expect(store.list(.serviceAccounts, namespace: "shop").map(\.name) == ["default"])
        let modern = try #require(store.kinds["events.k8s.io", "v1", "events"])
        let sent: Value = [
            "metadata": ["name": "e"], "regarding": ["kind": "Service", "name": "web", "namespace": "shop"], "note": "hello",
            "type": "Normal",
            "reason": "R", "reportingController": "martlet.dev/test", "reportingInstance": "i", "action": "a",
            "eventTime": "2027-01-15T08:00:00.000000Z",
        ]
        let written = try store.create(modern, namespace: "shop", sent)
        #expect(written.object["note"] == "hello")
        let core = try #require(store.object(.events, namespace: "shop", name: "e"))
        #expect(core["apiVersion"] == "v1")
        #expect(core["message"] == "hello")
        #expect(core[at: "involvedObject", "name"] == "web")
        #expect(modern.served(core) == written.object)
    }

    @Test func `events are forgotten after an hour`() throws {
        let clock = TestClock()
        let store = try store(clock)
        func event(_ name: String) -> Value {
            [
                "metadata": ["name": .string(name)], "involvedObject": ["name": "web", "namespace": "shop"], "type": "Normal",
                "reason": "R",
            ]
        }
        try store.create(.events, namespace: "shop", event("old"))
        clock.advance(3_000)
        try store.create(.events, namespace: "shop", event("newer"))
        #expect(store.list(.events).count == 2)
        clock.advance(1_000)
        try store.create(.events, namespace: "shop", event("newest"))
        #expect(store.list(.events).map(\.name) == ["newer", "newest"])
    }
}

@Suite struct IngressDefaultsTests {
    private func store(classes: [(name: String, isDefault: Bool)]) throws -> ClusterStore {
        let store = ClusterStore(kinds: BuiltInKinds.all)
        try store.create(.namespaces, ["metadata": ["name": "default"]])
        for (name, isDefault) in classes {
            let marks: Value = isDefault ? ["ingressclass.kubernetes.io/is-default-class": "true"] : [:]
            try store.create(
                .ingressClasses,
                ["metadata": ["name": .string(name), "annotations": marks], "spec": ["controller": "example.com/controller"]])
        }
        return store
    }

    private func classOfNew(_ annotations: Value, _ spec: Value, in store: ClusterStore) throws -> String? {
        var spec = spec
        spec["defaultBackend"] = ["service": ["name": "web", "port": ["number": 80]]]
        return try store.create(
            .ingresses, namespace: "default", ["metadata": ["name": "web", "annotations": annotations], "spec": spec])[
                at: "spec", "ingressClassName"]?.string
    }

    @Test func `an Ingress without a class gets the default one`() throws {
        let classes = [("other", false), ("martlet", true)]
        #expect(try classOfNew([:], [:], in: store(classes: classes)) == "martlet")
        #expect(try classOfNew([:], ["ingressClassName": "other"], in: store(classes: classes)) == "other")
        #expect(try classOfNew(["kubernetes.io/ingress.class": "nginx"], [:], in: store(classes: classes)) == nil)
        #expect(try classOfNew([:], [:], in: store(classes: [("other", false)])) == nil)
        #expect(try classOfNew([:], [:], in: store(classes: [("b", true), ("a", true)])) == "a")
    }
}
