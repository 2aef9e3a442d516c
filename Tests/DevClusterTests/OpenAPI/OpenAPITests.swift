import Documents
import Testing

@testable import DevCluster

@Suite struct OpenAPITests {
    private let kinds = BuiltInKinds.all + KindSchema.kinds(crd: widgets)

    @Test func `every reference of version 2 leads to a definition, and no keyword is unknown to Swagger`() throws {
        let document = OpenAPIV2.json(kinds)
        let definitions = try #require(document["definitions"]?.object)
        var finder = ReferenceFinder()
        finder.visit(document["definitions"] ?? .null)
        #expect(finder.references.count > 20)
        #expect(finder.references.subtracting(definitions.keys.map { "#/definitions/\($0)" }) == [])
        #expect(finder.keywords.isDisjoint(with: ["nullable", "anyOf", "oneOf", "allOf", "not"]))
        #expect(finder.keywords.allSatisfy { !$0.hasPrefix("x-martlet") })
    }

    @Test func `every document of version 3 is complete, and its index tells when it changes`() throws {
        let paths = try #require(OpenAPIV3.index(kinds)["paths"]?.object)
        #expect(paths["api/v1"] != nil && paths["apis/apps/v1"] != nil && paths["apis/example.com/v1"] != nil)
        for path in paths.keys {
            let parts = path.split(separator: "/").map(String.init)
            let document = OpenAPIV3.document(group: parts.count == 3 ? parts[1] : "", version: parts[parts.count - 1], kinds)
            let schemas = try #require(document[at: "components", "schemas"]?.object)
            var finder = ReferenceFinder()
            finder.visit(document)
            #expect(finder.references.subtracting(schemas.keys.map { "#/components/schemas/\($0)" }) == [], "\(path)")
            #expect(document["paths"]?.object?.isEmpty == false)
        }
        var changed = kinds
        changed[changed.count - 1].schema["description"] = "Another one."
        let after = OpenAPIV3.index(changed)["paths"]
        #expect(after?["apis/example.com/v1"] != paths["apis/example.com/v1"])
        #expect(after?["apis/apps/v1"] == paths["apis/apps/v1"])
    }

    @Test func `a kind's model says which kind it is`() throws {
        let models = OpenAPIV3.document(group: "example.com", version: "v1", kinds)[at: "components", "schemas"]
        let model = try #require(models?["com.example.v1.Widget"])
        #expect(model["x-kubernetes-group-version-kind"] == [["group": "example.com", "kind": "Widget", "version": "v1"]])
        #expect(model[at: "properties", "metadata", "allOf"]?.array?.first?["$ref"]?.string?.hasSuffix(".ObjectMeta") == true)
        #expect(models?["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"] != nil)
    }

    @Test func `protobuf says what JSON says`() throws {
        let json = OpenAPIV2.json(kinds)
        var bytes = ProtobufReader(OpenAPIV2.protobuf(kinds)[...])
        var names: [String] = []
        var deployment: ArraySlice<UInt8> = []
        while let (field, content) = try bytes.next() {
            guard field == 9, case .bytes(let definitions) = content else { continue }
            for pair in try fields(definitions, 1) {
                let name = String(decoding: try fields(pair, 1).first ?? [], as: UTF8.self)
                names.append(name)
                if name.hasSuffix(".ServicePort") { deployment = try fields(pair, 2).first ?? [] }
            }
        }
        #expect(names == json["definitions"]?.object?.keys)
        // Schema: description 4, required 19, type 22, properties 25; Schema.maximum is a double.
        #expect(try text(fields(deployment, 4)) == ["A port of a service."])
        #expect(try text(fields(deployment, 19)) == ["port"])
        #expect(try fields(deployment, 22).map { try text(fields($0, 1)) } == [["object"]])
        let properties = try fields(fields(deployment, 25).first ?? [], 1)
        #expect(
            try properties.flatMap { try text(fields($0, 1)) }.sorted() == [
                "appProtocol", "name", "nodePort", "port", "protocol", "targetPort",
            ])
    }

    /// The values of a length-delimited field.
    private func fields(_ message: ArraySlice<UInt8>, _ number: Int) throws -> [ArraySlice<UInt8>] {
        var reader = ProtobufReader(message)
        var found: [ArraySlice<UInt8>] = []
        while let (field, content) = try reader.next() {
            if field == number, case .bytes(let bytes) = content { found.append(bytes) }
        }
        return found
    }

    private func text(_ values: [ArraySlice<UInt8>]) -> [String] { values.map { String(decoding: $0, as: UTF8.self) } }
}

private struct ReferenceFinder {
    var references: Set<String> = []
    var keywords: Set<String> = []

    mutating func visit(_ value: Value) {
        switch value {
        case .array(let elements): for element in elements { visit(element) }
        case .object(let members):
            if let reference = members["$ref"]?.string { references.insert(reference) }
            for (key, inner) in members.entries {
                keywords.insert(key)
                visit(inner)
            }
        default: break
        }
    }
}
