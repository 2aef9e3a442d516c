import Documents
import Graph
import Resources
import Secure
import Testing
import Translator

/// What changes of canaries and switches ask for.
struct DetourUpdateTests {
    private static func canary(_ weight: String, more: String = "") -> String {
        ShopWorld.service("next", "martlet.dev/canary-of: web, martlet.dev/canary-weight: \"\(weight)\"\(more)")
    }

    private static func object(_ kind: String, _ name: String) -> ObjectReference {
        ObjectReference(kind: kind, namespace: "shop", name: name)
    }

    private static func world(_ yaml: String...) throws -> ShopWorld { try ShopWorld(yaml, allowsCanaries: true) }

    private static func cells(_ change: Translator.Change) -> [CellUpdate]? {
        if case .cells(let cells) = change { cells } else { nil }
    }

    @Test func `another weight is another detour of one cluster, and nothing else is made again`() throws {
        let world = try Self.world(ShopWorld.ingress, ShopWorld.service("web"), Self.canary("10"))
        let before = world.translation.graph
        try world.put(Self.canary("20"))
        let after = world.translation.graph
        #expect(world.detour() == Detour(canaries: [.init("shop/next:80", share: 2000)]))
        let isShared = before.listeners[0].hosts.elementsEqual(after.listeners[0].hosts, by: ===)
        #expect(isShared)
        #expect(before.clusters[0].id == "shop/next:80" && before.clusters[0] === after.clusters[0])
        #expect(before.clusters[1] !== after.clusters[1])
    }

    @Test func `endpoints of a canary are cells, and come and go with its annotation`() throws {
        let world = try Self.world(ShopWorld.ingress, ShopWorld.service("web"), Self.canary("10"))
        let slice = """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: next-a, namespace: shop, labels: {kubernetes.io/service-name: next}}
            addressType: IPv4
            ports: [{name: "", port: 8080}]
            endpoints: [{addresses: [10.0.0.2]}]
            """
        let here = [Endpoint(address: "10.0.0.2", port: 8080)]
        #expect(Self.cells(try world.put(slice)) == [.endpoints("shop/next:80", here)])
        try world.put(ShopWorld.service("next"))
        #expect(world.translation.graph.clusters.map(\.id) == ["shop/web:80"])
        #expect(world.detour() == nil)
        try world.put(Self.canary("5"))
        #expect(world.translation.graph.endpoints["shop/next:80"] == here)
        world.remove(Self.object("Service", "next"))
        #expect(world.translation.graph.clusters.map(\.id) == ["shop/web:80"])
        #expect(world.translation.diagnostics == [])
    }

    @Test func `Services that lead to each other go with the last route that uses one`() throws {
        let world = try Self.world(
            ShopWorld.ingress, ShopWorld.service("web", "martlet.dev/switch-to: next"),
            ShopWorld.service("next", "martlet.dev/switch-to: web"))
        #expect(world.translation.graph.clusters.map(\.id) == ["shop/next:80", "shop/web:80"])
        #expect(world.detour(of: "shop/next:80") == nil, "what only a detour leads to needs none")
        world.remove(ObjectReference(group: "networking.k8s.io", kind: "Ingress", namespace: "shop", name: "web"))
        #expect(world.translation.graph.clusters.map(\.id) == [])
        #expect(world.translation.graph.endpoints == [:])
        try world.put(ShopWorld.ingress.replacing("service: {name: web", with: "service: {name: next"))
        #expect(world.detour(of: "shop/next:80") == Detour(switchover: .init("shop/web:80")))
        #expect(world.detour() == nil)
    }

    @Test func `a Service that appears repairs who named it, and changes what was thought to be meant`() throws {
        let world = try Self.world(ShopWorld.ingress, ShopWorld.service("web", "martlet.dev/switch-to: blue"))
        #expect(world.translation.diagnostics.map(\.message).allSatisfy { !$0.contains("Did you mean") })
        try world.put(ShopWorld.service("blues"))
        #expect(world.translation.diagnostics.map(\.message).contains { $0.contains("Did you mean blues?") })
        try world.put(ShopWorld.service("blue"))
        #expect(world.translation.diagnostics == [])
        #expect(world.detour() == Detour(switchover: .init("shop/blue:80")))
    }

    @Test func `what TLS to a canary takes is told to the proxy, renewed, and taken back with its annotation`() throws {
        let secured = ", martlet.dev/protocol: https, martlet.dev/tls-ca: ca"
        func authority(_ names: String) throws -> String {
            try SampleCertificates.filled(
                "{apiVersion: v1, kind: Secret, metadata: {name: ca, namespace: shop}, data: {ca.crt: <certificate \(names)>}}")
        }
        func trusted(_ names: String) throws -> CellUpdate {
            .authority(secret: "shop/ca", try SampleCertificates.identity(names).certificate.pem())
        }
        let world = try Self.world(
            ShopWorld.ingress, ShopWorld.service("web"), Self.canary("10", more: secured), authority("one"))
        #expect(world.translator.certificateUpdates == [try trusted("one")])
        #expect(Self.cells(try world.put(authority("two"))) == [try trusted("two")])
        try world.put(Self.canary("20", more: secured))
        #expect(world.translator.certificateUpdates == [])
        try world.put(ShopWorld.service("next"))
        #expect(world.translator.certificateUpdates == [.authority(secret: "shop/ca", nil)])
        // The same for what a Service is switched to, whose own annotations say nothing of it.
        try world.put(
            ShopWorld.service("next", "martlet.dev/protocol: https, martlet.dev/tls-ca: ca"),
            ShopWorld.service("web", "martlet.dev/switch-to: next"))
        #expect(world.translator.certificateUpdates == [try trusted("two")])
        world.remove(Self.object("Secret", "ca"))
        #expect(world.translator.certificateUpdates == [.authority(secret: "shop/ca", nil)])
        #expect(world.translation.diagnostics.map(\.reason) == ["SecretNotFound"])
    }
}
