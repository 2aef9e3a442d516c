import Documents
import Resources
import Testing

@testable import Translator

/// What is read from a cluster, without what is unread, comes to the same as the whole document.
@Suite struct ArrivalTests {
    private static let objects: [(kind: ResourceKind, text: String)] = [
        (
            Service.kind,
            """
            {"apiVersion": "v1", "kind": "Service", "status": {"loadBalancer": {}}, "spec": {"selector": {"app": "web"}, "clusterIPs": ["x"],
             "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ports": [{"port": 80, "targetPort": "http"}]},
             "metadata": {"name": "web", "namespace": "shop", "uid": "a", "finalizers": ["f"], "ownerReferences": [{"name": "o"}],
             "selfLink": "/x", "annotations": {"other.io/a": "1", "martlet.dev/class": "x"}}}
            """
        ),
        (
            EndpointSlice.kind,
            """
            {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "ports": [{"name": "", "port": 80}],
             "metadata": {"name": "web-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web", "x": "y"}},
             "endpoints": [{"addresses": ["198.51.100.1"], "nodeName": "n", "conditions": {"ready": true}, "targetRef": {"kind": "Pod",
             "name": "p", "uid": "u", "namespace": "shop", "resourceVersion": "7"}}, {"addresses": ["198.51.100.2"]}]}
            """
        ),
        (
            Route.kind,
            """
            {"apiVersion": "martlet.dev/v1alpha1", "kind": "Route", "metadata": {"name": "r", "namespace": "shop", "generation": 3},
             "spec": {"hostnames": ["a.example"], "rules": [{"backendRefs": [{"name": "web", "port": 80, "wieght": 1}]}]},
             "status": {"parents": [{"controllerName": "x"}]}}
            """
        ),
        (
            Ingress.kind,
            """
            {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i", "namespace": "shop"},
             "spec": {"rules": [{"host": "a.example"}]}, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}
            """
        ),
        (Namespace.kind, #"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"a": "b"}}}"#),
    ]

    private func documents(_ snapshot: Snapshot) -> [Packed] {
        var all: [Packed] = []
        snapshot.forEachDocument { all.append($0) }
        return all
    }

    @Test(arguments: [false, true])
    func `an object that was read comes to the same as its document`(isWhole: Bool) throws {
        for (kind, text) in Self.objects {
            var (whole, read) = (Snapshot(), Snapshot())
            let document = Located(value: try Value(json: text), line: 0)
            let lean = try Packed(json: Array(text.utf8), omitting: JSONOmissions(Snapshot.unread(kind, isWhole: isWhole)))
            let kept = Arrival.read(lean, kind, isWhole: isWhole)
            #expect(kept.stored != nil)
            #expect(whole.put(document) == read.put(Arrival(kept.packed, kind, stored: kept.stored)))
            #expect(documents(whole) == documents(read), "\(kind.kind)")
            // It says the same, also where it was not made beforehand.
            #expect(read.put(document) == nil)
            #expect(whole.put(Arrival(kept.packed, kind, stored: nil)) == nil)
            #expect(!isWhole || kept.packed.value["status"] == document.value["status"])
        }
    }

    @Test func `which Secrets keep their values is not known when they are read`() throws {
        let secret: Value = [
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": ["name": "s", "namespace": "shop"],
            "data": ["password": "eA=="],
        ]
        let kept = Arrival.read(Packed(secret), Secret.kind, isWhole: false)
        var snapshot = Snapshot()
        snapshot.put(Arrival(kept.packed, Secret.kind, stored: kept.stored))
        #expect(snapshot.secret(namespace: "shop", name: "s")?.data == ["password": ""])
    }

    @Test(arguments: [0, 1, 511, 513, 5000])
    func `many are made in the order of few`(count: Int) {
        #expect(concurrentMap(Array(0..<count)) { $0 * 3 } == (0..<count).map { $0 * 3 })
    }
}
