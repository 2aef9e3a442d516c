import Dispatch
import Documents
import Reactor
import Testing

@testable import DevCluster

@Suite struct StoreTests {
    @Test func `every write has a later version, and a later start begins after all of them`() throws {
        let clock = TestClock()
        let first = try store(clock)
        let a = try first.create(.configMaps, namespace: "shop", configMap("a"))
        let b = try first.create(.configMaps, namespace: "shop", configMap("b"))
        #expect(try #require(Int64(a.resourceVersion)) < #require(Int64(b.resourceVersion)))
        #expect(b.resourceVersion == String(first.currentVersion))
        clock.advance(1)
        let restarted = try store(clock)
        #expect(try restarted.watch(.configMaps, after: first.currentVersion).isExpired)
    }

    @Test func `a watch hears of what happens after it, once, in order`() throws {
        let store = try store()
        try store.create(.configMaps, namespace: "shop", configMap("before"))
        let watch = try store.watch(.configMaps)
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        try store.create(.secrets, namespace: "shop", ["metadata": ["name": "other"]])
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0["data"] = ["a": "c"] }
        try store.delete(.configMaps, namespace: "shop", name: "a")
        #expect(watch.bell.wait(milliseconds: 0))
        let events = try watch.events()
        #expect(events.map(\.kind) == [.added, .modified, .deleted])
        #expect(events.map(\.version) == events.map(\.version).sorted())
        #expect(events[1].previous?.value["data"] == ["a": "b"])
        let again = try watch.events()
        #expect(again.isEmpty)
        #expect(watch.position == store.currentVersion)
    }

    @Test func `a watch that falls behind the history expires, and holds nobody up`() throws {
        let store = try store(history: 4)
        let slow = try store.watch(.configMaps)
        for name in ["a", "b", "c", "d"] { try store.create(.configMaps, namespace: "shop", configMap(name)) }
        let stillThere = try store.watch(.configMaps, after: slow.position)
        let events = try stillThere.events()
        #expect(events.count == 4)
        try store.create(.configMaps, namespace: "shop", configMap("e"))
        #expect(slow.isExpired)
    }

    @Test func `the history is bounded by bytes too`() {
        var history = EventHistory(floor: 0)
        let limits = EventHistory.Limits(events: 100, bytes: 250)
        for version in 1...5 as ClosedRange<Int64> {
            let object = StoredObject([:], key: ObjectKey(name: "x"), version: version, size: 100)
            history.append(StoreEvent(kind: .modified, object: object, previous: nil), limits: limits)
        }
        #expect(history.floor == 3)
        #expect(history.after(3)?.map(\.version) == [4, 5])
        #expect(history.after(2) == nil)
        #expect(history.after(3, limit: 1)?.map(\.version) == [4])
    }

    @Test func `an earlier list is rebuilt from the history`() throws {
        let store = try store()
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        try store.create(.configMaps, namespace: "shop", configMap("b"))
        let then = store.currentVersion
        try store.delete(.configMaps, namespace: "shop", name: "a")
        try store.edit(.configMaps, namespace: "shop", name: "b") { $0["data"] = ["a": "new"] }
        try store.create(.configMaps, namespace: "shop", configMap("c"))
        let old = store.view(.configMaps).sorted(namespace: "shop", at: then)
        #expect(old?.map(\.key.name) == ["a", "b"])
        #expect(old?.last?.value["data"] == ["a": "b"])
        #expect(store.list(.configMaps, namespace: "shop").map(\.name) == ["b", "c"])
    }

    @Test func `writers that meet lose nothing, and a watch misses nothing`() throws {
        let store = try store()
        try store.create(.configMaps, namespace: "shop", configMap("a", data: ["n": "0"]))
        let watch = try store.watch(.configMaps)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<25 {
                _ = try? store.edit(.configMaps, namespace: "shop", name: "a") {
                    $0["data"] = ["n": .string(String((Int($0[at: "data", "n"]?.string ?? "") ?? 0) + 1))]
                }
            }
        }
        #expect(store.object(.configMaps, namespace: "shop", name: "a")?["data"] == ["n": "200"])
        let events = try watch.events()
        #expect(events.map { $0.object.value[at: "data", "n"]?.string } == (1...200).map { String($0) })
    }

    @Test func `a watcher that is gone is forgotten`() throws {
        let store = try store()
        var watch: StoreWatch? = try store.watch(.configMaps)
        let bell = try #require(watch?.bell)
        watch = nil
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        #expect(!bell.wait(milliseconds: 0))
    }
}
