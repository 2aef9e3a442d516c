import Documents
import Graph
import Resources
import Testing
import Translator

/// What a change asks for: nothing, cells, or a new graph.
struct UpdateTests {
    private static let objects = """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web, namespace: shop}
        spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop, resourceVersion: "1"}
        spec: {ports: [{name: http, port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: other, namespace: shop}
        spec: {ports: [{name: http, port: 80}]}
        """

    private static func slice(name: String = "web-a", service: String = "web", _ addresses: String...) -> String {
        let endpoints = addresses.map { "{addresses: [\"\($0)\"]}" }.joined(separator: ", ")
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: \(name), namespace: shop, labels: {kubernetes.io/service-name: \(service)}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints: [\(endpoints)]
            """
    }

    private final class World {
        var snapshot = Snapshot()
        var translator: Translator

        init(_ yaml: String) throws {
            var settings = TranslatorSettings()
            settings.isDefaultClass = true
            settings.listeners = [ListenerKey(address: "::", port: 80, transport: .http)]
            translator = Translator(settings)
            for document in try YAML.documents(yaml) { snapshot.put(document) }
            _ = translator.translate(snapshot)
        }

        func put(_ yaml: String) throws -> Translator.Change {
            let touched = try YAML.documents(yaml).compactMap { snapshot.put($0) }
            return translator.update(snapshot, changed: Set(touched))
        }
    }

    private static func cells(_ change: Translator.Change) -> [CellUpdate]? {
        if case .cells(let cells) = change { cells } else { nil }
    }

    private static func graph(_ change: Translator.Change) -> RoutingGraph? {
        if case .translation(let translation) = change { translation.graph } else { nil }
    }

    private static func isNothing(_ change: Translator.Change) -> Bool { if case .nothing = change { true } else { false } }

    @Test func `a changed slice is a cell of its cluster, and the next graph carries it`() throws {
        let world = try World(Self.objects)
        #expect(
            Self.cells(try world.put(Self.slice("10.0.0.1"))) == [
                .endpoints("shop/web:80", [Endpoint(address: "10.0.0.1", port: 8080)])
            ])
        #expect(
            Self.cells(try world.put(Self.slice("10.0.0.2"))) == [
                .endpoints("shop/web:80", [Endpoint(address: "10.0.0.2", port: 8080)])
            ])
        let graph = Self.graph(try world.put(Self.objects.replacing("a.example.com", with: "b.example.com")))
        #expect(graph?.endpoints == ["shop/web:80": [Endpoint(address: "10.0.0.2", port: 8080)]])
    }

    @Test func `a slice that leaves takes its endpoints along`() throws {
        let world = try World(Self.objects + "\n---\n" + Self.slice("10.0.0.1"))
        let slice = ObjectReference(group: "discovery.k8s.io", kind: "EndpointSlice", namespace: "shop", name: "web-a")
        world.snapshot.remove(slice)
        let change = world.translator.update(world.snapshot, changed: [slice])
        #expect(Self.cells(change) == [.endpoints("shop/web:80", [])])
    }

    @Test func `a slice that changes its Service leaves the old one`() throws {
        let world = try World(Self.objects + "\n---\n" + Self.slice("10.0.0.1"))
        #expect(Self.cells(try world.put(Self.slice(service: "other", "10.0.0.1"))) == [.endpoints("shop/web:80", [])])
    }

    @Test func `what nobody refers to changes nothing`() throws {
        let world = try World(Self.objects)
        #expect(Self.isNothing(try world.put(Self.slice(name: "other-a", service: "other", "10.0.0.9"))))
        #expect(Self.isNothing(try world.put("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: shop}}")))
        let change = world.translator.update(world.snapshot, changed: [])
        #expect(Self.isNothing(change))
    }

    @Test func `a version number alone is no change of an object`() throws {
        let world = try World(Self.objects)
        let again = try YAML.documents(Self.objects.replacing("resourceVersion: \"1\"", with: "resourceVersion: \"2\""))
        let touched = again.compactMap { world.snapshot.put($0) }
        #expect(touched.isEmpty)
    }

    @Test func `a Service that appears repairs what referred to it`() throws {
        let world = try World(Self.objects.replacing("service: {name: web", with: "service: {name: late"))
        let change = try world.put(
            "{apiVersion: v1, kind: Service, metadata: {name: late, namespace: shop}, spec: {ports: [{port: 80}]}}")
        #expect(Self.graph(change)?.clusters.map(\.id) == ["shop/late:80"])
        guard case .translation(let translation) = change else { return }
        #expect(translation.diagnostics.isEmpty)
        #expect(translation.statuses.first?.conditions.allSatisfy(\.isTrue) == true)
    }

    @Test func `a complaint about endpoints is a translation with the same graph`() throws {
        let world = try World(Self.objects + "\n---\n" + Self.slice("10.0.0.1"))
        let change = try world.put(Self.slice("10.0.0.1", "junk"))
        guard case .translation(let translation) = change else {
            Issue.record("nobody hears of it")
            return
        }
        #expect(translation.diagnostics.map(\.reason) == ["EndpointUnusable"])
        #expect(translation.graph.endpoints["shop/web:80"]?.count == 1)
    }

    // MARK: Switches

    private static let route = """
        apiVersion: martlet.dev/v1alpha1
        kind: Route
        metadata: {name: r, namespace: shop}
        spec:
          hostnames: [r.example.com]
          rules:
          - split:
              activeArm: green
              arms:
              - {name: blue, weight: 1, backendRefs: [{name: web, port: 80}]}
              - {name: green, weight: 0, backendRefs: [{name: other, port: 80}]}
        """

    private static func readiness(_ change: Translator.Change) -> RouteCondition? {
        guard case .translation(let translation) = change else { return nil }
        return translation.statuses.flatMap(\.conditions).first { $0.type == "ActiveArmReady" }
    }

    @Test func `endpoints of an active arm that come and go change its condition, and nothing else is translated for them`()
        throws
    {
        let world = try World(Self.objects + "\n---\n" + Self.route)
        let green = { (addresses: [String]) in
            addresses.isEmpty
                ? Self.slice(name: "other-a", service: "other")
                : Self.slice(name: "other-a", service: "other", addresses[0]).replacing(
                    "[{addresses: [\"\(addresses[0])\"]}]",
                    with: "[" + addresses.map { "{addresses: [\"\($0)\"]}" }.joined(separator: ", ") + "]")
        }
        let first = try world.put(green(["10.0.0.1"]))
        #expect(Self.readiness(first)?.isTrue == true)
        #expect(Self.graph(first)?.endpoints["shop/other:80"]?.count == 1)
        // More of them are cells, as are those of the other arm.
        #expect(Self.cells(try world.put(green(["10.0.0.1", "10.0.0.2"])))?.count == 1)
        #expect(Self.cells(try world.put(Self.slice("10.0.0.3")))?.count == 1)
        let gone = Self.readiness(try world.put(green([])))
        #expect(gone?.isTrue == false && gone?.reason == "ArmNotReady")
        #expect(gone?.message.contains("Service shop/other") == true)
        // The diagnostic is an Event as well.
        guard
            case .translation(let translation) = try world.put(
                Self.route.replacing("activeArm: green", with: "activeArm: green\n      force: true"))
        else {
            Issue.record("nobody hears of it")
            return
        }
        #expect(translation.diagnostics.isEmpty)
        #expect(translation.statuses.flatMap(\.conditions).allSatisfy { $0.type != "ActiveArmReady" })
        // Nobody waits any longer.
        #expect(Self.cells(try world.put(green(["10.0.0.4"])))?.count == 1)
    }
}
