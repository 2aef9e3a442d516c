import Documents
import Graph
import Resources
import Testing
import Translator

/// What Rollouts of Services change, and what whoever drives them is told.
@Suite struct RolloutUpdateTests {
    private static func endpoints(_ name: String, _ count: Int) -> String {
        let endpoints = (0..<count).map { "{addresses: [192.0.2.\($0 + 1)], targetRef: {kind: Pod, name: \(name)-\($0)}}" }
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: \(name)-a, namespace: shop, labels: {kubernetes.io/service-name: \(name)}}
            addressType: IPv4
            ports: [{port: 8080}]
            endpoints: [\(endpoints.joined(separator: ", "))]
            """
    }

    private static func rollout(target: String = "kind: Service, name: web", _ stable: String, _ canary: String, weight: Int)
        -> String
    {
        """
        apiVersion: martlet.dev/v1alpha1
        kind: Rollout
        metadata: {name: moving, namespace: shop}
        spec: {targetRef: {\(target)}, stable: \(stable), canary: \(canary), revision: v2, strategy: {steps: [{setWeight: 30, pause: {}}]}}
        status:
          stableArm: \(stable)
          canaryArm: \(canary)
          revision: v2
          step: 1
          canaryWeight: \(weight)
          weights: [{name: \(stable), weight: \(100 - weight)}, {name: \(canary), weight: \(weight)}]
        """
    }

    private static func world(_ yaml: String...) throws -> ShopWorld { try ShopWorld(yaml) }

    private static func findings(_ world: ShopWorld) -> [RolloutFinding] { world.translator.rollouts(in: world.snapshot) }

    private static let reference = ObjectReference(
        group: Rollout.kind.group, kind: Rollout.kind.kind, namespace: "shop", name: "moving")
    private static let count = Detour.Count(rule: "Service/shop/web", own: "web")

    @Test func `a Service's shares follow the status, and a revision that was taken back here gets nothing`() throws {
        let world = try Self.world(
            ShopWorld.ingress, ShopWorld.service("web"), ShopWorld.service("next"), Self.rollout("web", "next", weight: 30))
        func detour(_ share: Int) -> Detour {
            Detour(canaries: [.init("shop/next:80", share: share, arm: "next")], count: Self.count)
        }
        #expect(world.detour() == detour(3000))
        try world.put(Self.rollout("web", "next", weight: 50))
        #expect(world.detour() == detour(5000))
        world.snapshot.retreats[Self.reference] = "v2"
        world.update([Self.reference])
        #expect(world.detour() == detour(0))
        // Of another revision nothing was found out.
        world.snapshot.retreats[Self.reference] = "v1"
        world.update([Self.reference])
        #expect(world.detour() == detour(5000))
        world.snapshot.remove(Self.reference)
        world.update([Self.reference])
        #expect(world.detour() == nil)
    }

    @Test func `an arm that comes later makes the Rollout one that can be obeyed`() throws {
        let world = try Self.world(ShopWorld.ingress, ShopWorld.service("web"), Self.rollout("web", "next", weight: 30))
        #expect(world.detour() == nil && Self.findings(world).map(\.refusal?.reason) == ["ArmNotFound"])
        #expect(world.translation.diagnostics.map(\.reason) == ["ArmNotFound"])
        try world.put(ShopWorld.service("next"), Self.endpoints("next", 2))
        #expect(world.detour()?.canaries.map(\.share) == [3000])
        #expect(world.translation.diagnostics.isEmpty)
        let target = try #require(Self.findings(world).first?.target)
        #expect(target.rule == "Service/shop/web" && target.ready == ["web": 0, "next": 2])
        #expect(target.pods == ["web": [], "next": ["next-0", "next-1"]])
    }

    @Test func `a step is a change of weights, also where clients are tied to endpoints`() throws {
        let route = """
            apiVersion: martlet.dev/v1alpha1
            kind: Route
            metadata: {name: r, namespace: shop}
            spec:
              hostnames: [b.example.com]
              rules:
              - name: all
                sessionPersistence: {type: Cookie}
                split: {arms: [{name: stable, weight: 1, backendRefs: [{name: web}]}, {name: canary, weight: 1, backendRefs: [{name: next}]}]}
            """
        let world = try Self.world(
            route, ShopWorld.service("web"), ShopWorld.service("next"),
            Self.rollout(target: "name: r", "stable", "canary", weight: 30))
        let change = try world.put(Self.rollout(target: "name: r", "stable", "canary", weight: 50))
        guard case .cells(let cells) = change else {
            Issue.record("not a change of cells: \(change)")
            return
        }
        #expect(cells == [.weights(rule: "Route/shop/r/all", [1, 1])])
    }

    @Test func `an arm is as ready as what its Service is switched to, and serves its pods`() throws {
        let route = """
            apiVersion: martlet.dev/v1alpha1
            kind: Route
            metadata: {name: r, namespace: shop}
            spec:
              hostnames: [b.example.com]
              rules: [{name: all, split: {arms: [{name: stable, weight: 1, backendRefs: [{name: web}]}, {name: canary, weight: 1, backendRefs: [{name: next}]}]}}]
            """
        let world = try Self.world(
            route, ShopWorld.service("web"), ShopWorld.service("next", "martlet.dev/switch-to: green"),
            ShopWorld.service("green"),
            Self.endpoints("web", 1), Self.endpoints("next", 1), Self.rollout(target: "name: r", "stable", "canary", weight: 30))
        // As long as nobody is ready there, requests stay.
        #expect(Self.findings(world).first?.target?.ready == ["stable": 1, "canary": 1])
        #expect(Self.findings(world).first?.target?.pods["canary"] == ["next-0"])
        try world.put(Self.endpoints("green", 3))
        #expect(Self.findings(world).first?.target?.ready == ["stable": 1, "canary": 3])
        #expect(Self.findings(world).first?.target?.pods["canary"] == ["green-0", "green-1", "green-2"])
        try world.put(
            Self.endpoints("green", 0),
            ShopWorld.service("next", "martlet.dev/switch-to: green, martlet.dev/switch-force: \"true\""))
        #expect(Self.findings(world).first?.target?.ready == ["stable": 1, "canary": 0])
    }
}
