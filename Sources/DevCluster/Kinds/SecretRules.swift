import Documents
import Secure

enum SecretRules {
    /// `stringData` is for writing only: it becomes part of `data`.
    static func prepare(_ object: inout Value) {
        if object["type"] == nil { object["type"] = "Opaque" }
        guard let texts = object["stringData"]?.object else { return }
        var data = object["data"] ?? [:]
        for (key, text) in texts.entries { data[key] = .string(Base64.encode(Array((text.string ?? "").utf8))) }
        object["data"] = data
        object["stringData"] = nil
    }

    static func problems(_ object: Value, old: Value?) -> [SchemaProblem] {
        var problems = dataProblems(object["data"]?.object ?? Value.Fields())
        if object["type"] == "kubernetes.io/tls" {
            problems += ["tls.crt", "tls.key"].filter { object[at: "data", $0] == nil }.map { .required("data[\($0)]") }
        }
        problems += sizeProblems(object, path: "data", bytes: decodedCount)
        guard let old else { return problems }
        if let type = object["type"], let before = old["type"], type != before {
            problems.append(.invalid("type", type, "field is immutable"))
        }
        return problems + immutabilityProblems(object, old: old, "Secret")
    }

    static func configMapProblems(_ object: Value, old: Value?) -> [SchemaProblem] {
        // An empty field path, as Go prints it.
        let problems = sizeProblems(object, path: "[]") { $0.utf8.count }
        return problems + (old.map { immutabilityProblems(object, old: $0, "ConfigMap") } ?? [])
    }

    /// Values of ConfigMaps and Secrets have at most 1 MiB in all.
    private static func sizeProblems(_ object: Value, path: String, bytes: (String) -> Int) -> [SchemaProblem] {
        func total(_ member: String, _ bytes: (String) -> Int) -> Int {
            (object[member]?.object?.entries ?? []).reduce(0) { $0 + bytes($1.value.string ?? "") }
        }
        return total("data", bytes) + total("binaryData", decodedCount) > 1 << 20 ? [.tooLong(path, maximum: 1 << 20)] : []
    }

    private static func decodedCount(_ text: String) -> Int { Base64.decode(text)?.count ?? 0 }

    private static func dataProblems(_ data: Value.Fields) -> [SchemaProblem] {
        data.entries.flatMap { key, value -> [SchemaProblem] in
            var problems: [SchemaProblem] = []
            if !isDataKey(key) {
                problems.append(
                    .invalid(
                        "data[\(key)]", .string(key),
                        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
                            + "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"))
            }
            if let text = value.string, Base64.decode(text) == nil {
                problems.append(
                    SchemaProblem(path: "data[\(key)]", reason: .invalid, message: "Invalid value: must be base64 with padding"))
            }
            return problems
        }
    }

    private static func isDataKey(_ key: String) -> Bool {
        (1...253).contains(key.utf8.count) && key != "." && !key.hasPrefix("..")
            && key.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 0x20) || "-._".utf8.contains($0) }
    }

    /// An object that says `immutable: true` keeps its data and says so for ever.
    static func immutabilityProblems(_ object: Value, old: Value, _ kind: String) -> [SchemaProblem] {
        guard old["immutable"]?.bool == true else { return [] }
        func frozen(_ path: String) -> SchemaProblem {
            SchemaProblem(path: path, reason: .invalid, message: "Forbidden: field is immutable when `immutable` is set")
        }
        var problems = object["immutable"]?.bool == true ? [] : [frozen("immutable")]
        for member in ["data", "binaryData"] where object[member] != old[member] { problems.append(frozen(member)) }
        return problems
    }
}
