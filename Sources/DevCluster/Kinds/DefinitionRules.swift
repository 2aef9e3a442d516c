import Documents

/// CustomResourceDefinitions: names that must agree, and the status that says they are served.
enum DefinitionRules {
    static func prepare(_ object: inout Value, now: String) {
        var spec = object["spec"] ?? [:]
        var names = spec["names"] ?? [:]
        let kind = names["kind"]?.string ?? ""
        if names["listKind"] == nil { names["listKind"] = .string(kind + "List") }
        if names["singular"] == nil { names["singular"] = .string(kind.lowercased()) }
        spec["names"] = names
        if spec["conversion"] == nil { spec["conversion"] = ["strategy": "None"] }
        object["spec"] = spec
        object["status"] = status(spec, before: object["status"], now: now)
    }

    private static func status(_ spec: Value, before: Value?, now: String) -> Value {
        var conditions = before?["conditions"]?.array ?? []
        for (type, reason, message) in [
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ] where !conditions.contains(where: { $0["type"]?.string == type }) {
            conditions.append([
                "type": .string(type), "status": "True", "lastTransitionTime": .string(now), "reason": .string(reason),
                "message": .string(message),
            ])
        }
        var stored = before?["storedVersions"]?.array ?? []
        let storage = (spec["versions"]?.array ?? []).first { $0["storage"]?.bool == true }?["name"] ?? ""
        if !stored.contains(storage) { stored.append(storage) }
        return ["conditions": .array(conditions), "acceptedNames": spec["names"] ?? [:], "storedVersions": .array(stored)]
    }

    static func problems(_ object: Value, old: Value?) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        let spec = object["spec"] ?? [:]
        let plural = spec[at: "names", "plural"]?.string ?? ""
        let group = spec["group"]?.string ?? ""
        for (path, text) in [
            ("spec.group", group), ("spec.names.plural", plural), ("spec.names.kind", spec[at: "names", "kind"]?.string ?? ""),
        ]
        where text.isEmpty { problems.append(.required(path)) }
        if !group.contains(".") {
            problems.append(.invalid("spec.group", .string(group), "should be a domain with at least one dot"))
        }
        if object.name != "\(plural).\(group)" {
            problems.append(.invalid("metadata.name", .string(object.name), "must be spec.names.plural+\".\"+spec.group"))
        }
        let scope = spec["scope"] ?? ""
        if scope != "Namespaced", scope != "Cluster" {
            problems.append(.unsupported("spec.scope", scope, supported: ["Cluster", "Namespaced"]))
        }
        problems += versionProblems(spec["versions"]?.array ?? [])
        guard let old else { return problems }
        for member in ["group", "scope"] where old[at: "spec", member] != spec[member] {
            problems.append(.invalid("spec.\(member)", spec[member] ?? .null, "field is immutable"))
        }
        return problems
    }

    private static func versionProblems(_ versions: [Value]) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        if versions.filter({ $0["storage"]?.bool == true }).count != 1 {
            problems.append(
                SchemaProblem(
                    path: "spec.versions", reason: .invalid,
                    message: "Invalid value: must have exactly one version marked as storage version"))
        }
        for (at, version) in versions.enumerated() {
            if version[at: "schema", "openAPIV3Schema"]?.object == nil {
                problems.append(.required("spec.versions[\(at)].schema.openAPIV3Schema", "schemas are required"))
            }
            if versions[..<at].contains(where: { $0["name"] == version["name"] }) {
                problems.append(.duplicate("spec.versions[\(at)].name", version["name"] ?? .null))
            }
        }
        return problems
    }

    /// What the scale subresource shows can't be negative, whatever the schema says.
    static func scaleProblems(_ object: Value, _ kind: KindSchema) -> [SchemaProblem] {
        guard let path = kind.scale?.specReplicasPath,
            let replicas = object.member(path.split(separator: ".").map(String.init))?.integer, replicas < 0
        else { return [] }
        return [.invalid(path, .integer(replicas), "should be a non-negative integer")]
    }

    /// Rules in CEL are kept for whoever reads the definition, and nothing is held against them.
    static func warnings(_ object: Value) -> [String] {
        (object[at: "spec", "versions"]?.array ?? []).compactMap { version in
            let paths = rulePaths(version[at: "schema", "openAPIV3Schema"] ?? .null, "")
            guard let first = paths.first else { return nil }
            let more = paths.count > 1 ? " and \(paths.count - 1) more places" : ""
            return
                "version \(version["name"]?.string ?? ""): the rules in x-kubernetes-validations at \(first)\(more) are kept and "
                + "not evaluated; objects that break them are accepted"
        }
    }

    /// Where the schema has rules, as paths of the objects that it describes.
    private static func rulePaths(_ schema: Value, _ path: String) -> [String] {
        var paths = schema["x-kubernetes-validations"]?.array?.isEmpty == false ? [path.isEmpty ? "the object" : path] : []
        for (name, inner) in schema["properties"]?.object?.entries ?? [] {
            paths += rulePaths(inner, path.isEmpty ? name : "\(path).\(name)")
        }
        if let items = schema["items"] { paths += rulePaths(items, path + "[]") }
        if let values = schema["additionalProperties"] { paths += rulePaths(values, path + ".*") }
        for member in ["allOf", "anyOf", "oneOf"] {
            for inner in schema[member]?.array ?? [] { paths += rulePaths(inner, path) }
        }
        return paths
    }
}
