import Documents

/// `/openapi/v3`: an index and one document for each group and version.
enum OpenAPIV3 {
    /// The hash in each URL changes with the document, because kubectl caches what it fetched by URL.
    static func index(_ kinds: [KindSchema]) -> Value {
        var paths = Value.Fields()
        for (group, version) in groupVersions(of: kinds) {
            let path = group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
            let hash = TaggedAnswer.tag(of: document(group: group, version: version, kinds).json)
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash)")]
        }
        return ["paths": .object(paths)]
    }

    static func document(group: String, version: String, _ kinds: [KindSchema]) -> Value {
        let kinds = kinds.filter { $0.group == group && $0.version == version }
        let models = OpenAPIModels(kinds, reference: reference)
        return [
            "openapi": "3.0.0", "info": ["title": "Martlet's development cluster", "version": "v1"],
            "paths": .object(Value.Fields(kinds.flatMap(paths))),
            "components": ["schemas": .object(Value.Fields(models.sorted.map { ($0.name, $0.model) }))],
        ]
    }

    /// A reference may have nothing beside it in OpenAPI 3.0, so it is wrapped, as upstream does.
    private static func reference(_ name: String, _ beside: Value.Fields) -> Value {
        let plain: Value = ["$ref": .string("#/components/schemas/\(name)")]
        if beside.isEmpty { return plain }
        var wrapped = beside
        wrapped["allOf"] = [plain]
        return .object(wrapped)
    }

    private static func paths(_ kind: KindSchema) -> [(String, Value)] {
        let identity = OpenAPIModels.groupVersionKind(of: kind)
        let model: Value = ["$ref": .string("#/components/schemas/\(OpenAPIModels.name(of: kind))")]
        func operation(_ action: String, _ parameters: [Value] = []) -> Value {
            [
                "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": identity,
                "parameters": .array(parameters),
                "responses": ["200": ["description": "OK", "content": ["application/json": ["schema": model]]]],
            ]
        }
        let parameters = OpenAPIPaths.patchParameters.map { name, description -> Value in
            [
                "name": .string(name), "in": "query", "description": .string(description),
                "schema": ["type": "string", "uniqueItems": true],
            ]
        }
        let item: Value = [
            "get": operation("get"), "put": operation("put", parameters), "patch": operation("patch", parameters),
            "delete": operation("delete"),
        ]
        return [
            (OpenAPIPaths.collection(of: kind), ["get": operation("list"), "post": operation("post", parameters)]),
            (OpenAPIPaths.item(of: kind), item),
        ]
    }

    private static func groupVersions(of kinds: [KindSchema]) -> [(group: String, version: String)] {
        var seen: Set<String> = []
        return kinds.filter { seen.insert($0.apiVersion).inserted }.map { ($0.group, $0.version) }
    }
}
