import Documents
import Graph
import Kubernetes
import Resources
import Rollouts
import Synchronization
import TestKit
import Testing
import Translator

@testable import Controller

/// A Rollout from the watch to the status, and from there to the workers' weights.
@Suite(.timeLimit(.minutes(5)))
struct RolloutRoundTests {
    private func metadata(_ name: String, labels: Value = [:]) -> Value {
        [
            "name": .string(name), "namespace": "shop", "uid": .string("uid-\(name)"), "generation": 1, "resourceVersion": "11",
            "labels": labels,
        ]
    }

    private func arm(_ name: String, _ service: String) -> Value {
        ["name": .string(name), "weight": 1, "backendRefs": [["name": .string(service), "port": 80]]]
    }

    private func slice(_ service: String, _ address: String) -> Value {
        [
            "metadata": metadata("\(service)-1", labels: ["kubernetes.io/service-name": .string(service)]), "addressType": "IPv4",
            "ports": [["name": "", "port": 8080]], "endpoints": [["addresses": [.string(address)]]],
        ]
    }

    private func cluster() throws -> ScriptedCluster {
        let rule: Value = ["name": "all", "split": ["arms": [arm("stable", "one"), arm("canary", "two")]]]
        let steps: Value = [["setWeight": 25, "pause": [:]], ["setWeight": 100]]
        return try ScriptedCluster(objects: [
            "services": ["one", "two"].map { ["metadata": metadata($0), "spec": ["ports": [["port": 80]]]] },
            "endpointslices": [slice("one", "192.0.2.1"), slice("two", "192.0.2.2")],
            "routes": [
                [
                    "metadata": metadata("shop"),
                    "spec": ["ingressClassName": "martlet", "hostnames": ["shop.example.com"], "rules": [rule]],
                ]
            ],
            "rollouts": [
                [
                    "metadata": metadata("shop"),
                    "spec": [
                        "targetRef": ["name": "shop"], "stable": "stable", "canary": "canary", "revision": "v1",
                        "strategy": ["steps": steps],
                    ],
                ]
            ],
        ])
    }

    /// Tells weights as they come, in graphs and in cells.
    private func outlet() -> (outlet: Outlet, news: AsyncStream<String>) {
        let (news, sink) = AsyncStream<String>.makeStream()
        let generation = Mutex<UInt64>(0)
        let outlet = Outlet(
            publish: { graph in
                for rule in Set(graph.listeners.flatMap(\.hosts).flatMap(\.entries).map { $0.rule.id }).sorted() {
                    let entry = graph.listeners.flatMap(\.hosts).flatMap(\.entries).first { $0.rule.id == rule }
                    if case .forward(let split)? = entry?.rule.action { sink.yield("graph \(rule) \(split.arms.map(\.weight))") }
                }
                return Outlet.Receipt(
                    generation: generation.withLock {
                        $0 += 1
                        return $0
                    })
            },
            update: { update in
                if case .weights(let rule, let weights) = update { sink.yield("cells \(rule) \(weights)") }
                return []
            })
        return (outlet, news)
    }

    @Test func `weights are written by the leader, and every change of them is a cell`() async throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (outlet, news) = outlet()
        var settings = ControllerSettings()
        settings.translator.listeners = [ListenerKey(address: "0.0.0.0", port: 8080, transport: .http)]
        let connection = ClusterConnection(ClusterAccess(server: cluster.url))
        let source = ClusterSource(connection, log: { _ in })
        let controller = Controller(settings, source: source, cluster: connection, outlet: outlet, log: { _ in })
        controller.start()
        defer { controller.stop() }
        var weights = news.makeAsyncIterator()
        // Without a status everything goes to the stable arm, whatever the Route says.
        #expect(await weights.next() == "graph Route/shop/shop/all [1, 0]")
        let first = try #require(await cluster.write("PATCH rollouts/shop/status"))
        #expect(first.contains(#""phase":"Healthy""#) && first.contains(#""stableRevision":"v1""#))
        cluster.edit(rollout: "shop") { $0["spec"]?["revision"] = "v2" }
        let second = try #require(await cluster.write("PATCH rollouts/shop/status"))
        #expect(second.contains(#""canaryWeight":25"#) && second.contains(#""progress":"1/2""#))
        let event = try #require(await cluster.write("POST events"))
        #expect(event.contains("RolloutStarted") || event.contains("StepStarted"))
        // The watch brings what was written.
        cluster.edit(rollout: "shop") { _ in }
        let cells = await weights.next()
        #expect(cells == "cells Route/shop/shop/all [3, 1]")
        cluster.edit(rollout: "shop") {
            $0["metadata"]?["annotations"] = ["martlet.dev/rollout-command": "promote@v2/1"]
        }
        #expect(try #require(await cluster.write("PATCH rollouts/shop/status")).contains(#""canaryWeight":100"#))
        #expect(try #require(await cluster.write("PATCH rollouts/shop/status")).contains(#""outcome":"Promoted""#))
        cluster.edit(rollout: "shop") { _ in }
        #expect(await weights.next() == "cells Route/shop/shop/all [0, 1]")
        #expect(controller.figures.translations == 1)
    }

    @Test func `a Rollout that is deleted in the middle of a step leaves the Route's weights, and an Event says so`() async throws
    {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (outlet, news) = outlet()
        var settings = ControllerSettings()
        settings.translator.listeners = [ListenerKey(address: "0.0.0.0", port: 8080, transport: .http)]
        let connection = ClusterConnection(ClusterAccess(server: cluster.url))
        let source = ClusterSource(connection, log: { _ in })
        let controller = Controller(settings, source: source, cluster: connection, outlet: outlet, log: { _ in })
        controller.start()
        defer { controller.stop() }
        var weights = news.makeAsyncIterator()
        #expect(await weights.next() == "graph Route/shop/shop/all [1, 0]")
        _ = await cluster.write("PATCH rollouts/shop/status")
        cluster.edit(rollout: "shop") { $0["spec"]?["revision"] = "v2" }
        _ = await cluster.write("PATCH rollouts/shop/status")
        cluster.edit(rollout: "shop") { _ in }
        #expect(await weights.next() == "cells Route/shop/shop/all [3, 1]")
        cluster.delete(rollout: "shop")
        #expect(await weights.next() == "cells Route/shop/shop/all [1, 1]")
        let event = await removal(cluster)
        #expect(event?.contains(#""kind":"Route""#) ?? false)
        #expect(event?.contains("the weights of Route/shop/shop/all are those of the Route again.") ?? false)
    }

    private func removal(_ cluster: ScriptedCluster) async -> String? {
        var event = await cluster.write("POST events")
        while let told = event, !told.contains("RolloutRemoved") { event = await cluster.write("POST events") }
        return event
    }

    @Test func `a Rollout that stood back takes over from one that is deleted, and the Event says so`() async throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let (outlet, news) = outlet()
        var settings = ControllerSettings()
        settings.translator.listeners = [ListenerKey(address: "0.0.0.0", port: 8080, transport: .http)]
        let connection = ClusterConnection(ClusterAccess(server: cluster.url))
        let source = ClusterSource(connection, log: { _ in })
        let controller = Controller(settings, source: source, cluster: connection, outlet: outlet, log: { _ in })
        controller.start()
        defer { controller.stop() }
        var weights = news.makeAsyncIterator()
        #expect(await weights.next() == "graph Route/shop/shop/all [1, 0]")
        _ = await cluster.write("PATCH rollouts/shop/status")
        cluster.add(rollout: "younger", like: "shop")
        // That it has to stand back is in its status.
        #expect(try #require(await cluster.write("PATCH rollouts/younger/status")).contains("Conflicted"))
        cluster.delete(rollout: "shop")
        #expect(await removal(cluster)?.contains("Rollout younger moves Route/shop/shop/all now.") ?? false)
        cluster.edit(rollout: "younger") { _ in }
        #expect(try #require(await cluster.write("PATCH rollouts/younger/status")).contains(#""phase":"Healthy""#))
    }

    @Test func `pods say what an arm serves, unless they differ, are unknown, or are none`() {
        var finding = RolloutFinding(
            object: ObjectReference(kind: "Rollout", name: "r"), uid: "", resourceVersion: "", rollout: Rollout())
        finding.target = RolloutFinding.Target(
            rule: "r", route: ObjectReference(kind: "Route", name: "r"), ready: [:],
            pods: ["same": ["a", "b"], "mixed": ["a", "c"], "unknown": ["a", "x"], "none": []])
        let pods = ["a": "1", "b": "1", "c": "2"]
        #expect(RolloutObject(finding, pods: pods).podRevisions == ["same": "1", "none": ""])
        #expect(RolloutObject(finding, pods: nil).podRevisions.isEmpty)
    }
}
