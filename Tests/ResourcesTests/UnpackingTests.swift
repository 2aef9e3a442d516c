import Documents
import Testing

@testable import Resources

/// A resource is the same whether it is decoded from a tree or from a packed document, whatever is wrong with it.
@Suite struct UnpackingTests {
    private static let route = """
        {"apiVersion": "martlet.dev/v1alpha1", "kind": "Route", "status": {"x": 1},
         "metadata": {"name": "r", "namespace": "shop", "uid": "9d0fd1ad-4a1c-4bd0-8d5c-0123456789ab", "generation": 3, "resourceVersion": "7",
          "creationTimestamp": "2026-01-31T23:59:59Z", "deletionTimestamp": "2026-01-31T23:59:59Z", "labels": {"a": "b", "n": 1},
          "annotations": {"c": "d"}},
         "spec": {"ingressClassName": "martlet", "hostnames": ["a.example", "*.b.example"],
          "tls": {"secretName": "s", "clientCertificate": {"caSecretName": "ca", "mode": "Optional"}},
          "rules": [{"name": "one", "matches": [{"path": {"type": "Exact", "value": "/a"}, "method": "GET",
            "headers": [{"name": "x-a", "value": "1"}, {"name": "x-b", "type": "Present"}], "sourceCIDRs": ["192.0.2.0/24"]}],
            "backendRefs": [{"name": "web", "port": 80, "weight": 3}],
            "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x", "value": "y"}]}}],
            "timeouts": {"request": "15s"}, "retry": {"attempts": 2, "codes": [502], "budgetPercent": 20}},
           {"split": {"arms": [{"name": "stable", "weight": 1, "backendRefs": [{"name": "web"}]}], "activeArm": ""}}]}}
        """
    private static let ingress = """
        {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i", "namespace": "shop"}, "spec": {"ingressClassName": "x",
         "tls": [{"hosts": ["a.example"], "secretName": "s"}], "defaultBackend": {"service": {"name": "w", "port": {"number": 80}}},
         "rules": [{"host": "a.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "w",
         "port": {"name": "http"}}}}]}}]}}
        """
    private static let service = """
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"type": "ClusterIP", "clusterIP": "None",
         "ipFamilies": ["IPv4"], "publishNotReadyAddresses": true, "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080,
         "appProtocol": "http", "nodePort": 3}]}}
        """
    private static let slice = """
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "w-1", "namespace": "shop",
         "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4", "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
         "endpoints": [{"addresses": ["198.51.100.1"], "conditions": {"ready": true, "serving": false, "terminating": null}, "zone": "a",
         "hints": {"forZones": [{"name": "a"}]}, "targetRef": {"kind": "Pod", "name": "p"}}, {"addresses": []}]}
        """
    private static let secret = """
        {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {"name": "s", "namespace": "shop"}, "data": {"a": "eA=="},
         "stringData": {"b": "c"}}
        """
    private static let ingressClass = """
        {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "spec": {"controller": "c"}, "metadata": {"name": "x",
         "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}}
        """

    private func compare<R: Resource>(_: R.Type, _ value: Value) {
        let decoded = R.decode(value, defaultNamespace: "fallback")
        var isFlawed = false
        let unpacked = R.unpack(Packed(value), defaultNamespace: "fallback", isFlawed: &isFlawed)
        #expect(unpacked == decoded.resource, "\(value.jsonText)")
        #expect(isFlawed == !decoded.problems.isEmpty, "\(value.jsonText) \(decoded.problems)")
    }

    private func compareAll<R: Resource>(_: R.Type, _ text: String) throws {
        let value = try Value(json: text)
        let changes: [Value?] = [
            nil, .null, "", "x", "Exact", 7, -1, .number(1.5), true, [], ["x"], [[:]], [:], ["name": "x"], ["surplus": 1],
        ]
        for change in changes {
            var i = 0
            while let changed = Self.replace(value, at: i, by: change) {
                compare(R.self, changed)
                i += 1
            }
            #expect(i > 5)
        }
        compare(R.self, value)
    }

    /// The document with its part of that number, counted from outside in, replaced or left out; nil when there are fewer.
    private static func replace(_ value: Value, at number: Int, by change: Value?) -> Value? {
        var left = number
        func walk(_ value: Value) -> Value? {
            if left == 0 {
                left = -1
                return change
            }
            left -= 1
            switch value {
            case .array(let elements): return .array(elements.compactMap { left < 0 ? $0 : walk($0) })
            case .object(let fields):
                return .object(
                    Value.Fields(fields.entries.compactMap { key, value in (left < 0 ? value : walk(value)).map { (key, $0) } }))
            default: return value
            }
        }
        let changed = walk(value)
        return left < 0 ? changed ?? .null : nil
    }

    @Test func `routes`() throws { try compareAll(Route.self, Self.route) }
    @Test func `ingresses`() throws { try compareAll(Ingress.self, Self.ingress) }
    @Test func `services`() throws { try compareAll(Service.self, Self.service) }
    @Test func `endpoint slices`() throws { try compareAll(EndpointSlice.self, Self.slice) }
    @Test func `secrets`() throws { try compareAll(Secret.self, Self.secret) }
    @Test func `classes and namespaces`() throws {
        try compareAll(IngressClass.self, Self.ingressClass)
        try compareAll(Namespace.self, Self.ingressClass)
    }
}
