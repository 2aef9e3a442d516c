import Documents
import Foundation
import Serving

/// Writes values as responses.
enum Answers {
    static func json(_ value: Value, status: Int = 200, contentType: String = "application/json") -> ServedResponse {
        ServedResponse(
            status: status, headers: ["Content-Type": contentType, "Cache-Control": "no-cache, private"],
            body: .bytes(value.json + [UInt8(ascii: "\n")])
        )
    }

    static func failure(_ failure: APIFailure) -> ServedResponse {
        var response = json(failure.status, status: failure.code)
        if let seconds = failure.retryAfterSeconds { response.headers.append("Retry-After", String(seconds)) }
        if failure.code == 401 { response.headers.append("WWW-Authenticate", "Bearer realm=\"martlet-dev\"") }
        return response
    }

    /// One object, as the client likes it.
    static func object(_ object: Value, _ kind: KindSchema, _ rendering: Rendering, _ request: ServedRequest, status: Int = 200)
        -> ServedResponse
    {
        switch rendering {
        case .json: json(object, status: status)
        case .yaml:
            ServedResponse(status: status, headers: ["Content-Type": "application/yaml"], body: .bytes(Array(object.yaml.utf8)))
        case .table(let version): json(table(kind, [object], object.resourceVersion, version, request), status: status)
        case .partial(let version): json(partial(object, version), status: status)
        }
    }

    static func table(
        _ kind: KindSchema, _ objects: [Value], _ resourceVersion: String, _ version: String, _ request: ServedRequest
    ) -> Value {
        let include = IncludeObject(rawValue: request.parameter("includeObject") ?? "Metadata") ?? .metadata
        var table = TableMaker.table(kind, objects, resourceVersion: resourceVersion, includeObject: include, now: Date())
        if version != "v1" { table["apiVersion"] = .string("meta.k8s.io/" + version) }
        return table
    }

    static func partial(_ object: Value, _ version: String) -> Value {
        ["kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/" + version), "metadata": object["metadata"] ?? [:]]
    }

    /// An outcome of a write with its warnings (RFC 7234 section 5.5, code 299).
    static func written(_ written: Written, _ kind: KindSchema, _ rendering: Rendering, _ request: ServedRequest, status: Int)
        -> ServedResponse
    {
        var response = object(written.object, kind, rendering, request, status: status)
        for warning in written.warnings + KindRules.warnings(written.object, kind) {
            let quoted = warning.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            response.headers.append("Warning", "299 - \"\(quoted)\"")
        }
        return response
    }

    /// What a deletion answers when nothing is left to show.
    static func deleted(_ object: Value, _ kind: KindSchema) -> Value {
        var details: Value = ["name": .string(object.name)]
        if !kind.group.isEmpty { details["group"] = .string(kind.group) }
        details["kind"] = .string(kind.plural)
        details["uid"] = .string(object.uid)
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details]
    }
}
