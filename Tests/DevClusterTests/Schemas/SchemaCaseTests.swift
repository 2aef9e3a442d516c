import Documents
import Foundation
import TestKit
import Testing

@testable import DevCluster

@Suite struct SchemaCaseTests {
    /// What an API server would say of an object, and what it would keep of it.
    @Test(arguments: CaseFile.all(in: "../Cases/schemas"))
    func `an object is held against its schema`(file: CaseFile) throws {
        file.requireOnly(options: ["kind"], sections: ["schema", "object", "problems", "unknown", "kept"])
        let own = try file.section("schema").map { text in try #require(YAML.documents(text).first).value }
        let schema = try own ?? kind(file).schema
        let text = try #require(file.section("object"))
        let object = try #require(YAML.documents(text).first).value
        let pruned = Pruning.prune(object, schema)
        let kept = Defaulting.apply(pruned.value, schema)
        let problems = SchemaValidator.problems(kept, schema).map { "\($0.reason.rawValue) \($0)" }
        var expected = [("problems", problems.joined(separator: "\n")), ("unknown", pruned.unknown.joined(separator: "\n"))]
        if file.section("kept") != nil || problems.isEmpty { expected.append(("kept", kept.yaml)) }
        try file.expect(expected)
        #expect(Pruning.prune(kept, schema).unknown == [])
        #expect(Defaulting.apply(kept, schema) == kept)
    }

    private func kind(_ file: CaseFile) throws -> KindSchema {
        let name = try #require(file.options["kind"])
        return try #require(BuiltInKinds.all.first { $0.kind == name })
    }
}
