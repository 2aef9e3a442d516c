import Documents

/// The definitions of all schema files under their full names, such as `io.k8s.api.core.v1.PodSpec`.
///
/// A built-in kind's schema has its definitions written in place of the references, each marked `x-martlet-definition` with its full
/// name, so that the OpenAPI documents can refer to them again.
enum SchemaLibrary {
    static let mark = "x-martlet-definition"
    static let objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

    /// As they are written, with `properties` completed to objects and references by full name.
    static let definitions: [String: Value] = {
        var byShortName: [String: String] = [:]
        for file in SchemaFile.all {
            for name in file.definitions.keys { byShortName[name] = byShortName[name] ?? "\(file.package).\(name)" }
        }
        var all: [String: Value] = [:]
        for file in SchemaFile.all {
            for entry in file.definitions.entries {
                all["\(file.package).\(entry.key)"] = completed(entry.value) { name in
                    let own = "\(file.package).\(name)"
                    if file.definitions[name] != nil { return own }
                    guard let other = byShortName[name] else { preconditionFailure("no schema file defines \(name)") }
                    return other
                }
            }
        }
        return all
    }()

    /// A definition with everything that it refers to in place.
    static func resolved(_ name: String) -> Value {
        guard let definition = definitions[name] else { preconditionFailure("no schema file defines \(name)") }
        return withReferencesResolved(definition)
    }

    private static func completed(_ value: Value, _ fullName: (String) -> String) -> Value {
        switch value {
        case .array(let elements): return .array(elements.map { completed($0, fullName) })
        case .object(let members):
            var completed = Value.Fields(members.entries.map { ($0.key, self.completed($0.value, fullName)) })
            if let name = members["$ref"]?.string { completed["$ref"] = .string(fullName(name)) }
            if members["properties"]?.object != nil, members["type"] == nil { completed["type"] = "object" }
            return .object(completed)
        default: return value
        }
    }

    private static func withReferencesResolved(_ value: Value) -> Value {
        switch value {
        case .array(let elements): return .array(elements.map(withReferencesResolved))
        case .object(var members):
            guard let name = members.remove("$ref")?.string else {
                return .object(Value.Fields(members.entries.map { ($0.key, withReferencesResolved($0.value)) }))
            }
            var schema = resolved(name)
            for entry in members.entries { schema[entry.key] = entry.value }
            schema[mark] = .string(name)
            return schema
        default: return value
        }
    }
}
