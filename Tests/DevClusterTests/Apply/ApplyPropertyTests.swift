import Base
import Documents
import Testing

@testable import DevCluster

/// What holds of every apply, tried on random configurations of a kind with every sort of list and object.
@Suite struct ApplyPropertyTests {
    private static let schema: Value = {
        let scalar: Value = ["type": "integer"]
        let element: Value = [
            "type": "object", "required": ["name"],
            "properties": [
                "name": ["type": "string"], "protocol": ["type": "string", "default": "TCP"], "x": scalar,
                "inner": ["type": "object", "additionalProperties": scalar],
            ],
        ]
        let map: Value = [
            "type": "array", "items": element, "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "protocol"],
        ]
        let spec: Value = [
            "type": "object",
            "properties": [
                "a": scalar, "b": scalar, "map": map, "struct": ["type": "object", "properties": ["a": scalar, "b": scalar]],
                "set": ["type": "array", "items": scalar, "x-kubernetes-list-type": "set"],
                "list": ["type": "array", "items": scalar],
                "whole": ["type": "object", "additionalProperties": scalar, "x-kubernetes-map-type": "atomic"],
                "open": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
            ],
        ]
        return ["type": "object", "properties": ["spec": spec]]
    }()

    private let kinds: KindTable
    private let kind: KindSchema

    init() throws {
        let definition = ApplyWorld.definition("Sample", Self.schema)
        kind = try #require(KindSchema(crd: definition))
        kinds = KindTable([kind])
    }

    private func ownership(_ manager: String) -> FieldOwnership {
        FieldOwnership(kind: kind, kinds: kinds, writer: FieldWriter(name: manager, subresource: .object, now: "now"))
    }

    private func object(_ spec: Value) -> Value {
        ["apiVersion": .string(kind.apiVersion), "kind": "Sample", "metadata": ["name": "sample"], "spec": spec]
    }

    /// The object after an apply, with its owners in its metadata.
    private func apply(_ spec: Value, by manager: String, to live: Value?, force: Bool = true) throws -> Value {
        let applied = try ownership(manager).apply(object(spec), to: live, force: force)
        return applied.object.with(managedFields: applied.managed.value)
    }

    private func update(_ live: Value, to spec: Value, by manager: String) throws -> Value {
        let new = object(spec)
        let owners = try ManagedFields(reading: live.managedFields)
        return new.with(managedFields: ownership(manager).afterUpdate(from: live, to: new, owners).value)
    }

    /// With everything above a field: what is empty in one object may have parts in another.
    private func fields(_ object: Value) -> FieldSet {
        FieldSet(of: object.with(managedFields: nil), SchemaNode(kind.schema)).withEveryParent
    }

    private func owned(_ object: Value, by manager: String) throws -> FieldSet {
        let managed = try ManagedFields(reading: object.managedFields)
        return managed.managers.filter { $0.name == manager }.reduce(FieldSet()) { $0.union(managed[$1]?.fields ?? FieldSet()) }
    }

    @Test(arguments: 0..<200)
    func `applying twice is applying once`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (mine, others) = (random.configuration(), random.configuration())
        let live = try apply(others, by: "other", to: nil)
        let once = try apply(mine, by: "me", to: live)
        #expect(try apply(mine, by: "me", to: once, force: false) == once)
    }

    @Test(arguments: 0..<200)
    func `what is applied is there and owned`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (mine, others) = (random.configuration(), random.configuration())
        let live = try apply(mine, by: "me", to: apply(others, by: "other", to: nil))
        let wanted = fields(object(mine))
        #expect(wanted.subtracting(fields(live)).isEmpty)
        let unowned = try wanted.subtracting(owned(live, by: "me").withEveryParent)
        #expect(unowned.routes.allSatisfy { ["apiVersion", "kind", "metadata"].contains($0[0].name) })
        // The union of two configurations without a conflict holds the fields of both and nothing else.
        guard (try? apply(mine, by: "me", to: apply(others, by: "other", to: nil), force: false)) != nil else { return }
        #expect(fields(live) == fields(object(mine)).union(fields(object(others))))
    }

    @Test(arguments: 0..<200)
    func `the same configuration from two managers is shared, and stays when one of them leaves`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let mine = random.configuration()
        let alone = try apply(mine, by: "one", to: nil)
        let shared = try apply(mine, by: "two", to: alone, force: false)
        #expect(shared.with(managedFields: nil) == alone.with(managedFields: nil))
        #expect(try owned(shared, by: "one") == owned(shared, by: "two"))
        let left = try apply([:], by: "one", to: shared, force: false)
        #expect(left["spec"] == shared["spec"])
        #expect(try owned(left, by: "two") == owned(shared, by: "two"))
    }

    @Test(arguments: 0..<200)
    func `who leaves everything out takes everything away that nobody else owns`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (mine, others) = (random.configuration(), random.configuration())
        let before = try apply(others, by: "other", to: nil)
        guard let both = try? apply(mine, by: "me", to: before, force: false) else { return }
        let after = try apply([:], by: "me", to: both, force: false)
        #expect(try owned(after, by: "me").routes.map(\.text) == [".spec"])
        #expect(fields(after) == fields(before))
    }

    @Test(arguments: 0..<200)
    func `without conflicts the order of the managers says nothing`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (a, b, c) = (random.configuration(), random.configuration(), random.configuration())
        func all(_ order: [(String, Value)]) -> Value? {
            try? order.reduce(Value?.none) { live, next in try apply(next.1, by: next.0, to: live, force: false) }
        }
        let wanted = [("a", a), ("b", b), ("c", c)]
        guard let first = all(wanted) else { return }
        let second = try #require(all(wanted.reversed()))
        #expect(fields(first) == fields(second))
        for manager in ["a", "b", "c"] { #expect(try owned(first, by: manager) == owned(second, by: manager)) }
    }

    @Test(arguments: 0..<200)
    func `a conflict names fields of others whose values differ, and force leaves no other owner`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (mine, others) = (random.configuration(), random.configuration())
        let live = try apply(others, by: "other", to: nil)
        do {
            _ = try ownership("me").apply(object(mine), to: live, force: false)
        } catch {
            #expect(!error.all.isEmpty)
            #expect(error.set.subtracting(try owned(live, by: "other")).isEmpty)
            let forced = try apply(mine, by: "me", to: live)
            #expect(try owned(forced, by: "other").intersection(error.set).isEmpty)
            #expect(try error.set.intersection(fields(forced)).subtracting(owned(forced, by: "me")).isEmpty)
        }
    }

    @Test(arguments: 0..<200)
    func `an update owns what it changed and takes it from everybody else`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (before, after) = (random.configuration(), random.configuration())
        let live = try apply(before, by: "applier", to: nil)
        let updated = try update(live, to: after, by: "updater")
        let changes = FieldComparison(
            from: live.with(managedFields: nil), to: updated.with(managedFields: nil), SchemaNode(kind.schema))
        #expect(try changes.set.subtracting(owned(updated, by: "updater")).routes.map(\.text) == [])
        let applier = try owned(updated, by: "applier")
        #expect(applier.intersection(changes.set.union(changes.removed)).routes.map(\.text) == [])
        // Nobody owns what is not there.
        let ownerless = try owned(updated, by: "updater").union(applier).subtracting(fields(updated))
        #expect(ownerless.routes.map(\.text) == [])
    }

    @Test(arguments: 0..<300)
    func `a comparison tells the fields of two objects apart`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let schema = SchemaNode(kind.schema)
        let (a, b) = (object(random.configuration()), object(random.configuration()))
        let there = FieldComparison(from: a, to: b, schema)
        let back = FieldComparison(from: b, to: a, schema)
        #expect(there.added == back.removed && there.removed == back.added && there.modified == back.modified)
        #expect(FieldComparison(from: a, to: a, schema) == FieldComparison(from: b, to: b, schema))
        #expect(there.added.intersection(there.removed).isEmpty && there.added.intersection(there.modified).isEmpty)
        #expect(there.set.isEmpty && there.removed.isEmpty ? a == b : true)
    }
}

extension PathElement {
    fileprivate var name: String { if case .field(let name) = self { name } else { "" } }
}

extension FieldSet {
    fileprivate var withEveryParent: FieldSet {
        FieldSet(branches.map { Branch(element: $0.element, node: Node(isMember: true, below: $0.node.below.withEveryParent)) })
    }
}

extension SeededRandom {
    mutating func configuration() -> Value {
        var spec = Value.Fields()
        // An empty list map or set is a value whose fields say nothing of it.
        func maybe(_ name: String, _ make: () -> Value) {
            guard below(2) == 0 else { return }
            let value = make()
            if !["set", "map"].contains(name) || value.array?.isEmpty == false { spec[name] = value }
        }
        maybe("a") { number() }
        maybe("b") { number() }
        maybe("struct") { members(["a", "b"]) }
        maybe("set") { .array(chosen([1, 2, 3, 4])) }
        maybe("list") { .array(chosen([1, 2])) }
        maybe("whole") { members(["a", "b"]) }
        maybe("open") { ["deep": members(["a", "b", "c"]), "list": .array(chosen([1]))] }
        maybe("map") {
            .array(
                chosen(["a", "b", "c"]).map { name in
                    var element: Value = ["name": name]
                    if below(2) == 0 { element["protocol"] = ["TCP", "UDP"][Int(below(2))] }
                    if below(2) == 0 { element["x"] = number() }
                    if below(2) == 0 { element["inner"] = members(["p", "q"]) }
                    return element
                })
        }
        return .object(spec)
    }

    private mutating func number() -> Value { .integer(Int64(below(2))) }

    private mutating func members(_ names: [String]) -> Value {
        .object(Value.Fields(names.filter { _ in below(3) > 0 }.map { ($0, number()) }))
    }

    private mutating func chosen(_ values: [Value]) -> [Value] { values.filter { _ in below(2) == 0 }.shuffled(using: &self) }
}
