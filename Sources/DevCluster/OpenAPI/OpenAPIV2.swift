import Documents

/// `/openapi/v2`: Swagger 2.0, as JSON and as gnostic's protobuf, for kubectl older than 1.27 and for every kubectl's `apply`.
enum OpenAPIV2 {
    static func json(_ kinds: [KindSchema]) -> Value {
        let models = OpenAPIModels(kinds, reference: reference)
        return [
            "swagger": "2.0", "info": ["title": "Martlet's development cluster", "version": "v1"],
            "paths": .object(Value.Fields(kinds.map { (OpenAPIPaths.item(of: $0), path(of: $0)) })),
            "definitions": .object(Value.Fields(models.sorted.map { ($0.name, restricted($0.model)) })),
        ]
    }

    static func protobuf(_ kinds: [KindSchema]) -> [UInt8] { GnosticDocument.bytes(of: json(kinds)) }

    private static func reference(_ name: String, _ beside: Value.Fields) -> Value {
        var reference = beside
        reference["$ref"] = .string("#/definitions/\(name)")
        return .object(reference)
    }

    private static func path(of kind: KindSchema) -> Value {
        let parameters = OpenAPIPaths.patchParameters.map { name, description -> Value in
            ["name": .string(name), "in": "query", "description": .string(description), "type": "string", "uniqueItems": true]
        }
        return [
            "patch": [
                "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": OpenAPIModels.groupVersionKind(of: kind),
                "parameters": .array(parameters), "responses": ["200": ["description": "OK"]],
            ]
        ]
    }

    // MARK: - What Swagger 2.0 can say

    private static let unknownToSwagger: Set<String> = ["nullable", "oneOf", "anyOf", "not", "allOf", "x-kubernetes-validations"]

    /// A model without what Swagger 2.0 does not know. Where it would then claim too much, it claims nothing: kubectl validates
    /// against it before it asks the server.
    private static func restricted(_ schema: Value) -> Value {
        guard case .object(let members) = schema else { return schema }
        let node = SchemaNode(schema)
        let isAnything = node.isIntOrString || (node.preservesUnknown && node.type == nil)
        var result = Value.Fields()
        for entry in members.entries where !unknownToSwagger.contains(entry.key) {
            switch entry.key {
            case "properties":
                guard !node.preservesUnknown else { continue }
                let properties = entry.value.object ?? Value.Fields()
                result["properties"] = .object(Value.Fields(properties.entries.map { ($0.key, restricted($0.value)) }))
            case "required" where node.preservesUnknown: continue
            case "items": result["items"] = restricted(entry.value)
            case "additionalProperties": result["additionalProperties"] = restricted(entry.value)
            case "type" where isAnything: continue
            default: result[entry.key] = entry.value
            }
        }
        return .object(result)
    }
}
