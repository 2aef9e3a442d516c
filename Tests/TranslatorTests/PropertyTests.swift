import Base
import Documents
import Graph
import Resources
import Testing
import Translator

/// What holds for all objects, also for those that make no sense.
struct PropertyTests {
    static func settings(_ seed: UInt64) -> TranslatorSettings {
        var settings = TranslatorSettings()
        settings.isDefaultClass = seed % 2 == 0
        settings.allowsExternalNames = seed % 3 == 0
        settings.allowsLoopback = seed % 5 == 0
        settings.sharesHosts = seed % 7 == 0
        settings.allowsCanaries = seed % 3 == 1
        settings.exposesEverywhere = seed % 4 != 0
        settings.listeners = [
            ListenerKey(address: "::", port: 443, transport: .https), ListenerKey(address: "::", port: 80, transport: .http),
            ListenerKey(address: "::", port: 9000, transport: .tcp), ListenerKey(address: "::", port: 9000, transport: .udp),
            ListenerKey(address: "::1", port: 9000, transport: .tcp),
        ]
        settings.takesAnyPort = seed % 6 == 0
        return settings
    }

    static func translation(_ objects: [Value], _ seed: UInt64) -> Translation {
        var snapshot = Snapshot()
        for object in objects { snapshot.put(Located(value: object)) }
        var translator = Translator(settings(seed))
        return translator.translate(snapshot)
    }

    @Test(arguments: UInt64(0)..<200)
    func `any objects have a translation that is a sound graph`(seed: UInt64) throws {
        var random = RandomObjects(seed: seed)
        let translation = Self.translation(random.many(1...30) { $0.object(damage: 1) }, seed)
        let graph = translation.graph
        let ids = graph.clusters.map(\.id)
        #expect(ids == Set(ids).sorted())
        #expect(Set(graph.endpoints.keys) == Set(ids))
        for cluster in graph.clusters {
            let detour = cluster.detour ?? Detour()
            #expect(Set(detour.clusters).isSubset(of: ids) && !detour.clusters.contains(cluster.id))
            #expect(detour.canaries.reduce(0) { $0 + $1.share } <= Detour.whole)
        }
        for listener in graph.listeners {
            let patterns = listener.hosts.map(\.pattern)
            #expect(patterns == Set(patterns).sorted())
            for entry in listener.hosts.flatMap(\.entries) {
                #expect(Set(clusters(of: entry.rule)).isSubset(of: ids), "\(entry.rule.id) refers to a cluster that is not there")
            }
        }
        #expect(translation.statuses.map(\.object) == Set(translation.statuses.map(\.object)).sorted())
        for diagnostic in translation.diagnostics { #expect(!diagnostic.message.isEmpty && !diagnostic.reason.isEmpty) }
        #expect(try GraphText.parse(GraphText.print(graph)) == graph)
    }

    private func clusters(of rule: Rule) -> [ClusterID] {
        var found: [ClusterID] = rule.filters.compactMap { if case .mirror(let mirror) = $0 { mirror.cluster } else { nil } }
        if case .forward(let split) = rule.action {
            for case .cluster(let id) in split.arms.flatMap(\.backends).map(\.target) { found.append(id) }
        }
        return found
    }

    @Test(arguments: UInt64(0)..<100)
    func `the order of objects does not matter`(seed: UInt64) throws {
        var random = RandomObjects(seed: seed)
        var named: [String: Value] = [:]
        for object in random.many(5...40, { $0.object() }) {
            let metadata = ObjectMeta(of: object)
            named["\(object["kind"]?.string ?? "")/\(metadata.key)"] = object
        }
        let objects = named.sorted { $0.key < $1.key }.map(\.value)
        let translation = Self.translation(objects, seed)
        #expect(Self.translation(random.shuffled(objects), seed) == translation)
    }

    @Test(arguments: UInt64(0)..<30)
    func `step by step comes to the same as at once, and shares what did not change`(seed: UInt64) throws {
        var random = RandomObjects(seed: seed)
        var snapshot = Snapshot()
        var translator = Translator(Self.settings(seed))
        var served = translator.translate(snapshot)
        // Hosts whose weights changed are made here as well, so they are not the same objects.
        var isOwn = false
        for _ in 0..<40 {
            var changed: Set<ObjectReference> = []
            for _ in 0...random.below(3) { if let touched = change(&snapshot, &random) { changed.insert(touched) } }
            let (before, wasOwn) = (served, isOwn)
            switch translator.update(snapshot, changed: changed) {
            case .nothing: break
            case .cells(let updates):
                #expect(!updates.isEmpty)
                for case .endpoints(let id, let endpoints) in updates { served.graph.endpoints[id] = endpoints }
                for case .weights(let rule, let weights) in updates {
                    Self.reweight(&served.graph, rule, weights)
                    isOwn = true
                }
            case .translation(let translation):
                served = translation
                isOwn = false
            }
            var fresh = Translator(Self.settings(seed))
            let expected = fresh.translate(snapshot)
            #expect(served == expected, "after \(changed.sorted())")
            if !isOwn, !wasOwn { expectShared(before.graph, served.graph) }
            guard served == expected else { return }
        }
        #expect(translator.translate(snapshot) == served)
    }

    /// What the workers do with new weights.
    private static func reweight(_ graph: inout RoutingGraph, _ id: String, _ weights: [Int]) {
        for i in graph.listeners.indices {
            graph.listeners[i].hosts = graph.listeners[i].hosts.map { host in
                let entries = host.entries.map { entry -> Entry in
                    guard entry.rule.id == id, case .forward(var split) = entry.rule.action else { return entry }
                    for i in split.arms.indices { split.arms[i].weight = weights[i] }
                    let old = entry.rule
                    let rule = Rule(
                        id: id, action: .forward(split), filters: old.filters, timeouts: old.timeouts, retry: old.retry,
                        hedge: old.hedge, unsealed: old.unsealed)
                    return Entry(match: entry.match, rule: rule)
                }
                return Host(pattern: host.pattern, entries: entries, isJoined: host.isJoined)
            }
        }
    }

    private func change(_ snapshot: inout Snapshot, _ random: inout RandomObjects) -> ObjectReference? {
        let object = random.object()
        guard random.chance(4), let kind = Snapshot.kind(of: object) else { return snapshot.put(Located(value: object)) }
        let reference = ObjectReference(kind: kind, metadata: ObjectMeta(of: object))
        return snapshot.remove(reference) ? reference : nil
    }

    private func expectShared(_ before: RoutingGraph, _ after: RoutingGraph) {
        for cluster in after.clusters {
            if let twin = before.clusters.first(where: { $0 == cluster }) { #expect(twin === cluster) }
        }
        let rules = before.listeners.flatMap(\.hosts).flatMap(\.entries).map(\.rule)
        for host in after.listeners.flatMap(\.hosts) {
            if let twin = before.listeners.flatMap(\.hosts).first(where: { $0 == host }) { #expect(twin === host) }
            for entry in host.entries {
                if let twin = rules.first(where: { $0 == entry.rule }) { #expect(twin === entry.rule, "\(twin.id)") }
            }
        }
    }
}
