import Documents

/// A schema read by name. Nothing is checked ahead: a keyword of the wrong type counts as absent.
struct SchemaNode {
    let value: Value

    init(_ value: Value) { self.value = value }

    var type: String? { value["type"]?.string }
    var isNullable: Bool { flag("nullable") }
    var isIntOrString: Bool { flag("x-kubernetes-int-or-string") || value["format"]?.string == "int-or-string" }
    /// Members without a schema are kept, as they are.
    var preservesUnknown: Bool { flag("x-kubernetes-preserve-unknown-fields") }
    /// Has apiVersion, kind and metadata whether or not the schema names them.
    var isEmbeddedResource: Bool { flag("x-kubernetes-embedded-resource") }
    /// A built-in type: upstream decodes it into a Go struct, for which null means absent.
    var isTyped: Bool { flag("x-martlet-typed") }
    var items: SchemaNode? { value["items"].map(SchemaNode.init) }
    var properties: Value.Fields? { value["properties"]?.object }
    var listType: String { value["x-kubernetes-list-type"]?.string ?? "atomic" }
    var listMapKeys: [String] { value["x-kubernetes-list-map-keys"]?.array?.compactMap(\.string) ?? [] }
    var patchMergeKey: String? { value["x-kubernetes-patch-merge-key"]?.string }
    var patchStrategies: [Substring] { value["x-kubernetes-patch-strategy"]?.string?.split(separator: ",") ?? [] }

    /// The schema of members that `properties` does not name.
    var additional: SchemaNode? {
        guard let additional = value["additionalProperties"] else { return nil }
        if additional.bool == true { return SchemaNode([:]) }
        return additional.object == nil ? nil : SchemaNode(additional)
    }

    /// The schema of a member, whether named or among the additional ones.
    func member(_ name: String) -> SchemaNode? { properties?[name].map(SchemaNode.init) ?? additional }

    /// Says nothing about members, so every one is welcome.
    var isOpen: Bool { preservesUnknown || (properties == nil && additional == nil && type != "array") }

    func flag(_ keyword: String) -> Bool { value[keyword]?.bool ?? false }
    func list(_ keyword: String) -> [Value] { value[keyword]?.array ?? [] }
}

/// `a.b` for the member `b` below `a`.
func child(_ path: String, _ member: String) -> String { path.isEmpty ? member : "\(path).\(member)" }
