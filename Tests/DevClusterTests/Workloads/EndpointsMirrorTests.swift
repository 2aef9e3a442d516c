import Documents
import Testing

@testable import DevCluster

@Suite struct EndpointsMirrorTests {
    private let world: WorkloadWorld

    init() throws {
        world = try WorkloadWorld()
        try world.cluster.create(
            .services, namespace: "shop", ["metadata": ["name": "db"], "spec": ["ports": [["name": "sql", "port": 5432]]]])
    }

    private var slices: [Value] { world.cluster.list(.endpointSlices, namespace: "shop") }
    private var endpoints: Value { world.object(.endpoints, "db") }

    private func write(endpoints subsets: Value, labels: Value = [:], annotations: Value = [:]) throws {
        try world.cluster.create(
            .endpoints, namespace: "shop",
            ["metadata": ["name": "db", "labels": labels, "annotations": annotations], "subsets": subsets])
    }

    private func write(slice name: String, _ members: [Value]) throws {
        try world.cluster.create(
            .endpointSlices, namespace: "shop",
            [
                "metadata": ["name": .string(name), "labels": ["kubernetes.io/service-name": "db"]], "addressType": "IPv4",
                "endpoints": .array(members), "ports": [["name": "sql", "port": 5432, "protocol": "TCP"]],
            ])
    }

    /// What is settled stays as it is: two controllers that feed each other would go on for ever.
    private func settle() {
        world.settle()
        let version = world.cluster.currentVersion
        world.settle()
        #expect(world.cluster.currentVersion == version)
    }

    private static let subset: Value = [
        "addresses": [["ip": "192.0.2.1", "hostname": "one"], ["ip": "2001:db8::1"]], "notReadyAddresses": [["ip": "192.0.2.2"]],
        "ports": [["name": "sql", "port": 5432, "protocol": "TCP"]],
    ]

    @Test func `Endpoints that are written by hand become slices, and follow`() throws {
        try write(endpoints: [Self.subset], labels: ["team": "a"], annotations: ["note": "x"])
        settle()
        #expect(slices.map { $0["addressType"]?.string }.sorted { ($0 ?? "") < ($1 ?? "") } == ["IPv4", "IPv6"])
        let v4 = try #require(slices.first { $0["addressType"] == "IPv4" })
        #expect(
            v4[at: "metadata", "labels"] == [
                "team": "a", "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
                "kubernetes.io/service-name": "db",
            ])
        #expect(v4[at: "metadata", "annotations"] == ["note": "x"])
        #expect(v4.controllerUID == endpoints.uid)
        #expect(
            v4["endpoints"] == [
                ["addresses": ["192.0.2.1"], "conditions": ["ready": true], "hostname": "one"],
                ["addresses": ["192.0.2.2"], "conditions": ["ready": false]],
            ])
        try world.cluster.edit(.endpoints, namespace: "shop", name: "db") {
            $0["subsets"] = [["addresses": [["ip": "192.0.2.9"]]]]
        }
        settle()
        #expect(slices.map { $0["endpoints"]?.array?.first?["addresses"] } == [["192.0.2.9"]])
        try world.cluster.delete(.endpoints, namespace: "shop", name: "db")
        settle()
        #expect(slices.isEmpty)
    }

    @Test(
        arguments: [
            (["endpointslice.kubernetes.io/skip-mirror": "true"], [:]), ([:], ["control-plane.alpha.kubernetes.io/leader": "me"]),
        ] as [(Value, Value)])
    func `Endpoints that say so are not mirrored`(_ labels: Value, _ annotations: Value) throws {
        try write(endpoints: [Self.subset], labels: labels, annotations: annotations)
        settle()
        #expect(slices.isEmpty)
    }

    @Test func `a Service with a selector has no mirrored slices`() throws {
        try write(endpoints: [Self.subset])
        settle()
        #expect(slices.count == 2)
        try world.cluster.edit(.services, namespace: "shop", name: "db") { $0["spec"]?["selector"] = ["app": "db"] }
        settle()
        #expect(slices.isEmpty)
    }

    @Test func `slices that are written by hand are shown as Endpoints, and follow`() throws {
        try write(
            slice: "a", [["addresses": ["192.0.2.1"]], ["addresses": ["192.0.2.2"], "conditions": ["ready": false]]])
        try write(slice: "b", [["addresses": ["192.0.2.3"], "conditions": ["terminating": true]]])
        settle()
        #expect(endpoints["subsets"]?.array?.map { $0["addresses"] } == [[["ip": "192.0.2.1"]]])
        #expect(endpoints["subsets"]?.array?.first?["notReadyAddresses"] == [["ip": "192.0.2.2"]])
        #expect(slices.count == 2, "what was derived is not mirrored back")
        let columns = try Handler(world.cluster)(
            "GET", "/api/v1/namespaces/shop/endpoints/db", accept: "application/json;as=Table;v=v1;g=meta.k8s.io")
        #expect(columns.body["rows"]?.array?.first?["cells"]?.array?[1] == "192.0.2.1:5432")
        try world.cluster.delete(.endpointSlices, namespace: "shop", name: "a")
        try world.cluster.delete(.endpointSlices, namespace: "shop", name: "b")
        settle()
        #expect(endpoints.isNull)
    }

    @Test func `Endpoints that are written by hand win over derived ones`() throws {
        try write(slice: "a", [["addresses": ["192.0.2.1"]]])
        settle()
        try world.cluster.delete(.endpoints, namespace: "shop", name: "db")
        try write(endpoints: [Self.subset])
        settle()
        #expect(endpoints["subsets"] == [Self.subset])
        #expect(slices.count == 3)
    }

    @Test func `what belongs to a Service goes with it`() throws {
        try write(slice: "a", [["addresses": ["192.0.2.1"]]])
        settle()
        try world.cluster.delete(.services, namespace: "shop", name: "db")
        settle()
        #expect(endpoints.isNull)
        #expect(slices.map(\.name) == ["a"])
    }
}
