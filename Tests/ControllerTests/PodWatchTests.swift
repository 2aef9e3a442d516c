@testable import Controller
import Documents
import Kubernetes
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5)))
struct PodWatchTests {
    private typealias News = [String: String]?

    private static func service(_ selector: Value, version: String = "1") -> Value {
        let metadata: Value = ["name": "web", "namespace": "shop", "uid": "s", "resourceVersion": .string(version)]
        return ["metadata": metadata, "spec": ["selector": selector, "ports": [["port": 80]]]]
    }

    private static func pod(_ name: String, _ labels: Value) -> Value {
        [
            "metadata": [
                "name": .string(name), "namespace": "shop", "uid": .string(name), "resourceVersion": "1", "labels": labels,
            ]
        ]
    }

    private static let pods = [
        pod("web-1", ["app": "web", "tier": "front", "pod-template-hash": "a"]),
        pod("web-2", ["app": "web", "tier": "front", "controller-revision-hash": "b"]),
        pod("back-1", ["app": "web", "tier": "back", "pod-template-hash": "c"]), pod("other", [:]),
    ]

    @Test func `only the pods that a Service selects are read, and others once it selects others`() async throws {
        let front: Value = ["app": "web", "tier": "front"]
        let cluster = try ScriptedCluster(objects: ["services": [Self.service(front)], "pods": Self.pods])
        defer { cluster.stop() }
        let (stream, sink) = AsyncStream<News>.makeStream()
        let watch = PodWatch(ClusterConnection(ClusterAccess(server: cluster.url)), log: { _ in }) { namespace, revisions in
            #expect(namespace == "shop")
            sink.yield(revisions)
        }
        let run = Task { await watch.run() }
        defer { run.cancel() }
        var news = stream.makeAsyncIterator()

        watch.follow([ObjectKey(namespace: "shop", name: "web")])
        #expect(await news.next() == ["web-1": "a", "web-2": "b"])
        cluster.send("MODIFIED", "services/selected", Self.service(["tier": "back"], version: "11"))
        #expect(await news.next() == .some(nil), "those of before are not taken for what it selects now")
        #expect(await news.next() == ["back-1": "c"])
        watch.follow([])
        #expect(await news.next() == .some(nil))

        let asked = cluster.targets.filter { $0.contains("/pods?") }
        #expect(asked.contains { $0.contains("labelSelector=app%3Dweb%2Ctier%3Dfront") })
        #expect(asked.allSatisfy { $0.hasPrefix("/api/v1/namespaces/shop/pods?") && $0.contains("labelSelector=") }, "\(asked)")
    }

    @Test func `a Service that selects nothing has no pods that are known`() async throws {
        let cluster = try ScriptedCluster(objects: ["services": [Self.service([:])], "pods": Self.pods])
        defer { cluster.stop() }
        let (stream, sink) = AsyncStream<News>.makeStream()
        let watch = PodWatch(ClusterConnection(ClusterAccess(server: cluster.url)), log: { _ in }) { sink.yield($1) }
        let run = Task { await watch.run() }
        defer { run.cancel() }
        var news = stream.makeAsyncIterator()
        watch.follow([ObjectKey(namespace: "shop", name: "web")])
        cluster.send("MODIFIED", "services/selected", Self.service(["tier": "back"], version: "11"))
        #expect(await news.next() == ["back-1": "c"])
        #expect(cluster.targets.count { $0.contains("/pods?") && !$0.contains("labelSelector=tier%3Dback") } == 0)
    }
}
