import Base
import Documents
import Foundation
import Glibc
import Reactor
import Synchronization
import Testing

@testable import DevCluster

@Suite struct JournalTests {
    // MARK: - Crashes

    @Test func `nothing acknowledged is lost and nothing is half there, wherever the disk stops`() throws {
        for seed in 0..<150 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            do {
                var world = try JournalWorld(seed: seed)
                for _ in 0..<4 {
                    try world.crash(
                        afterCalls: Int(random.below(40)), failing: [0, 50, 300][Int(random.below(3))],
                        isPowerLoss: random.below(2) == 0)
                }
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    @Test func `a journal cut at any byte of its last frame opens without it`() throws {
        let disk = SimulatedDisk(seed: 1)
        let store = try open(disk)
        try store.create(.namespaces, ["metadata": ["name": "shop"]])
        let before = disk.journal.count
        try store.create(.configMaps, namespace: "shop", configMap("last"))
        let whole = disk.journal
        for end in before..<whole.count {
            disk.journal = Array(whole[..<end])
            let told = Mutex<[String]>([])
            let again = try open(disk) { text in told.withLock { $0.append(text) } }
            #expect(again.object(.configMaps, namespace: "shop", name: "last") == nil)
            #expect(again.object(.namespaces, name: "shop") != nil)
            #expect(told.withLock { $0.count } == (end == before ? 0 : 1))
        }
    }

    @Test func `a byte changed anywhere but in the unfinished end is an error that names file, offset and remedy`() throws {
        let disk = SimulatedDisk(seed: 1)
        let store = try open(disk)
        try store.create(.namespaces, ["metadata": ["name": "shop"]])
        for name in ["a", "b"] { try store.create(.configMaps, namespace: "shop", configMap(name)) }
        let whole = disk.journal
        for at in stride(from: 0, to: whole.count, by: 7) {
            disk.journal[at] ^= 0x20
            let error = #expect(throws: DevClusterFailure.self) { try open(disk) }
            let text = "\(error?.description ?? "")"
            #expect(text.contains("simulated/journal is damaged at byte ") && text.contains("move the file away"), "byte \(at)")
            disk.journal = whole
        }
        #expect(try open(disk).list(.configMaps).count == 2)
    }

    @Test func `a file that ends within its snapshot or says another format is refused`() throws {
        let disk = SimulatedDisk(seed: 1)
        _ = try open(disk)
        let whole = disk.journal
        disk.journal = Array(whole.prefix(60))
        let short = #expect(throws: DevClusterFailure.self) { try open(disk) }
        #expect(short?.description.contains("ends within its snapshot") == true)
        disk.journal = JournalFrame.bytes(Array("martlet-journal-9 0\n".utf8), number: 0)
        let other = #expect(throws: DevClusterFailure.self) { try open(disk) }
        #expect(other?.description.contains("another version of martlet") == true)
    }

    // MARK: - Failures

    @Test func `a full disk refuses writes, changes nothing and tells nobody, until there is room`() throws {
        let disk = SimulatedDisk(seed: 3)
        let store = try open(disk)
        try store.create(.namespaces, ["metadata": ["name": "shop"]])
        try store.create(.configMaps, namespace: "shop", configMap("kept"))
        let watch = try store.watch(.configMaps)
        let kept = JournalWorld.contents(store)
        disk.change { $0.failing = 1_000 }
        let service: Value = ["metadata": ["name": "web"], "spec": ["clusterIP": "10.96.7.7", "ports": [["port": 80]]]]
        for _ in 0..<3 {
            let refused = #expect(throws: APIFailure.self) { try store.create(.configMaps, namespace: "shop", configMap("new")) }
            #expect(refused?.code == 500 && refused?.reason == "InternalError")
            #expect(
                refused?.message.contains("make room on the disk") == true || refused?.message.contains("Input/output") == true)
            #expect(throws: APIFailure.self) { try store.create(.services, namespace: "shop", service) }
            #expect(throws: APIFailure.self) { try store.delete(.namespaces, name: "shop") }
            #expect(throws: APIFailure.self) { try store.create(.customResourceDefinitions, widgets) }
        }
        #expect(JournalWorld.contents(store) == kept)
        #expect(store.kinds.preferred(.widgets) == nil)
        #expect(try watch.events().isEmpty)
        disk.change { $0.failing = 0 }
        // What was taken back is free again: the address, the name, the kind.
        try store.create(.services, namespace: "shop", service)
        try store.create(.customResourceDefinitions, widgets)
        try store.create(.configMaps, namespace: "shop", configMap("new"))
        #expect(try watch.events().map(\.object.key.name) == ["new"])
        let again = try open(disk.afterPowerLoss(seed: 1))
        #expect(JournalWorld.contents(again) == JournalWorld.contents(store))
    }

    @Test func `writers that come while one is being written share the next sync`() throws {
        let store = Mutex<ClusterStore?>(nil)
        // The disk knows the store, and the store the disk.
        defer { store.withLock { $0 = nil } }
        let isHeld = Mutex(false)
        let isUnderWay = DispatchSemaphore(value: 0)
        let disk = SimulatedDisk(seed: 1) {
            guard isHeld.withLock({ $0 }) else { return }
            // The first sync lasts until everybody else waits.
            isUnderWay.signal()
            while store.withLock({ $0?.guarded.withLock { $0.pending.count } }) ?? 0 < 15 { sched_yield() }
            isHeld.withLock { $0 = false }
        }
        let opened = try open(disk)
        try opened.create(.namespaces, ["metadata": ["name": "shop"]])
        store.withLock { $0 = opened }
        let before = disk.syncs
        isHeld.withLock { $0 = true }
        let group = DispatchGroup()
        for at in 0..<16 {
            group.enter()
            SystemThread.start("writer") {
                do { try opened.create(.configMaps, namespace: "shop", configMap("m\(at)")) } catch { Issue.record("\(error)") }
                group.leave()
            }
            // A second writer that came before the first sync would share it.
            if at == 0 { #expect(isUnderWay.wait(timeout: .now() + 30) == .success) }
        }
        #expect(group.wait(timeout: .now() + 30) == .success)
        #expect(disk.syncs - before == 2)
        #expect(try open(disk.afterPowerLoss(seed: 2)).list(.configMaps).count == 16)
    }

    @Test func `many writers on a failing disk: what each was told is what is there, now and after a power loss`() throws {
        for seed in 0..<20 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let store = try open(disk, bytes: 4_096)
            try store.create(.namespaces, ["metadata": ["name": "shop"]])
            disk.change { $0.failing = 60 }
            let told = Mutex<[String: Value]>([:])
            DispatchQueue.concurrentPerform(iterations: 8) { writer in
                for number in 0..<25 {
                    let name = "w\(writer)-\(number % 5)"
                    let isThere = told.withLock { $0[name] != nil }
                    let written =
                        try? isThere
                        ? store.edit(.configMaps, namespace: "shop", name: name) { $0["data"] = ["n": .string("\(number)")] }
                        : store.create(.configMaps, namespace: "shop", configMap(name))
                    if let written { told.withLock { $0[name] = written } }
                }
            }
            disk.change { $0.failing = 0 }
            let there = Dictionary(uniqueKeysWithValues: store.list(.configMaps).map { ($0.name, $0) })
            #expect(there == told.withLock { $0 }, "seed \(seed)")
            // One more write takes back what the disk could not take back before.
            try store.create(.configMaps, namespace: "shop", configMap("last"))
            let again = try open(disk.afterPowerLoss(seed: seed))
            #expect(JournalWorld.contents(again) == JournalWorld.contents(store), "seed \(seed)")
        }
    }

    // MARK: - Restarts

    @Test func `a cluster goes on as it was: objects, versions, kinds, addresses, owners`() throws {
        let disk = SimulatedDisk(seed: 1)
        let clock = TestClock()
        let store = try open(disk, clock)
        try store.create(.namespaces, ["metadata": ["name": "shop"]])
        try store.create(.customResourceDefinitions, widgets)
        let widget = try store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "spec": ["size": 1]])
        let service = try store.create(
            .services, namespace: "shop", ["metadata": ["name": "web"], "spec": ["ports": [["port": 80]]]])
        let owner = try store.create(.configMaps, namespace: "shop", configMap("owner"))
        let reference: Value = ["apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": .string(owner.uid)]
        try store.create(.configMaps, namespace: "shop", configMap("owned", ["ownerReferences": [reference]]))
        let version = store.currentVersion
        // A clock that was set back does not bring old versions again.
        clock.advance(-10_000)
        let again = try open(disk.afterKill(seed: 1), clock)
        #expect(JournalWorld.contents(again) == JournalWorld.contents(store))
        #expect(again.object(.widgets, namespace: "shop", name: "w") == widget)
        #expect(again.currentVersion > version)
        #expect(try again.watch(.configMaps, after: version).isExpired)
        #expect(try again.watch(.widgets, after: version).isExpired)
        let other = try again.create(
            .services, namespace: "shop", ["metadata": ["name": "two"], "spec": ["ports": [["port": 80]]]])
        #expect(other[at: "spec", "clusterIP"] != service[at: "spec", "clusterIP"])
        try again.delete(.configMaps, namespace: "shop", name: "owner")
        #expect(again.object(.configMaps, namespace: "shop", name: "owned") == nil)
        #expect(throws: APIFailure.self) {
            try again.create(.widgets, namespace: "shop", ["metadata": ["name": "x"], "spec": ["size": 11]])
        }
    }

    @Test func `a long journal is rewritten as a snapshot`() throws {
        let disk = SimulatedDisk(seed: 1)
        let store = try open(disk, bytes: 4_096)
        try store.create(.namespaces, ["metadata": ["name": "shop"]])
        try store.create(.configMaps, namespace: "shop", configMap("m"))
        var longest = 0
        for at in 0..<200 {
            try store.edit(.configMaps, namespace: "shop", name: "m") { $0["data"] = ["n": .string("\(at)")] }
            longest = max(longest, disk.journal.count)
        }
        #expect(longest < 6_000)
        #expect(JournalWorld.contents(try open(disk.afterPowerLoss(seed: 1))) == JournalWorld.contents(store))
    }

    @Test func `an object as deep as JSON may be comes back`() throws {
        let disk = SimulatedDisk(seed: 1)
        let store = try open(disk)
        var deep: Value = "end"
        for _ in 0..<500 { deep = ["d": deep] }
        var definition = widgets
        definition["spec"] = widgets["spec"].map { spec in
            var spec = spec
            var version = spec["versions"]?.array?.first ?? [:]
            version["schema"] = ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]]
            spec["versions"] = [version]
            return spec
        }
        try store.create(.customResourceDefinitions, definition)
        try store.create(.namespaces, ["metadata": ["name": "shop"]])
        let made = try store.create(.widgets, namespace: "shop", ["metadata": ["name": "w"], "deep": deep])
        #expect(try open(disk).object(.widgets, namespace: "shop", name: "w") == made)
    }

    private func open(
        _ disk: SimulatedDisk, _ clock: TestClock = TestClock(), bytes: Int = 8 << 20,
        complain: @Sendable (String) -> Void = { _ in }
    ) throws -> ClusterStore {
        var settings = ClusterStore.Settings()
        settings.clock = { clock.now }
        settings.journalBytes = bytes
        return try ClusterStore(kinds: BuiltInKinds.all, settings: settings, disk: disk, complain: complain)
    }
}
