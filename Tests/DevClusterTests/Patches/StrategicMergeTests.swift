import Base
import Documents
import TestKit
import Testing

@testable import DevCluster

@Suite struct StrategicMergeTests {
    /// The object and the patch are of a built-in kind; the result is printed as YAML.
    @Test(arguments: CaseFile.all(in: "../Cases/strategic"))
    func `a strategic merge patch changes what it says`(file: CaseFile) throws {
        file.requireOnly(options: ["kind"], sections: ["object", "patch", "result"])
        let name = try #require(file.options["kind"])
        let kind = try #require(BuiltInKinds.all.first { $0.kind == name })
        let object = document(file.section("object"))
        do throws(PatchError) {
            let result = try StrategicMergePatch.apply(document(file.section("patch")), to: object, schema: kind.schema)
            try? file.expect([("result", result.yaml)])
        } catch {
            try? file.expect([("result", "\(error.isInvalid ? "Invalid" : "BadRequest"): \(error.message)")])
        }
    }

    private func document(_ text: String?) -> Value {
        ((try? YAML.documents(text ?? "")) ?? []).first?.value ?? [:]
    }

    @Test(arguments: 0..<200)
    func `without lists a strategic merge is a JSON merge`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (target, patch) = (random.objects(depth: 3), random.objects(depth: 3))
        #expect(try StrategicMergePatch.apply(patch, to: target, schema: [:]) == MergePatch.apply(patch, to: target))
    }

    @Test(arguments: 0..<200)
    func `merging by key twice is merging once, and keeps one element for each key`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let kind = try #require(BuiltInKinds.all.first { $0.kind == "Pod" })
        let (target, patch) = (random.pod(), random.pod())
        let once = try StrategicMergePatch.apply(patch, to: target, schema: kind.schema)
        #expect(try StrategicMergePatch.apply(patch, to: once, schema: kind.schema) == once)
        let names = once[at: "spec", "containers"]?.array?.compactMap { $0["name"]?.string } ?? []
        let wanted = [target, patch].flatMap { $0[at: "spec", "containers"]?.array?.compactMap { $0["name"]?.string } ?? [] }
        #expect(names.count == Set(names).count)
        #expect(Set(names) == Set(wanted))
    }

    /// As kubectl makes a patch: what is new, directives for what goes, and the order of each list.
    @Test(arguments: 0..<200)
    func `the difference of two pods leads from one to the other`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let kind = try #require(BuiltInKinds.all.first { $0.kind == "Pod" })
        let (a, b) = (random.fullPod(), random.fullPod())
        let patch = try #require(StrategicDifference.patch(from: a, to: b, SchemaNode(kind.schema)))
        let patched = try StrategicMergePatch.apply(patch, to: a, schema: kind.schema)
        #expect(patched == b)
        #expect(try StrategicMergePatch.apply(patch, to: patched, schema: kind.schema) == b)
    }
}

/// The patch between two objects that have every merged list in common, be it empty.
private enum StrategicDifference {
    static func patch(from a: Value, to b: Value, _ schema: SchemaNode?) -> Value? {
        guard let old = a.object, let new = b.object else { return b }
        var patch = Value.Fields()
        for key in old.keys where new[key] == nil { patch[key] = .null }
        for (key, value) in new.entries {
            let member = schema?.member(key)
            guard let before = old[key] else {
                patch[key] = value
                continue
            }
            if let elements = value.array, let others = before.array, member?.patchStrategies.contains("merge") == true {
                list(key, others, elements, member, &patch)
            } else if before != value {
                patch[key] = self.patch(from: before, to: value, member)
            }
        }
        return .object(patch)
    }

    private static func list(_ name: String, _ old: [Value], _ new: [Value], _ schema: SchemaNode?, _ patch: inout Value.Fields) {
        guard let key = schema?.patchMergeKey else {
            patch["$deleteFromPrimitiveList/" + name] = .array(old.filter { !new.contains($0) })
            patch["$setElementOrder/" + name] = .array(new)
            patch[name] = .array(new.filter { !old.contains($0) })
            return
        }
        var changes = old.filter { gone in !new.contains { $0[key] == gone[key] } }.map { gone -> Value in
            ["$patch": "delete", .init(key): gone[key] ?? .null]
        }
        for element in new {
            let before = old.first { $0[key] == element[key] }
            var change = before.flatMap { self.patch(from: $0, to: element, schema?.items) } ?? element
            change[key] = element[key]
            changes.append(change)
        }
        patch[name] = .array(changes)
        patch["$setElementOrder/" + name] = .array(new.map { [.init(key): $0[key] ?? .null] })
    }
}

extension SeededRandom {
    fileprivate mutating func objects(depth: Int) -> Value {
        .object(
            Value.Fields(
                (0..<below(4)).map { _ in
                    let isInner = depth > 0 && below(2) == 0
                    return (["a", "b", "c"][Int(below(3))], isInner ? objects(depth: depth - 1) : .integer(Int64(below(3))))
                }))
    }

    fileprivate mutating func pod() -> Value {
        var names = ["a", "b", "c", "d"].filter { _ in below(2) == 0 }
        names.shuffle(using: &self)
        return ["spec": ["containers": .array(names.map { ["name": .string($0), "image": .string("i\(below(3))")] })]]
    }

    fileprivate mutating func fullPod() -> Value {
        var pod: Value = ["metadata": ["finalizers": .array(shuffled(["x/a", "x/b", "x/c"]))]]
        pod["spec"] = [
            "containers": .array(
                shuffled(["a", "b", "c", "d"]).map { name in
                    var container: Value = ["name": name, "args": .array(shuffled(["1", "2"]))]
                    if below(2) == 0 { container["image"] = .string("i\(below(2))") }
                    container["env"] = .array(shuffled(["E", "F", "G"]).map { ["name": $0, "value": .string("\(below(2))")] })
                    return container
                })
        ]
        return pod
    }

    private mutating func shuffled(_ texts: [String]) -> [Value] {
        var chosen = texts.filter { _ in below(2) == 0 }
        chosen.shuffle(using: &self)
        return chosen.map(Value.string)
    }
}
