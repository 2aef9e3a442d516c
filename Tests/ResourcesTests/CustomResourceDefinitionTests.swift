import Documents
import Resources
import Testing

struct CustomResourceDefinitionTests {
    /// Larger ones do not fit into the annotation of `kubectl apply` (256 KiB), with room for what the object gets elsewhere.
    @Test(arguments: CustomResourceDefinitions.all.map(CustomResourceDefinitions.name))
    func `a definition stays below 200 KiB`(_ name: String) throws {
        let definition = try #require(CustomResourceDefinitions.all.first { CustomResourceDefinitions.name(of: $0) == name })
        #expect(definition.json.count < 200 << 10)
    }

    /// What an API server demands of a structural schema (apiextensions.k8s.io/v1), so that pruning and defaulting can work.
    @Test(arguments: CustomResourceDefinitions.all.map(CustomResourceDefinitions.name))
    func `schemas are structural`(_ name: String) throws {
        let definition = try #require(CustomResourceDefinitions.all.first { CustomResourceDefinitions.name(of: $0) == name })
        for version in definition[at: "spec", "versions"]?.array ?? [] {
            let schema = try #require(version[at: "schema", "openAPIV3Schema"])
            check(schema, at: .root)
        }
    }

    private func check(_ schema: Value, at path: FieldPath) {
        let type = schema["type"]?.string
        let isEither = schema["x-kubernetes-int-or-string"]?.bool == true
        #expect((type != nil) != isEither, "\(path) needs exactly one type")
        for name in schema["required"]?.array ?? [] {
            #expect(
                schema[at: "properties", name.string ?? ""] != nil, "\(path) requires \(name.jsonText), which it does not declare"
            )
        }
        for (name, property) in schema["properties"]?.object?.entries ?? [] { check(property, at: path[name]) }
        guard type == "array" else { return }
        #expect(schema["x-kubernetes-list-type"] != nil, "\(path) needs a list type: appliers merge lists by it")
        guard let items = schema["items"] else {
            Issue.record("\(path) needs items")
            return
        }
        for key in schema["x-kubernetes-list-map-keys"]?.array ?? [] {
            #expect(
                items["required"]?.array?.contains(key) == true, "\(path): the key \(key.jsonText) of a map list must be required"
            )
        }
        check(items, at: path[0])
    }
}
