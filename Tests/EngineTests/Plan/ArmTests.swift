import Balancing
import Base
@testable import Engine
import Graph
import HTTP
import Pipeline
import Synchronization
import Testing

/// Which arm a request goes to, and what its client is given to be known again.
@Suite struct ArmTests {
    private static let second: UInt64 = 1_000_000_000
    private static let wall: UInt64 = 1_700_000_000 * second

    /// A registry with a clock that a test moves.
    private final class Clock: Sendable {
        let now = Atomic<UInt64>(second)
    }

    private final class World {
        let clock = Clock()
        let registry: CellRegistry
        var plan: Plan
        var random = SeededRandom(seed: 5)

        init(_ forward: String, arms: [(name: String, weight: Int)] = [("stable", 90), ("canary", 10)]) throws {
            let clock = clock
            registry = CellRegistry(clock: { clock.now.load(ordering: .relaxed) })
            plan = Plan.link(try GraphText.parse(Self.graph(forward, arms)), previous: nil, registry: registry)
            #expect(plan.report.problems == [])
        }

        /// Each arm has a cluster of its name with one endpoint, but for the one that is empty.
        static func graph(_ forward: String, _ arms: [(name: String, weight: Int)], empty: String = "") -> String {
            let lines = forward.split(separator: "\n").map { "  \($0)" }
            let rules = arms.map { "    arm \($0.name) \($0.weight)\n      backend \($0.name)" }
            let clusters = arms.enumerated().map { i, arm in
                "cluster \(arm.name) http" + (arm.name == empty ? "" : "\n  endpoint 10.0.0.\(i + 1):80")
            }
            let head = "listener http 0.0.0.0:80\n  host *\n    prefix / -> r\nrule r"
            return ([head] + lines + rules + clusters).joined(separator: "\n")
        }

        func publish(_ forward: String, arms: [(name: String, weight: Int)], empty: String = "") throws {
            plan = Plan.link(try GraphText.parse(Self.graph(forward, arms, empty: empty)), previous: plan, registry: registry)
        }

        func set(_ cluster: String, _ addresses: String...) {
            registry.update(.endpoints(cluster, addresses.map { Endpoint(address: $0, port: 80) }))
        }

        /// The arm's name and the answer's further fields.
        func choose(_ line: String = "GET shop/", wall: UInt64 = ArmTests.wall) throws -> (
            arm: String, cookie: String?, ticket: UInt64
        ) {
            try TestRequest(line).withHead { head in
                var x = Exchange()
                x.listener = 0
                let request = try TestRequest(line)
                x.client = request.client
                x.scheme = request.scheme
                #expect(plan.view.match(head, &x) == .ok)
                let circumstances = Circumstances(
                    now: clock.now.load(ordering: .relaxed), wall: wall, isTrusted: request.client == IPAddress("198.51.100.1"))
                let reason = plan.view.choose(head, &x, in: circumstances, &random)
                guard reason == .ok else { return ("\(reason.code)", nil, x.ticket) }
                var cookie: String?
                for i in 0..<x.edits.count where x.edits.text(x.edits[i].name) == "set-cookie" {
                    #expect(cookie == nil)
                    cookie = x.edits.text(x.edits[i].value)
                }
                return (x.edits.text(plan.view.armName(x)), cookie, x.ticket)
            }
        }
    }

    @Test func `a client without a cookie gets one, and is the same client from then on`() throws {
        let world = try World("forward persist cookie martlet-arm for 24h")
        for _ in 0..<100 {
            let first = try world.choose()
            let cookie = try #require(first.cookie)
            #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400"))
            let pair = try #require(cookie.split(separator: ";").first)
            #expect(pair.utf8.count == "martlet-arm=".utf8.count + SessionToken.length)
            #expect(!pair.contains(first.arm))
            for line in [
                "GET shop/ [cookie: \(pair)]", "GET shop/x [cookie: a=b; \(pair) ; c=d]",
                "GET shop/ [cookie: x=y] [cookie: \(pair)]",
            ] {
                let again = try world.choose(line)
                #expect(again.arm == first.arm && again.cookie == nil && again.ticket == first.ticket)
            }
        }
    }

    @Test func `a cookie that came by TLS goes back by TLS only, and one without a limit ends with the browser`() throws {
        let world = try World("forward persist cookie sid")
        #expect(try world.choose("GET shop/ [https]").cookie?.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Secure") == true)
        #expect(try world.choose().cookie?.hasSuffix("; SameSite=Lax") == true)
        // A proxy may have taken the TLS off, if it is one whose word counts.
        let said = "GET shop/ [x-forwarded-proto: https]"
        #expect(try world.choose(said + " [from 198.51.100.1]").cookie?.hasSuffix("; Secure") == true)
        #expect(try world.choose(said + " [from 198.51.100.2]").cookie?.hasSuffix("; SameSite=Lax") == true)
    }

    @Test func `what is no cookie of ours counts as none`() throws {
        let world = try World("forward persist cookie martlet-arm for 1h")
        let token = "ASNFZ4mrze9lU_EA"
        #expect(try world.choose("GET shop/ [cookie: martlet-arm=\(token)]").cookie == nil)
        let wrong = [
            "martlet-arm=canary", "martlet-arm=", "martlet-arm", "martlet-arm=\(token.dropLast())", "martlet-arm=\(token)A",
            "martlet-arm=\"\(token)\"", "martlet-arm=\(token); martlet-arm=\(token)", "Martlet-Arm=\(token)",
            "xmartlet-arm=\(token)", "martlet-arm=AAAAAAAAAAAlU_EA",
        ]
        for cookie in wrong { #expect(try world.choose("GET shop/ [cookie: \(cookie)]").cookie != nil, "\(cookie)") }
        #expect(try world.choose("GET shop/ [cookie: martlet-arm=\(token)] [cookie: martlet-arm=\(token)]").cookie != nil)
        // It was issued at 1,700,000,000 and counts for an hour.
        let later = Self.wall + 3600 * Self.second
        #expect(try world.choose("GET shop/ [cookie: martlet-arm=\(token)]", wall: later).cookie == nil)
        #expect(try world.choose("GET shop/ [cookie: martlet-arm=\(token)]", wall: later + Self.second).cookie != nil)
        #expect(try world.choose("GET shop/ [cookie: martlet-arm=\(token)]", wall: Self.wall - 400 * Self.second).cookie != nil)
    }

    @Test(arguments: ["persist header x-session", "persist clientIP \"\""])
    func `a header or an address ties a client without any cookie`(_ words: String) throws {
        let world = try World("forward \(words)", arms: [("stable", 60), ("canary", 40)])
        let other = try World("forward \(words)", arms: [("stable", 60), ("canary", 40)])
        var arms: [String: Int] = [:]
        for i in 0..<500 {
            let line = "GET shop/ [X-Session: user-\(i)] [from 192.0.\(i / 250).\(i % 250)]"
            let (first, second, elsewhere) = (try world.choose(line), try world.choose(line), try other.choose(line))
            #expect(first.arm == second.arm && first.arm == elsewhere.arm && first.cookie == nil && first.ticket != 0)
            arms[first.arm, default: 0] += 1
        }
        #expect((arms["canary"] ?? 0) > 150 && (arms["canary"] ?? 0) < 250)
    }

    @Test func `a request without the header goes by chance`() throws {
        let world = try World("forward persist header x-session", arms: [("stable", 1), ("canary", 1)])
        let arms = try (0..<200).map { _ in try world.choose() }
        #expect(Set(arms.map(\.arm)).count == 2)
        #expect(arms.allSatisfy { $0.ticket == 0 })
    }

    @Test func `a ticket is published also where there is but one arm`() throws {
        let world = try World("forward persist header x-session", arms: [("only", 1)])
        let found = try world.choose("GET shop/ [x-session: a]")
        #expect(found.arm == "only" && found.ticket != 0)
    }

    @Test func `new weights move the clients that must move, and no others`() throws {
        let world = try World("forward persist header x-session", arms: [("stable", 90), ("canary", 10)])
        func arms() throws -> [String] { try (0..<2000).map { try world.choose("GET shop/ [x-session: \($0)]").arm } }
        let before = try arms()
        #expect(!world.registry.update(.weights(rule: "r", [80, 20])).isUnknown)
        let after = try arms()
        #expect(zip(before, after).allSatisfy { $0 == $1 || ($0 == "stable" && $1 == "canary") })
        let moved = zip(before, after).filter { $0 != $1 }.count
        #expect(moved > 140 && moved < 260)
        // The same as a plan with these weights: what a Rollout says and what somebody writes are one thing.
        try world.publish("forward persist header x-session", arms: [("stable", 4), ("canary", 1)])
        #expect(try arms() == after)
    }

    @Test func `an empty arm gives its clients away, and has them back after thirty seconds`() throws {
        let world = try World("forward persist header x-session", arms: [("a", 1), ("b", 1), ("c", 1)])
        func arms() throws -> [String] { try (0..<300).map { try world.choose("GET shop/ [x-session: \($0)]").arm } }
        let before = try arms()
        world.set("b")
        let meanwhile = try arms()
        #expect(!meanwhile.contains("b"))
        #expect(zip(before, meanwhile).allSatisfy { $0 == "b" || $0 == $1 })
        world.set("b", "10.0.0.9")
        #expect(try arms() == meanwhile)
        world.clock.now.add(29 * Self.second, ordering: .relaxed)
        #expect(try arms() == meanwhile)
        world.clock.now.add(Self.second, ordering: .relaxed)
        #expect(try arms() == before)
        #expect(world.registry.armCounts.map { "\($0.rule) \($0.arm) \($0.emptied) \($0.refilled)" } == ["r b 1 1"])
    }

    @Test func `a plan that is linked anew takes nothing for news`() throws {
        let arms = [("a", 1), ("b", 1)]
        let world = try World("forward", arms: arms)
        world.set("b")
        try world.publish("forward", arms: arms.map { ($0.0, $0.1 + 1) })
        for _ in 0..<50 { #expect(try world.choose().arm == "a") }
        let counts = world.registry.armCounts.map { "\($0.arm) \($0.emptied)" }
        #expect(counts == ["b 1"])
    }

    @Test func `an older plan with other arms goes by its own weights`() throws {
        let world = try World("forward", arms: [("a", 1), ("b", 0)])
        let old = world.plan
        try world.publish("forward", arms: [("b", 1), ("c", 0)])
        #expect(try world.choose().arm == "b")
        world.plan = old
        for _ in 0..<20 { #expect(try world.choose().arm == "a") }
    }

    @Test func `endpoints that are refused make no arm ready`() throws {
        let world = try World("forward", arms: [("a", 1), ("b", 1)])
        world.set("b", "169.254.169.254")
        for _ in 0..<50 { #expect(try world.choose().arm == "a") }
    }

    @Test func `an active arm without endpoints waits, unless it is forced`() throws {
        let arms = [("blue", 3), ("green", 1), ("old", 0)]
        let world = try World("forward active green", arms: arms)
        #expect(try world.choose().arm == "green")
        world.set("green")
        #expect(try (0..<50).allSatisfy { _ in try world.choose().arm == "blue" })
        try world.publish("forward active green forced", arms: arms, empty: "green")
        #expect(try world.choose().arm == "green")
        try world.publish("forward active green", arms: [("blue", 0), ("green", 0), ("old", 0)])
        #expect(try world.choose().arm == "blue")
        world.set("green", "10.0.0.2")
        #expect(try world.choose().arm == "blue")
        world.clock.now.add(30 * Self.second, ordering: .relaxed)
        #expect(try world.choose().arm == "green")
    }

    @Test func `whoever switches to an arm with endpoints waits for nobody`() throws {
        let arms = [("blue", 1), ("green", 0)]
        let world = try World("forward active blue", arms: arms)
        world.set("green")
        world.set("green", "10.0.0.2")
        try world.publish("forward active green", arms: arms)
        #expect(try world.choose().arm == "green")
        // Once it is active, it owes thirty seconds as any other.
        world.set("green")
        #expect(try world.choose().arm == "blue")
        world.set("green", "10.0.0.2")
        #expect(try world.choose().arm == "blue")
        // Another switch, before there are endpoints.
        world.set("green")
        try world.publish("forward active blue", arms: arms, empty: "green")
        try world.publish("forward active green", arms: arms, empty: "green")
        #expect(try world.choose().arm == "blue")
        world.set("green", "10.0.0.2")
        #expect(try world.choose().arm == "green")
    }

    @Test func `an arm that leads elsewhere owes nothing for where it led`() throws {
        let world = try World("forward", arms: [("a", 0), ("b", 1)])
        world.set("b")
        let text = World.graph("forward", [("a", 0), ("b", 1)])
            .replacing("      backend b\ncluster", with: "      backend c\ncluster c http\n  endpoint 10.0.0.3:80\ncluster")
        world.plan = Plan.link(try GraphText.parse(text), previous: world.plan, registry: world.registry)
        #expect(try world.choose().arm == "b")
    }

    @Test func `an override decides before the active arm, the ticket and the weights`() throws {
        let world = try World(
            """
            forward active stable persist cookie martlet-arm
              override canary header x-canary = always cookie beta ~ "on|yes"
              override dark header x-dark present
              override stable header x-canary = always
            """, arms: [("stable", 1), ("canary", 0), ("dark", 0)])
        let cases = [
            ("GET shop/", "stable"), ("GET shop/ [X-Canary: always] [cookie: beta=yes]", "canary"),
            ("GET shop/ [x-canary: always] [cookie: beta=no]", "stable"), ("GET shop/ [x-dark: 1]", "dark"),
            ("GET shop/ [x-dark: ] [x-canary: always] [cookie: a=b; beta=on]", "canary"),
            ("GET shop/ [x-canary: never]", "stable"),
        ]
        for (line, arm) in cases { #expect(try world.choose(line).arm == arm, "\(line)") }
        // Whoever is sent to an arm by hand is tied to none.
        #expect(try world.choose("GET shop/ [x-dark: 1]").cookie == nil)
        #expect(try world.choose().cookie != nil)
    }

    @Test func `an override that names no arm is a problem, and takes nothing`() throws {
        let text = World.graph("forward\n  override ghost header x-a present", [("a", 1), ("b", 0)])
        let registry = CellRegistry()
        let plan = Plan.link(try GraphText.parse(text), previous: nil, registry: registry)
        #expect(plan.report.problems.map(\.message) == ["an override of arm ghost cannot be obeyed"])
    }

    @Test func `splits leave nothing behind`() throws {
        let registry = CellRegistry()
        for _ in 0..<3 {
            let text = World.graph("forward", [("a", 1), ("b", 1)])
            let plan = Plan.link(try GraphText.parse(text), previous: nil, registry: registry)
            #expect(registry.census.splits == 1)
            _ = consume plan
        }
        registry.collect()
        #expect(registry.census == CellRegistry.Census())
    }
}
