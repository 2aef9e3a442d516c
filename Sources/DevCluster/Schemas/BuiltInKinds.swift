import Documents

/// The kinds that the cluster serves from the start, described by the schema files in `BuiltIn`.
enum BuiltInKinds {
    static let all: [KindSchema] = SchemaFile.all.flatMap { file in file.kinds.map { kind(of: $0, in: file) } }

    private static func kind(of description: Value, in file: SchemaFile) -> KindSchema {
        let name = description["kind"]?.string ?? ""
        var kind = KindSchema(
            group: file.group, version: file.version, kind: name, plural: description["plural"]?.string ?? "",
            isNamespaced: description["scope"]?.string != "Cluster")
        kind.shortNames = description["shortNames"]?.array?.compactMap(\.string) ?? []
        kind.categories = description["categories"]?.array?.compactMap(\.string) ?? []
        kind.hasStatus = description["status"]?.bool ?? false
        kind.scale = description["scale"].map(KindSchema.Scale.init(described:))
        kind.columns = (description["columns"]?.array ?? []).map { KindSchema.Column(described: $0, path: "path") }
        let definition = "\(file.package).\(name)"
        var schema = EnvelopeSchema.added(to: SchemaLibrary.resolved(definition))
        schema["x-martlet-typed"] = true
        schema[SchemaLibrary.mark] = .string(definition)
        kind.schema = schema
        return kind
    }
}

/// What every object has: apiVersion, kind and metadata.
enum EnvelopeSchema {
    private static let typeMeta: [(String, Value)] = [
        (
            "apiVersion",
            [
                "type": "string",
                "description":
                    "APIVersion defines the versioned schema of this representation of an object: GROUP/VERSION, or VERSION in the core group.",
            ]
        ),
        ("kind", ["type": "string", "description": "Kind is the REST resource that this object represents, in CamelCase."]),
    ]

    /// `schema` with the envelope in front of its own members; what it says of the envelope itself is replaced.
    static func added(to schema: Value) -> Value {
        var metadata = SchemaLibrary.resolved(SchemaLibrary.objectMeta)
        metadata["description"] = "Standard object's metadata: name, namespace, labels, annotations and what the server keeps."
        metadata["x-martlet-typed"] = true
        metadata[SchemaLibrary.mark] = .string(SchemaLibrary.objectMeta)
        var properties = Value.Fields(typeMeta + [("metadata", metadata)])
        for entry in schema["properties"]?.object?.entries ?? [] where properties[entry.key] == nil {
            properties[entry.key] = entry.value
        }
        var result = schema
        result["type"] = "object"
        result["properties"] = .object(properties)
        return result
    }
}

extension KindSchema.Scale {
    /// From the description of a schema file or of a CustomResourceDefinition, which differ in the selector's name.
    init(described scale: Value) {
        self.init(
            specReplicasPath: scale["specReplicasPath"]?.string ?? ".spec.replicas",
            statusReplicasPath: scale["statusReplicasPath"]?.string ?? ".status.replicas",
            selectorPath: (scale["selectorPath"] ?? scale["labelSelectorPath"])?.string ?? "")
    }
}

extension KindSchema.Column {
    init(described column: Value, path member: String) {
        self.init(
            column["name"]?.string ?? "", type: column["type"]?.string ?? "string", format: column["format"]?.string ?? "",
            description: column["description"]?.string ?? "", priority: Int(column["priority"]?.integer ?? 0),
            path: column[member]?.string ?? "")
    }
}
