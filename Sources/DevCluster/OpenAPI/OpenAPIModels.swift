import Documents

/// The models of an OpenAPI document: each kind, and the definitions of the schema files that it refers to.
///
/// Kinds carry their schemas with everything in place (that is what validation wants); documents refer to shared definitions, so that
/// `kubectl explain` can name types, and PodSpec is said once.
struct OpenAPIModels {
    /// Turns a reference with what was said beside it (description, default, …) into the version's own form.
    typealias Reference = (_ name: String, _ beside: Value.Fields) -> Value

    private(set) var byName: [String: Value] = [:]
    private let reference: Reference

    init(_ kinds: [KindSchema], reference: @escaping Reference) {
        self.reference = reference
        for kind in kinds {
            let name = Self.name(of: kind)
            var model = withoutOwnMark(kind.schema)
            model["x-kubernetes-group-version-kind"] = [Self.groupVersionKind(of: kind)]
            byName[name] = model
        }
    }

    var sorted: [(name: String, model: Value)] { byName.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    /// `io.k8s.api.apps.v1.Deployment` as its schema file says, or `dev.martlet.v1alpha1.Route`.
    static func name(of kind: KindSchema) -> String {
        if let name = kind.schema[SchemaLibrary.mark]?.string { return name }
        let package = kind.group.split(separator: ".").reversed().joined(separator: ".")
        return "\(package.isEmpty ? "core" : package).\(kind.version).\(kind.kind)"
    }

    static func groupVersionKind(of kind: KindSchema) -> Value {
        ["group": .string(kind.group), "kind": .string(kind.kind), "version": .string(kind.version)]
    }

    /// A schema whose own mark does not count, because it is the model itself.
    private mutating func withoutOwnMark(_ schema: Value) -> Value {
        guard case .object(var members) = schema else { return schema }
        members.remove(SchemaLibrary.mark)
        return withReferences(.object(members))
    }

    private mutating func withReferences(_ schema: Value) -> Value {
        switch schema {
        case .array(let elements):
            return .array(elements.map { withReferences($0) })
        case .object(let members):
            if let name = (members[SchemaLibrary.mark] ?? members["$ref"])?.string { return refer(name, members) }
            var kept = Value.Fields()
            for entry in members.entries where !entry.key.hasPrefix("x-martlet-") {
                // What a schema says about values is data and no schema.
                kept[entry.key] = ["default", "enum", "example"].contains(entry.key) ? entry.value : withReferences(entry.value)
            }
            return .object(kept)
        default:
            return schema
        }
    }

    private mutating func refer(_ name: String, _ members: Value.Fields) -> Value {
        guard let definition = SchemaLibrary.definitions[name] else {
            preconditionFailure("a schema is marked as \(name), which no schema file defines")
        }
        if byName[name] == nil {
            byName[name] = .null
            byName[name] = withReferences(definition)
        }
        var beside = Value.Fields()
        for entry in members.entries where !entry.key.hasPrefix("x-martlet-") && entry.key != "$ref" {
            if definition[entry.key] != entry.value, !Self.structural.contains(entry.key) { beside[entry.key] = entry.value }
        }
        return reference(name, beside)
    }

    /// Members that belong to the definition, and that its place cannot change.
    private static let structural: Set<String> = ["type", "properties", "items", "required", "additionalProperties"]
}
