import Base
import Documents
import Foundation
import Synchronization
import Testing

@testable import DevCluster

/// A store on a simulated disk, random writes, and what must be true of them.
struct JournalWorld {
    private(set) var store: ClusterStore
    private(set) var disk: SimulatedDisk
    private var random: SeededRandom
    private var serial = 0
    private let clock = TestClock()
    private let namespaces = ["left", "right"]

    struct Unexpected: Error { var what: String }

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        disk = SimulatedDisk(seed: seed)
        store = try Self.open(disk, clock)
    }

    static func open(_ disk: SimulatedDisk, _ clock: TestClock) throws -> ClusterStore {
        var settings = ClusterStore.Settings()
        settings.clock = { clock.now }
        settings.journalBytes = 2_048
        return try ClusterStore(kinds: BuiltInKinds.all, settings: settings, disk: disk) { _ in }
    }

    /// Everything, by what names it.
    static func contents(_ store: ClusterStore) -> [String: Value] {
        store.read { state in
            Dictionary(
                uniqueKeysWithValues: state.everything.flatMap { resource, objects in
                    objects.map { ("\(resource) \($0.key)", $0.value) }
                })
        }
    }

    // MARK: - Writes

    /// One random write. Either everything of it is seen or nothing.
    mutating func write() throws {
        let before = Self.contents(store)
        serial += 1
        let (touched, body) = try plan(before)
        do {
            try body(store)
            let changed = Self.difference(before, Self.contents(store))
            guard changed == touched else { throw Unexpected(what: "changed \(changed), expected \(touched)") }
            refused = []
        } catch let error as APIFailure {
            guard error.code == 500, error.message.contains("taken back") else { throw error }
            if !disk.isDown { try Self.requireSame(before, Self.contents(store)) }
            refused.append(touched)
            return
        }
    }

    /// What each of the writes would have changed that were refused since the last one that was not. A disk that takes nothing back either
    /// may still have one of them, whole.
    private var refused: [Set<String>] = []

    private mutating func plan(_ before: [String: Value]) throws -> (Set<String>, (ClusterStore) throws -> Void) {
        let namespace = namespaces[Int(random.below(2))]
        let inside = before.keys.filter { $0.contains(" \(namespace)/") }
        guard before["namespaces \(namespace)"] != nil else {
            return (
                ["namespaces \(namespace)", "serviceaccounts \(namespace)/default"],
                { try $0.create(.namespaces, ["metadata": ["name": .string(namespace)]]) }
            )
        }
        let maps = inside.filter { $0.hasPrefix("configmaps ") }.sorted()
        let text = String(repeating: "x", count: Int(random.below(2_000)))
        switch random.below(10) {
        case 0:
            return (Set(inside + ["namespaces \(namespace)"]), { try $0.delete(.namespaces, name: namespace) })
        case 1...3 where !maps.isEmpty:
            let name = String(maps[Int(random.below(UInt32(maps.count)))].split(separator: "/")[1])
            let number = serial
            return (
                ["configmaps \(namespace)/\(name)"],
                { store in
                    try store.edit(.configMaps, namespace: namespace, name: name) {
                        $0["data"] = ["n": .string("\(number)"), "text": .string(text)]
                    }
                }
            )
        case 4 where !maps.isEmpty:
            let name = String(maps[Int(random.below(UInt32(maps.count)))].split(separator: "/")[1])
            return (["configmaps \(namespace)/\(name)"], { try $0.delete(.configMaps, namespace: namespace, name: name) })
        case 5:
            let name = "customresourcedefinitions.apiextensions.k8s.io widgets.example.com"
            let isThere = before[name] != nil
            return (
                [name],
                { store in
                    if isThere {
                        try store.delete(.customResourceDefinitions, name: "widgets.example.com")
                    } else {
                        try store.create(.customResourceDefinitions, widgets)
                    }
                }
            )
        default:
            let name = "m\(serial)"
            return (
                ["configmaps \(namespace)/\(name)"],
                { try $0.create(.configMaps, namespace: namespace, configMap(name, data: ["text": .string(text)])) }
            )
        }
    }

    // MARK: - Crashes

    /// Writes until the disk stops in the middle, and begins again with what is left of it.
    mutating func crash(afterCalls calls: Int, failing: UInt32, isPowerLoss: Bool) throws {
        disk.change { state in
            state.callsLeft = calls
            state.failing = failing
        }
        var before = Self.contents(store)
        while !disk.isDown {
            before = Self.contents(store)
            try write()
        }
        // The disk may have stopped while it rewrote the journal, after the write was acknowledged.
        let acknowledged = refused.isEmpty ? Self.contents(store) : before
        let version = store.currentVersion
        let seed = random.next()
        disk = isPowerLoss ? disk.afterPowerLoss(seed: seed) : disk.afterKill(seed: seed)
        store = try Self.open(disk, clock)
        let found = Self.contents(store)
        let changed = Self.difference(acknowledged, found)
        guard changed.isEmpty || refused.contains(changed) else {
            throw Unexpected(what: "\(changed) differ after the crash; the writes not acknowledged were \(refused)")
        }
        refused = []
        guard store.currentVersion > version else { throw Unexpected(what: "versions went back") }
        try requireWhole(found)
    }

    /// What is computed from objects is as if they had just been written.
    private func requireWhole(_ found: [String: Value]) throws {
        let isDefined = found["customresourcedefinitions.apiextensions.k8s.io widgets.example.com"] != nil
        guard (store.kinds.preferred(.widgets) != nil) == isDefined else {
            throw Unexpected(what: "a kind without its definition")
        }
        for namespace in namespaces {
            let population = store.read { $0.population(of: namespace) }
            let inside = found.keys.filter { $0.contains(" \(namespace)/") }.count
            guard population == inside else { throw Unexpected(what: "population \(population) of \(inside) objects") }
        }
    }

    private static func difference(_ a: [String: Value], _ b: [String: Value]) -> Set<String> {
        Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }
    }

    private static func requireSame(_ a: [String: Value], _ b: [String: Value]) throws {
        let changed = difference(a, b)
        guard changed.isEmpty else { throw Unexpected(what: "a refused write changed \(changed)") }
    }
}
