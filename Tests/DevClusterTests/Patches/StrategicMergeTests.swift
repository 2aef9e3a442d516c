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
}
