import Documents
import Graph
import Resources
import Secure
import Testing
import Translator

/// What changes of canaries and switches ask for.
struct DetourUpdateTests {
    private static let route = """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web, namespace: shop}
        spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
        """

    private static func service(_ name: String, _ annotations: String = "") -> String {
        "{apiVersion: v1, kind: Service, metadata: {name: \(name), namespace: shop, annotations: {\(annotations)}}, spec: {ports: [{port: 80}]}}"
    }

    private static func canary(_ weight: String, more: String = "") -> String {
        service("next", "martlet.dev/canary-of: web, martlet.dev/canary-weight: \"\(weight)\"\(more)")
    }

    private static func object(_ kind: String, _ name: String) -> ObjectReference {
        ObjectReference(kind: kind, namespace: "shop", name: name)
    }

    private final class World {
        var snapshot = Snapshot()
        var translator: Translator
        private(set) var translation: Translation

        init(_ yaml: String...) throws {
            var settings = TranslatorSettings()
            settings.isDefaultClass = true
            settings.allowsCanaries = true
            settings.listeners = [ListenerKey(address: "::", port: 80, transport: .http)]
            translator = Translator(settings)
            for text in yaml { for document in try YAML.documents(text) { snapshot.put(document) } }
            translation = translator.translate(snapshot)
        }

        @discardableResult
        func put(_ yaml: String...) throws -> Translator.Change {
            var touched: Set<ObjectReference> = []
            for text in yaml { touched.formUnion(try YAML.documents(text).compactMap { snapshot.put($0) }) }
            return note(translator.update(snapshot, changed: touched))
        }

        @discardableResult
        func remove(_ object: ObjectReference) -> Translator.Change {
            snapshot.remove(object)
            return note(translator.update(snapshot, changed: [object]))
        }

        private func note(_ change: Translator.Change) -> Translator.Change {
            if case .translation(let new) = change { translation = new }
            return change
        }

        var clusters: [ClusterID] { translation.graph.clusters.map(\.id) }
        func detour(of id: ClusterID = "shop/web:80") -> Detour? { translation.graph.clusters.first { $0.id == id }?.detour }
    }

    private static func cells(_ change: Translator.Change) -> [CellUpdate]? {
        if case .cells(let cells) = change { cells } else { nil }
    }

    @Test func `another weight is another detour of one cluster, and nothing else is made again`() throws {
        let world = try World(Self.route, Self.service("web"), Self.canary("10"))
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
        let world = try World(Self.route, Self.service("web"), Self.canary("10"))
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
        try world.put(Self.service("next"))
        #expect(world.clusters == ["shop/web:80"])
        #expect(world.detour() == nil)
        try world.put(Self.canary("5"))
        #expect(world.translation.graph.endpoints["shop/next:80"] == here)
        world.remove(Self.object("Service", "next"))
        #expect(world.clusters == ["shop/web:80"])
        #expect(world.translation.diagnostics == [])
    }

    @Test func `Services that lead to each other go with the last route that uses one`() throws {
        let world = try World(
            Self.route, Self.service("web", "martlet.dev/switch-to: next"),
            Self.service("next", "martlet.dev/switch-to: web"))
        #expect(world.clusters == ["shop/next:80", "shop/web:80"])
        #expect(world.detour(of: "shop/next:80") == nil, "what only a detour leads to needs none")
        world.remove(ObjectReference(group: "networking.k8s.io", kind: "Ingress", namespace: "shop", name: "web"))
        #expect(world.clusters == [])
        #expect(world.translation.graph.endpoints == [:])
        try world.put(Self.route.replacing("service: {name: web", with: "service: {name: next"))
        #expect(world.detour(of: "shop/next:80") == Detour(switchover: .init("shop/web:80")))
        #expect(world.detour() == nil)
    }

    @Test func `a Service that appears repairs who named it, and changes what was thought to be meant`() throws {
        let world = try World(Self.route, Self.service("web", "martlet.dev/switch-to: blue"))
        #expect(world.translation.diagnostics.map(\.message).allSatisfy { !$0.contains("Did you mean") })
        try world.put(Self.service("blues"))
        #expect(world.translation.diagnostics.map(\.message).contains { $0.contains("Did you mean blues?") })
        try world.put(Self.service("blue"))
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
        let world = try World(Self.route, Self.service("web"), Self.canary("10", more: secured), authority("one"))
        #expect(world.translator.certificateUpdates == [try trusted("one")])
        #expect(Self.cells(try world.put(authority("two"))) == [try trusted("two")])
        try world.put(Self.canary("20", more: secured))
        #expect(world.translator.certificateUpdates == [])
        try world.put(Self.service("next"))
        #expect(world.translator.certificateUpdates == [.authority(secret: "shop/ca", nil)])
        // The same for what a Service is switched to, whose own annotations say nothing of it.
        try world.put(
            Self.service("next", "martlet.dev/protocol: https, martlet.dev/tls-ca: ca"),
            Self.service("web", "martlet.dev/switch-to: next"))
        #expect(world.translator.certificateUpdates == [try trusted("two")])
        world.remove(Self.object("Secret", "ca"))
        #expect(world.translator.certificateUpdates == [.authority(secret: "shop/ca", nil)])
        #expect(world.translation.diagnostics.map(\.reason) == ["SecretNotFound"])
    }
}
