import Documents
import Foundation
import Graph
import Kubernetes
import Resources
import Synchronization
import Telemetry
import Testing
import Translator

@testable import Controller

/// What is served while the source cannot be reached, with a source and a proxy that the test plays.
@Suite(.timeLimit(.minutes(5)))
struct StopgapTests {
    /// Delivers what the test says.
    private final class PlayedSource: ObjectSource {
        private let deliveries: AsyncStream<SourceBatch>
        private let sink: AsyncStream<SourceBatch>.Continuation
        private let unreachable = Mutex(false)

        init() { (deliveries, sink) = AsyncStream.makeStream() }

        var feeds: [FeedFigures] { [] }
        var isUnreachable: Bool { unreachable.withLock { $0 } }

        func run(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async {
            for await batch in deliveries { deliver(batch) }
        }

        func giveNoAnswer() {
            unreachable.withLock { $0 = true }
            sink.yield(SourceBatch([], isComplete: false))
        }

        func list(_ objects: [Value]) {
            unreachable.withLock { $0 = false }
            let changes = objects.compactMap { object in
                Snapshot.kind(of: object).map { SourceChange.put($0, Arrival(Located(value: object))) }
            }
            sink.yield(SourceBatch(changes, isComplete: true))
        }
    }

    /// Everything that reached the proxy, in order, and what memory was asked and told.
    private final class Play: Sendable {
        let news: AsyncStream<String>
        private let sink: AsyncStream<String>.Continuation
        let source = PlayedSource()
        /// Addresses that accept connections.
        let answering = Mutex<Set<String>>([])
        let recalls = Mutex(0)
        let remembered = Mutex<[(isChanged: Bool, isComplete: Bool)]>([])
        let log = Mutex<[String]>([])

        init() { (news, sink) = AsyncStream.makeStream() }

        func controller(_ kept: [Value]?, patience: Duration = .seconds(3600)) -> Controller {
            var settings = ControllerSettings()
            settings.translator.listeners = [ListenerKey(address: "0.0.0.0", port: 8080, transport: .http)]
            settings.translator.isDefaultClass = true
            let outlet = Outlet(
                publish: { [sink] graph in
                    let hosts = graph.listeners.flatMap(\.hosts).map(\.pattern.text)
                    sink.yield("graph \(hosts) \(graph.endpoints.values.flatMap { $0 }.map(\.address).sorted())")
                    return Outlet.Receipt(generation: 1)
                },
                update: { [sink] update in
                    if case .endpoints(_, let endpoints) = update { sink.yield("cells \(endpoints.map(\.address))") }
                    return []
                })
            let memory = Memory(
                remember: { [self] isChanged, isComplete, _ in remembered.withLock { $0.append((isChanged, isComplete)) } },
                recall: { [self] in
                    recalls.withLock { $0 += 1 }
                    return kept.map { Memory.Recollection(objects: $0.map { Packed($0) }, written: 17) }
                },
                answering: { [self] candidates, _ in
                    let known = answering.withLock { $0 }
                    return candidates.filter { known.contains($0.endpoint.address) }.reduce(into: [:]) { found, one in
                        found[one.cluster, default: []].insert(one.endpoint)
                    }
                }, patience: patience)
            return Controller(
                settings, source: source, cluster: nil, outlet: outlet, memory: memory,
                log: { [self] event in log.withLock { $0.append(event.text) } })
        }
    }

    private func objects(_ host: String, _ addresses: [String]) -> [Value] {
        let backend: Value = ["service": ["name": "web", "port": ["number": 80]]]
        let path: Value = ["path": "/", "pathType": "Prefix", "backend": backend]
        let metadata: Value = ["namespace": "a", "name": "web"]
        // A slice has a thousand endpoints at most.
        let slices: [Value] = stride(from: 0, to: addresses.count, by: 1000).map { start in
            [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": ["namespace": "a", "name": .string("web-\(start)"), "labels": ["kubernetes.io/service-name": "web"]],
                "addressType": "IPv4", "ports": [["name": "http", "port": 8080]],
                "endpoints": .array(addresses.dropFirst(start).prefix(1000).map { ["addresses": [.string($0)]] }),
            ]
        }
        return slices + [
            [
                "apiVersion": "v1", "kind": "Service", "metadata": metadata,
                "spec": ["ports": [["name": "http", "port": 80]]],
            ],
            [
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
                "spec": ["rules": [["host": .string(host), "http": ["paths": [path]]]]],
            ],
        ]
    }

    @Test func `what was kept is served where endpoints answer, until everything is listed`() async {
        let play = Play()
        play.answering.withLock { $0 = ["192.0.2.1"] }
        let controller = play.controller(objects("kept.example.com", ["192.0.2.1", "192.0.2.2"]))
        controller.start()
        defer { controller.stop() }
        var news = play.news.makeAsyncIterator()
        play.source.giveNoAnswer()
        #expect(await news.next() == #"graph ["kept.example.com"] ["192.0.2.1"]"#)
        // The other one begins to answer.
        play.answering.withLock { $0 = ["192.0.2.1", "192.0.2.2"] }
        #expect(await news.next() == #"cells ["192.0.2.1", "192.0.2.2"]"#)
        #expect(controller.figures.servedFrom == 17)
        #expect(controller.figures.translations == 0)
        #expect(play.log.withLock { $0.contains { $0.contains("the last good state is served") && $0.contains("answering=1") } })
        play.source.giveNoAnswer()
        play.source.list(objects("live.example.com", ["192.0.2.9"]))
        #expect(await news.next() == #"graph ["live.example.com"] ["192.0.2.9"]"#)
        // With the next round under way, the figures of the one before are complete.
        play.source.list(objects("live.example.com", ["192.0.2.8"]))
        #expect(await news.next() == #"cells ["192.0.2.8"]"#)
        #expect(controller.figures.servedFrom == nil)
        #expect(play.recalls.withLock { $0 } == 1)
        let remembered = play.remembered.withLock { $0 }
        #expect(remembered.filter(\.isComplete).first?.isChanged == true)
    }

    @Test func `many endpoints are asked in two parts, and the first is served before the second is asked`() async {
        let play = Play()
        let addresses = (0..<2_500).map { "192.0.\($0 / 250).\($0 % 250)" }
        play.answering.withLock { $0 = Set(addresses) }
        let controller = play.controller(objects("kept.example.com", addresses))
        controller.start()
        defer { controller.stop() }
        var news = play.news.makeAsyncIterator()
        play.source.giveNoAnswer()
        let first = await news.next()
        #expect(first?.hasPrefix(#"graph ["kept.example.com"]"#) == true)
        #expect(first?.components(separatedBy: "192.0.").count == 2_001)
        #expect(await news.next()?.components(separatedBy: "192.0.").count == 2_501)
    }

    @Test func `a source that answers but lists nothing has its time, and no longer`() async {
        let play = Play()
        let controller = play.controller(objects("kept.example.com", []), patience: .milliseconds(20))
        controller.start()
        defer { controller.stop() }
        var news = play.news.makeAsyncIterator()
        #expect(await news.next() == #"graph ["kept.example.com"] []"#)
        play.source.list(objects("live.example.com", []))
        #expect(await news.next() == #"graph ["live.example.com"] []"#)
    }

    @Test func `where everything is listed nothing is recalled, also when the source fails later`() async {
        let play = Play()
        let controller = play.controller(objects("kept.example.com", []), patience: .zero)
        play.source.list(objects("live.example.com", []))
        // The round comes before the patience is over only if it is queued first: both orders end with what is live.
        controller.start()
        defer { controller.stop() }
        var last = ""
        for await line in play.news {
            last = line
            if line.contains("live") { break }
        }
        #expect(last == #"graph ["live.example.com"] []"#)
        let recalled = play.recalls.withLock { $0 }
        play.source.giveNoAnswer()
        var news = play.news.makeAsyncIterator()
        play.source.list(objects("later.example.com", []))
        #expect(await news.next() == #"graph ["later.example.com"] []"#)
        #expect(play.recalls.withLock { $0 } == recalled)
    }

    @Test func `without anything kept the source is waited for`() async {
        let play = Play()
        let controller = play.controller(nil)
        controller.start()
        defer { controller.stop() }
        play.source.giveNoAnswer()
        play.source.giveNoAnswer()
        play.source.list(objects("live.example.com", []))
        var news = play.news.makeAsyncIterator()
        #expect(await news.next() == #"graph ["live.example.com"] []"#)
        #expect(controller.figures.servedFrom == nil)
    }

    @Test func `endpoints of datagrams are used unseen, and only endpoints of the graph are proven`() {
        let udp = Cluster(id: "a/dns:53", upstream: .udp)
        let web = Cluster(id: "a/web:80")
        let (one, two) = (Endpoint(address: "192.0.2.1", port: 1), Endpoint(address: "192.0.2.2", port: 2))
        var endpoints = ProvenEndpoints(
            RoutingGraph(clusters: [udp, web], endpoints: [udp.id: [one], web.id: [two, one]]))
        #expect(Set(endpoints.nextToAsk(most: 9).map(\.endpoint)) == [two, one])
        #expect(endpoints.usable.endpoints == [udp.id: [one], web.id: []])
        #expect(endpoints.prove([web.id: [one, Endpoint(address: "192.0.2.3", port: 3)]]) == [.endpoints(web.id, [one])])
        #expect(endpoints.prove([web.id: [one], "a/other:80": [two]]) == [])
        #expect(endpoints.prove([web.id: [two]]) == [.endpoints(web.id, [two, one])])
        #expect(endpoints.nextToAsk(most: 9).isEmpty)
    }

    @Test func `one of each cluster that has nobody is asked first, then so many others`() {
        let clusters = ["a/few:80", "a/many:80"].map { Cluster(id: $0) }
        let many = (1...9).map { Endpoint(address: "192.0.2.\($0)", port: 1) }
        var endpoints = ProvenEndpoints(
            RoutingGraph(clusters: clusters, endpoints: [clusters[0].id: Array(many[..<2]), clusters[1].id: many]))
        #expect(endpoints.nextToAsk(most: 0).map(\.cluster).sorted() == clusters.map(\.id))
        let some = endpoints.nextToAsk(most: 7)
        #expect(Set(some.prefix(2).map(\.cluster)) == Set(clusters.map(\.id)))
        #expect(Set(some).count == 7)
        #expect(Set(endpoints.nextToAsk(most: 100)).count == 11)
        _ = endpoints.prove([clusters[1].id: [many[0]]])
        // The one that nobody of has answered goes before eight of the other.
        #expect(endpoints.nextToAsk(most: 0).map(\.cluster) == [clusters[0].id])
        #expect(endpoints.nextToAsk(most: 100).first?.cluster == clusters[0].id)
        #expect(endpoints.nextToAsk(most: 100).count == 10)
    }

    @Test func `whoever does not answer takes nobody else's turn`() {
        let web = Cluster(id: "a/web:80")
        let all = (0..<100).map { Endpoint(address: "192.0.2.\($0)", port: 1) }
        var endpoints = ProvenEndpoints(RoutingGraph(clusters: [web], endpoints: [web.id: all]))
        _ = endpoints.prove([web.id: [all[99]]])
        var asked: Set<Endpoint> = []
        for _ in 0..<20 { asked.formUnion(endpoints.nextToAsk(most: 5).map(\.endpoint)) }
        #expect(asked == Set(all.dropLast()))
    }

    @Test(arguments: [(1, [1]), (2, [1, 2]), (3, [1, 2])])
    func `rounds become longer until one finds somebody, whatever is used unseen`(answersAfter: Int, rounds: [Int]) {
        let udp = Cluster(id: "a/dns:53", upstream: .udp)
        let web = Cluster(id: "a/web:80")
        let one = Endpoint(address: "192.0.2.1", port: 1)
        var endpoints = ProvenEndpoints(RoutingGraph(clusters: [udp, web], endpoints: [udp.id: [one], web.id: [one]]))
        var asked: [Duration] = []
        endpoints.findSomebody(of: 9, within: [.seconds(1), .seconds(2)]) { candidates, limit in
            asked.append(limit)
            #expect(candidates.map(\.cluster) == [web.id])
            return limit >= .seconds(answersAfter) ? [web.id: [one]] : [:]
        }
        #expect(asked == rounds.map { .seconds($0) })
        #expect(endpoints.nextToAsk(most: 9).isEmpty == (answersAfter <= 2))
    }

    @Test func `how many of how many are proven is told`() {
        let web = Cluster(id: "a/web:80")
        let (one, two) = (Endpoint(address: "192.0.2.1", port: 1), Endpoint(address: "192.0.2.2", port: 2))
        var endpoints = ProvenEndpoints(RoutingGraph(clusters: [web], endpoints: [web.id: [one, two]]))
        _ = endpoints.prove([web.id: [two]])
        #expect(endpoints.count.proven == 1 && endpoints.count.all == 2)
    }
}
