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

    /// A Route with arms at 3 and 1, an override of its own, and a Rollout of it in the middle of a step.
    private static func middle(_ strategy: String, _ status: String) -> [String] {
        let route = """
            apiVersion: martlet.dev/v1alpha1
            kind: Route
            metadata: {name: r, namespace: shop}
            spec:
              hostnames: [b.example.com]
              rules:
              - name: all
                split:
                  overrides: [{headers: [{name: x-own, value: "1"}], arm: canary}]
                  arms: [{name: stable, weight: 3, backendRefs: [{name: web}]}, {name: canary, weight: 1, backendRefs: [{name: next}]}]
            """
        let rollout = """
            apiVersion: martlet.dev/v1alpha1
            kind: Rollout
            metadata: {name: moving, namespace: shop}
            spec: {targetRef: {name: r}, stable: stable, canary: canary, revision: v2, strategy: {\(strategy)}}
            status: {stableArm: stable, canaryArm: canary, revision: v2, step: 1, \(status)}
            """
        return [route, rollout, ShopWorld.service("web"), ShopWorld.service("next")]
    }

    private static let strategies: [(strategy: String, status: String, weights: [Int], overrides: Int)] = [
        (
            "steps: [{setWeight: 40, pause: {}}]",
            "canaryWeight: 40, weights: [{name: stable, weight: 60}, {name: canary, weight: 40}]",
            [3, 2], 1
        ),
        (
            "type: BlueGreen, steps: [{setWeight: 100, pause: {}}]",
            "canaryWeight: 100, weights: [{name: stable, weight: 0}, {name: canary, weight: 100}]", [0, 1], 1
        ),
        (
            "type: ABTest, match: [{cookies: [{name: group, value: b}]}], duration: 1h",
            "canaryWeight: 0, weights: [{name: stable, weight: 100}, {name: canary, weight: 0}], match: [{cookies: [{name: group, value: b}]}]",
            [1, 0], 2
        ),
    ]

    @Test(arguments: strategies.indices)
    func `a Rollout that is deleted in the middle of a step leaves what the Route says, at once`(index: Int) throws {
        let one = Self.strategies[index]
        let world = try ShopWorld(Self.middle(one.strategy, one.status))
        #expect(world.split(of: "Route/shop/r/all")?.arms.map(\.weight) == one.weights)
        #expect(world.split(of: "Route/shop/r/all")?.overrides.count == one.overrides)
        #expect(world.translation.diagnostics.isEmpty)
        let change = world.remove(Self.reference)
        guard one.overrides == 2 else {
            // Nothing but weights changes: a cell.
            guard case .cells(let cells) = change else {
                Issue.record("not a change of cells: \(change)")
                return
            }
            return #expect(cells == [.weights(rule: "Route/shop/r/all", [3, 1])])
        }
        #expect(world.split(of: "Route/shop/r/all")?.arms.map(\.weight) == [3, 1])
        #expect(world.split(of: "Route/shop/r/all")?.overrides.count == 1)
    }

    @Test func `a status whose weights were taken out gives everything to the arm that serves`() throws {
        let lost = "canaryWeight: 0"
        let world = try ShopWorld(Self.middle("steps: [{setWeight: 40, pause: {}}]", lost))
        #expect(world.split(of: "Route/shop/r/all")?.arms.map(\.weight) == [1, 0])
        // After a promotion that is the other one.
        let promoted = Self.middle("steps: [{setWeight: 40, pause: {}}]", lost).map {
            $0.replacing("stableArm: stable, canaryArm: canary", with: "stableArm: canary, canaryArm: stable")
        }
        let other = try ShopWorld(promoted)
        #expect(other.split(of: "Route/shop/r/all")?.arms.map(\.weight) == [0, 1])
    }

    @Test func `somebody else may move the weights of a Route, until a Rollout owns the rule`() throws {
        let all = Self.middle("steps: [{setWeight: 40, pause: {}}]", "canaryWeight: 0")
        let world = try ShopWorld(all.filter { !$0.contains("kind: Rollout") })
        func move(_ stable: Int, _ canary: Int) throws -> [Int]? {
            try world.put(
                all[0].replacing("weight: 3", with: "weight: \(stable)").replacing("weight: 1,", with: "weight: \(canary),"))
            return world.split(of: "Route/shop/r/all")?.arms.map(\.weight)
        }
        for (stable, canary) in [(90, 10), (50, 50), (0, 100), (999_999, 1)] {
            #expect(try move(stable, canary) == [stable, canary])
        }
        guard case .cells(let cells) = try world.put(all[1]) else {
            Issue.record("a Rollout changes weights, and nothing else")
            return
        }
        #expect(cells == [.weights(rule: "Route/shop/r/all", [1, 0])])
        // What the Route says is of no interest now.
        switch try world.put(all[0].replacing("weight: 3", with: "weight: 7")) {
        case .nothing: break
        case .cells(let cells): #expect(cells == [.weights(rule: "Route/shop/r/all", [1, 0])])
        case .translation: #expect(world.split(of: "Route/shop/r/all")?.arms.map(\.weight) == [1, 0])
        }
    }

    @Test func `somebody else may move the share of a canary, until a Rollout owns its primary`() throws {
        func canary(_ share: String) -> String {
            ShopWorld.service("next", "martlet.dev/canary-of: web, martlet.dev/canary-weight: \"\(share)\"")
        }
        let world = try Self.world(ShopWorld.ingress, ShopWorld.service("web", "martlet.dev/canaries: next"), canary("5"))
        for (share, hundredths) in [("5", 500), ("33.33", 3333), ("100", 10_000)] {
            try world.put(canary(share))
            #expect(world.detour() == Detour(canaries: [.init("shop/next:80", share: hundredths)]))
        }
        try world.put(Self.rollout("web", "next", weight: 30))
        #expect(world.detour()?.canaries.map(\.share) == [3000])
        try world.put(canary("60"))
        #expect(world.detour()?.canaries.map(\.share) == [3000])
    }
}
