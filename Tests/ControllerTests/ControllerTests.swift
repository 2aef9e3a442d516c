import Documents
import Graph
import Kubernetes
import Resources
import Synchronization
import Telemetry
import TestKit
import Testing
import Translator

@testable import Controller

/// The controller on real connections, with a proxy that only remembers.
@Suite(.timeLimit(.minutes(5)))
struct ControllerTests {
    /// Remembers graphs and cells in order.
    private final class RecordingProxy: Sendable {
        let news: AsyncStream<String>
        private let sink: AsyncStream<String>.Continuation
        private let generation = Mutex<UInt64>(0)

        init() { (news, sink) = AsyncStream.makeStream() }

        var outlet: Outlet {
            Outlet(
                publish: { [self] graph in
                    let hosts = graph.listeners.flatMap(\.hosts).map(\.pattern.text)
                    let endpoints = graph.endpoints.sorted { $0.key < $1.key }.map { "\($0)=\($1.map(\.text))" }
                    sink.yield("graph \(hosts) \(endpoints)")
                    let complaint = Complaint(
                        .rule("Ingress/shop/web/x"), reason: "NotProgrammable", message: "It cannot be obeyed.")
                    return generation.withLock { generation in
                        generation += 1
                        return Outlet.Receipt(generation: generation, complaints: [complaint])
                    }
                },
                update: { [self] update in
                    if case .endpoints(let id, let endpoints) = update { sink.yield("cells \(id)=\(endpoints.map(\.text))") }
                    return []
                })
        }
    }

    private func metadata(_ name: String, version: Int = 1, labels: Value = [:]) -> Value {
        [
            "name": .string(name), "namespace": "shop", "uid": .string("uid-\(name)"), "generation": 1,
            "resourceVersion": .string(String(version)), "labels": labels,
        ]
    }

    private func ingress(_ name: String, _ host: String, service: String, version: Int = 1) -> Value {
        let backend: Value = ["service": ["name": .string(service), "port": ["number": 80]]]
        let path: Value = ["path": "/", "pathType": "Prefix", "backend": backend]
        return [
            "metadata": metadata(name, version: version),
            "spec": ["ingressClassName": "martlet", "rules": [["host": .string(host), "http": ["paths": [path]]]]],
        ]
    }

    private func slice(_ address: String, version: Int = 1) -> Value {
        [
            "metadata": metadata("web-1", version: version, labels: ["kubernetes.io/service-name": "web"]), "addressType": "IPv4",
            "ports": [["name": "", "port": 8080]], "endpoints": [["addresses": [.string(address)]]],
        ]
    }

    private func secret(_ name: String, _ value: String = "a2V5", version: Int = 1) -> Value {
        [
            "metadata": metadata(name, version: version), "type": "kubernetes.io/tls",
            "data": ["tls.crt": .string(value), "tls.key": .string(value)],
        ]
    }

    private func cluster(port: UInt16 = 0, forbidden: Set<String> = []) throws -> ScriptedCluster {
        try ScriptedCluster(
            port: port,
            objects: [
                "services": [["metadata": metadata("web"), "spec": ["ports": [["port": 80]]]]],
                "endpointslices": [slice("192.0.2.1")], "ingresses": [ingress("web", "web.example.com", service: "web")],
            ], refusals: ["routes": 404, "secrets": 403], forbidden: forbidden)
    }

    private func controller(
        _ cluster: ScriptedCluster, _ proxy: RecordingProxy,
        published: ControllerSettings.Published = .addresses(["198.51.100.1"]), scope: WatchScope = WatchScope(),
        fleet: FleetLink? = nil, find: @escaping @Sendable () -> ClusterAccess? = { nil }, log: @escaping LogSink = { _ in }
    ) -> Controller {
        var settings = ControllerSettings()
        settings.translator.listeners = [ListenerKey(address: "0.0.0.0", port: 8080, transport: .http)]
        settings.published = published
        let connection = ClusterConnection(ClusterAccess(server: cluster.url), find: find)
        let source = ClusterSource(connection, scope: scope, log: log)
        return Controller(settings, source: source, cluster: connection, outlet: proxy.outlet, fleet: fleet, log: log)
    }

    @Test func `lists lead to a graph although a CRD is missing and a kind forbidden, and watches to cells and graphs`()
        async throws
    {
        let cluster = try cluster()
        defer { cluster.stop() }
        let proxy = RecordingProxy()
        let controller = controller(cluster, proxy)
        controller.start()
        defer { controller.stop() }
        var news = proxy.news.makeAsyncIterator()
        #expect(await news.next() == #"graph ["web.example.com"] ["shop/web:80=[\"192.0.2.1:8080\"]"]"#)
        cluster.send("MODIFIED", "endpointslices", slice("192.0.2.2", version: 12))
        #expect(await news.next() == #"cells shop/web:80=["192.0.2.2:8080"]"#)
        cluster.send("ADDED", "ingresses", ingress("more", "more.example.com", service: "web", version: 13))
        #expect(
            await news.next() == #"graph ["more.example.com", "web.example.com"] ["shop/web:80=[\"192.0.2.2:8080\"]"]"#)
        cluster.send("DELETED", "ingresses", ingress("web", "web.example.com", service: "web", version: 14))
        #expect(await news.next() == #"graph ["more.example.com"] ["shop/web:80=[\"192.0.2.2:8080\"]"]"#)
        // Rounds run one after the other: with the next one under way, the figures of those before are complete.
        cluster.send("MODIFIED", "endpointslices", slice("192.0.2.3", version: 15))
        #expect(await news.next() == #"cells shop/web:80=["192.0.2.3:8080"]"#)
        let states = Dictionary(uniqueKeysWithValues: controller.figures.feeds.map { ($0.name, $0.state) })
        #expect(states["routes.martlet.dev"] == .missing)
        #expect(states["secrets"] == .denied)
        #expect(states["services"] == .current)
        #expect(controller.figures.translations == 3)
        #expect(controller.figures.cellUpdates >= 1)
    }

    @Test func `other replicas are told how far every worker has come, by changes and bookmarks alike`() async throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let proxy = RecordingProxy()
        let (told, sink) = AsyncStream<FeedMarks>.makeStream()
        let controller = controller(
            cluster, proxy, fleet: FleetLink(serve: { sink.yield($0) }, lead: { _ in }))
        controller.start()
        defer { controller.stop() }
        var news = proxy.news.makeAsyncIterator()
        _ = await news.next()
        controller.acknowledged(1)
        let feed = "ingresses.networking.k8s.io"
        func wait(_ mark: String) async -> FeedMarks? {
            for await marks in told where marks[feed] == mark { return marks }
            return nil
        }
        // What cannot be read has no mark.
        #expect(await wait("10")?.versions.keys.contains("secrets") == false)
        cluster.send("BOOKMARK", "ingresses", ["metadata": ["resourceVersion": "12"]])
        #expect(await wait("12") != nil)
        cluster.send("ADDED", "ingresses", ingress("more", "more.example.com", service: "web", version: 13))
        _ = await news.next()
        cluster.send("BOOKMARK", "ingresses", ["metadata": ["resourceVersion": "14"]])
        controller.acknowledged(2)
        #expect(await wait("14") != nil)
    }

    @Test func `a Secret that is referred to later is read again, by its name`() async throws {
        let cluster = try ScriptedCluster(objects: [
            "services": [["metadata": metadata("web"), "spec": ["ports": [["port": 80]]]]],
            "ingresses": [ingress("web", "web.example.com", service: "web")], "secrets": [secret("tls"), secret("other")],
        ])
        defer { cluster.stop() }
        let proxy = RecordingProxy()
        let controller = controller(cluster, proxy)
        controller.start()
        defer { controller.stop() }
        var news = proxy.news.makeAsyncIterator()
        #expect(await news.next()?.hasPrefix(#"graph ["web.example.com"]"#) == true)
        #expect(controller.secret("tls")?.isElided == true)
        var secured = ingress("web", "web.example.com", service: "web", version: 12)
        secured["spec"]?["tls"] = [["hosts": ["web.example.com"], "secretName": "tls"]]
        cluster.send("MODIFIED", "ingresses", secured)
        while controller.secret("tls")?.isElided != false, !Task.isCancelled { await Task.yield() }
        #expect(controller.secret("tls")?.data["tls.key"] == "a2V5")
        #expect(controller.secret("other")?.data == ["tls.crt": "", "tls.key": ""])
        let read = cluster.targets.filter { $0.contains("/namespaces/shop/secrets?") }
        #expect(read.count == 1)
        #expect(read[0].contains("fieldSelector=metadata.name%3Dtls"))
        let watched = cluster.targets.filter { $0.hasPrefix("/api/v1/secrets?") }
        #expect(watched.count == 1)
        #expect(watched[0].contains("fieldSelector=type%21%3Dhelm.sh%2Frelease.v1%2C"))
    }

    @Test func `named Secrets are watched one by one, and a list of one leaves the others alone`() async throws {
        let cluster = try ScriptedCluster(objects: ["secrets": [secret("a"), secret("b"), secret("c")]])
        defer { cluster.stop() }
        let scope = WatchScope(secrets: [.init(namespace: "shop", name: "a"), .init(namespace: "shop", name: "b")])
        let proxy = RecordingProxy()
        let controller = controller(cluster, proxy, scope: scope)
        controller.start()
        defer { controller.stop() }
        var news = proxy.news.makeAsyncIterator()
        #expect(await news.next() != nil)
        #expect(controller.secret("a") != nil && controller.secret("b") != nil)
        #expect(controller.secret("c") == nil)
        let targets = cluster.targets.filter { $0.contains("secrets") }
        #expect(targets.count == 2 && targets.allSatisfy { $0.contains("/namespaces/shop/") && $0.contains("metadata.name%3D") })
    }

    @Test func `an Ingress gets the address once its graph is served, and Events say what is wrong`() async throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let proxy = RecordingProxy()
        let controller = controller(cluster, proxy)
        controller.start()
        defer { controller.stop() }
        let lease = await cluster.write("POST leases")
        #expect(lease?.contains("martlet-leader") == true)
        controller.acknowledged(1)
        let status = await cluster.write("PATCH ingresses/web/status")
        #expect(status?.contains(#""status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.1"}]}}"#) == true)
    }

    @Test func `a problem becomes an Event of its object, and so does what the proxy refuses`() async throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let controller = controller(cluster, RecordingProxy())
        controller.start()
        defer { controller.stop() }
        let complaint = await cluster.write("POST events")
        #expect(complaint?.contains(#""uid":"uid-web""#) == true)
        #expect(complaint?.contains("It cannot be obeyed.") == true)
        cluster.send("ADDED", "ingresses", ingress("bad", "bad.example.com", service: "ghost", version: 12))
        let event = await cluster.write("POST events")
        #expect(event?.contains(#""uid":"uid-bad""#) == true)
        #expect(event?.contains("ghost") == true)
    }

    @Test func `an API server that goes away changes nothing, and what it holds when it returns is obeyed`() async throws {
        let first = try cluster()
        let proxy = RecordingProxy()
        let (logged, sink) = AsyncStream<String>.makeStream()
        let controller = controller(first, proxy, log: { sink.yield($0.message) })
        controller.start()
        defer { controller.stop() }
        var news = proxy.news.makeAsyncIterator()
        #expect(await news.next() != nil)
        first.stop()
        for await message in logged where message.hasPrefix("the api server cannot be reached") { break }
        let second = try restart { try cluster(port: first.port) }
        defer { second.stop() }
        second.send("MODIFIED", "ingresses", ingress("web", "new.example.com", service: "web", version: 12))
        #expect(await news.next() == #"graph ["new.example.com"] ["shop/web:80=[\"192.0.2.1:8080\"]"]"#)
    }

    @Test func `a cluster that moved, with another kubeconfig, is found again and obeyed, and statuses go there`() async throws {
        let first = try cluster()
        let elsewhere = try cluster()
        defer { elsewhere.stop() }
        let proxy = RecordingProxy()
        let controller = controller(first, proxy, find: { ClusterAccess(server: elsewhere.url) })
        controller.start()
        defer { controller.stop() }
        var news = proxy.news.makeAsyncIterator()
        #expect(await news.next() != nil)
        #expect(await first.write("POST leases") != nil)
        first.stop()
        #expect(await elsewhere.write("POST leases") != nil)
        elsewhere.send("ADDED", "ingresses", ingress("more", "more.example.com", service: "web", version: 12))
        #expect(
            await news.next() == #"graph ["more.example.com", "web.example.com"] ["shop/web:80=[\"192.0.2.1:8080\"]"]"#)
        controller.acknowledged(2)
        #expect(await elsewhere.write("PATCH ingresses/more/status") != nil)
    }

    @Test func `where Leases are forbidden a replica says so and writes as if it were alone`() async throws {
        let cluster = try cluster(forbidden: ["leases"])
        defer { cluster.stop() }
        let (logged, sink) = AsyncStream<String>.makeStream()
        let controller = controller(cluster, RecordingProxy(), log: { sink.yield($0.text) })
        controller.start()
        defer { controller.stop() }
        var warning: String?
        for await line in logged where line.contains("no lease can be kept") {
            warning = line
            break
        }
        #expect(warning?.contains(#"grant the verb \"get\" on the resource \"leases\""#) == true)
        controller.acknowledged(1)
        #expect(await cluster.write("PATCH ingresses/web/status") != nil)
        #expect(controller.figures.isLeader == true)
    }

    @Test func `Events that are refused are told once, counted, and hold nothing up`() async throws {
        let cluster = try cluster(forbidden: ["events"])
        defer { cluster.stop() }
        let (logged, sink) = AsyncStream<String>.makeStream()
        let controller = controller(cluster, RecordingProxy(), log: { sink.yield($0.text) })
        controller.start()
        defer { controller.stop() }
        for i in 0..<5 {
            let bad = ingress("bad-\(i)", "bad-\(i).example.com", service: "ghost-\(i)", version: 12 + i)
            cluster.send("ADDED", "ingresses", bad)
        }
        controller.acknowledged(1)
        #expect(await cluster.write("PATCH ingresses/web/status") != nil)
        while controller.figures.events.refused < 6, !Task.isCancelled { await Task.yield() }
        sink.finish()
        var told: [String] = []
        for await line in logged where line.contains("an event cannot be written") { told.append(line) }
        #expect(told.count == 1)
        #expect(told.first?.contains(#"on the resource \"events\""#) == true)
        #expect(controller.figures.events.written == 0)
    }

    @Test func `the addresses of a Service are published, and follow it`() async throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let controller = controller(cluster, RecordingProxy(), published: .service(namespace: "shop", name: "web"))
        controller.start()
        defer { controller.stop() }
        controller.acknowledged(1)
        let service: Value = [
            "metadata": metadata("web", version: 12), "spec": ["type": "LoadBalancer", "ports": [["port": 80]]],
            "status": ["loadBalancer": ["ingress": [["hostname": "lb.example.com"]]]],
        ]
        cluster.send("MODIFIED", "services/selected", service)
        let status = await cluster.write("PATCH ingresses/web/status")
        #expect(status?.contains(#"{"ingress":[{"hostname":"lb.example.com"}]}"#) == true)
    }

    /// The port may still be held by connections of the server before; it is free when the last of them is gone.
    private func restart(_ make: () throws -> ScriptedCluster) throws -> ScriptedCluster {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            do { return try make() } catch  where ContinuousClock.now < deadline { continue }
        }
    }
}

extension Controller {
    fileprivate func secret(_ name: String) -> Secret? { snapshot.secret(namespace: "shop", name: name) }
}

extension Endpoint {
    fileprivate var text: String { "\(address):\(port)" }
}
