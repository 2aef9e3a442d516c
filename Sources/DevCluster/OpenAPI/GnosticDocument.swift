import Documents

/// A Swagger 2.0 document in the protobuf of gnostic (`openapi.v2.Document` in openapiv2/OpenAPIv2.proto), as far as `OpenAPIV2` fills it in.
///
/// Field numbers are those of that file.
enum GnosticDocument {
    static func bytes(of document: Value) -> [UInt8] {
        var out = ProtobufWriter()
        out.string(1, document["swagger"]?.string ?? "")
        out.message(2) { info in
            info.string(1, document[at: "info", "title"]?.string ?? "")
            info.string(2, document[at: "info", "version"]?.string ?? "")
        }
        out.message(8) { paths in
            for entry in document["paths"]?.object?.entries ?? [] {
                named(2, entry.key, &paths) { pathItem(entry.value, &$0) }
            }
        }
        out.message(9) { definitions in
            for entry in document["definitions"]?.object?.entries ?? [] {
                named(1, entry.key, &definitions) { GnosticSchema.write(entry.value, &$0) }
            }
        }
        return out.bytes
    }

    /// A `Named…` message: name 1, value 2.
    static func named(_ field: Int, _ name: String, _ out: inout ProtobufWriter, _ value: (inout ProtobufWriter) -> Void) {
        out.message(field) { pair in
            pair.string(1, name)
            pair.message(2, value)
        }
    }

    /// Members that begin with `x-`, as NamedAny.
    static func vendorExtensions(_ field: Int, of members: Value.Fields, _ out: inout ProtobufWriter) {
        for entry in members.entries where entry.key.hasPrefix("x-") {
            named(field, entry.key, &out) { any(entry.value, &$0) }
        }
    }

    /// `Any`: the value as YAML, of which JSON is a part.
    static func any(_ value: Value, _ out: inout ProtobufWriter) { out.string(2, value.jsonText + "\n") }

    // MARK: - Paths

    private static func pathItem(_ item: Value, _ out: inout ProtobufWriter) {
        for (member, field) in [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)] {
            guard let operation = item[member] else { continue }
            out.message(field) { self.operation(operation, &$0) }
        }
    }

    private static func operation(_ operation: Value, _ out: inout ProtobufWriter) {
        for parameter in operation["parameters"]?.array ?? [] {
            // ParametersItem.parameter, Parameter.non_body_parameter, NonBodyParameter.query_parameter_sub_schema
            out.message(8) { $0.message(1) { $0.message(2) { $0.message(3) { queryParameter(parameter, &$0) } } } }
        }
        out.message(9) { responses in
            for entry in operation["responses"]?.object?.entries ?? [] {
                named(1, entry.key, &responses) { $0.message(1) { $0.string(1, entry.value["description"]?.string ?? "") } }
            }
        }
        vendorExtensions(13, of: operation.object ?? Value.Fields(), &out)
    }

    private static func queryParameter(_ parameter: Value, _ out: inout ProtobufWriter) {
        out.string(2, parameter["in"]?.string ?? "")
        out.string(3, parameter["description"]?.string ?? "")
        out.string(4, parameter["name"]?.string ?? "")
        out.string(6, parameter["type"]?.string ?? "")
        out.bool(20, parameter["uniqueItems"]?.bool ?? false)
    }
}

/// `openapi.v2.Schema`.
enum GnosticSchema {
    private static let strings = [("$ref", 1), ("format", 2), ("title", 3), ("description", 4), ("pattern", 13)]
    private static let doubles = [("multipleOf", 6), ("maximum", 7), ("minimum", 9)]
    private static let flags = [("exclusiveMaximum", 8), ("exclusiveMinimum", 10), ("uniqueItems", 16)]
    private static let integers = [
        ("maxLength", 11), ("minLength", 12), ("maxItems", 14), ("minItems", 15), ("maxProperties", 17), ("minProperties", 18),
    ]

    static func write(_ schema: Value, _ out: inout ProtobufWriter) {
        for (member, field) in strings { out.string(field, schema[member]?.string ?? "") }
        if let preset = schema["default"] { out.message(5) { GnosticDocument.any(preset, &$0) } }
        for (member, field) in doubles { out.double(field, schema[member]?.number ?? 0) }
        for (member, field) in flags { out.bool(field, schema[member]?.bool ?? false) }
        for (member, field) in integers { out.int64(field, schema[member]?.integer ?? 0) }
        for name in schema["required"]?.array ?? [] { out.element(19, name.string ?? "") }
        for value in schema["enum"]?.array ?? [] { out.message(20) { GnosticDocument.any(value, &$0) } }
        writeAdditionalProperties(schema["additionalProperties"], &out)
        if let type = schema["type"]?.string { out.message(22) { $0.element(1, type) } }
        if let items = schema["items"] { out.message(23) { $0.message(1) { write(items, &$0) } } }
        if let properties = schema["properties"]?.object {
            out.message(25) { list in
                for entry in properties.entries { GnosticDocument.named(1, entry.key, &list) { write(entry.value, &$0) } }
            }
        }
        GnosticDocument.vendorExtensions(31, of: schema.object ?? Value.Fields(), &out)
    }

    private static func writeAdditionalProperties(_ additional: Value?, _ out: inout ProtobufWriter) {
        switch additional {
        case .object: out.message(21) { $0.message(1) { write(additional ?? .null, &$0) } }
        case .bool(let isAllowed): out.message(21) { $0.bool(2, isAllowed) }
        default: break
        }
    }
}
