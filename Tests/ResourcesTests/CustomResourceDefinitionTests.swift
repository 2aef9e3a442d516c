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

    /// `kubectl explain` shows the descriptions; without bounds an API server reckons with the worst and refuses rules as too costly.
    @Test(arguments: CustomResourceDefinitions.all.map(CustomResourceDefinitions.name))
    func `every field is described and bounded, and every rule says what to do`(_ name: String) throws {
        let definition = try #require(CustomResourceDefinitions.all.first { CustomResourceDefinitions.name(of: $0) == name })
        for version in definition[at: "spec", "versions"]?.array ?? [] {
            for column in version["additionalPrinterColumns"]?.array ?? [] {
                #expect(column["description"]?.string?.isEmpty == false, "\(column.jsonText) needs a description")
            }
            for (name, field) in version[at: "schema", "openAPIV3Schema", "properties"]?.object?.entries ?? []
            where ["spec", "status"].contains(name) {
                describe(field, at: FieldPath.root[name])
            }
        }
    }

    private func describe(_ schema: Value, at path: FieldPath, isElement: Bool = false) {
        if !isElement { #expect((schema["description"]?.string?.count ?? 0) > 3, "\(path) needs a description") }
        for rule in schema["x-kubernetes-validations"]?.array ?? [] {
            let message = rule["message"]?.string ?? ""
            #expect(
                message.hasSuffix(".") && (message.contains(";") || message.contains(",")), "\(path): '\(message)' has no remedy")
        }
        switch schema["type"]?.string {
        case "string":
            #expect(schema["maxLength"] != nil || schema["enum"] != nil || schema["format"] != nil, "\(path) needs a bound")
        case "array":
            #expect(schema["maxItems"] != nil, "\(path) needs a bound")
            if let items = schema["items"] { describe(items, at: path[0], isElement: true) }
        default:
            for (name, property) in schema["properties"]?.object?.entries ?? [] { describe(property, at: path[name]) }
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
