import Documents
import Serving

/// Who writes, from `?fieldManager=` or else the User-Agent (k8s.io/apiserver, managerOrUserAgent).
enum RequestManager {
    /// Bytes.
    static let limit = 128

    static func name(_ request: ServedRequest) throws(APIFailure) -> String {
        let name = request.parameter("fieldManager") ?? ""
        let isPatch = request.method == "PATCH"
        let isApply = isPatch && RequestBody.mediaType(request) == ObjectPatch.applyType
        var problems: [SchemaProblem] = []
        if isApply, name.isEmpty { problems.append(.required("fieldManager", "is required for apply patch")) }
        if isPatch, !isApply, request.parameter("force") != nil {
            problems.append(
                SchemaProblem(
                    path: "force", reason: .forbidden, message: "Forbidden: may not be specified for non-apply patch"))
        }
        if name.utf8.count > limit { problems.append(.tooLong("fieldManager", maximum: Int64(limit))) }
        if let odd = name.unicodeScalars.first(where: { !isPrintable($0) }) {
            let code = String(odd.value, radix: 16, uppercase: true)
            problems.append(
                .invalid("fieldManager", .string(name), "invalid character U+\(code): only printable ones are allowed"))
        }
        guard problems.isEmpty else { throw refusal(problems, request.method) }
        return name.isEmpty ? fromUserAgent(request.headers["User-Agent"] ?? "") : name
    }

    private static func refusal(_ problems: [SchemaProblem], _ method: String) -> APIFailure {
        let what = method == "PATCH" ? "PatchOptions" : method == "POST" ? "CreateOptions" : "UpdateOptions"
        return .invalid(
            KindSchema(group: "meta.k8s.io", version: "v1", kind: what, plural: "", isNamespaced: false), "", problems)
    }

    /// What stands before the first slash, as far as it is printable and not too long.
    private static func fromUserAgent(_ agent: String) -> String {
        var name = ""
        for scalar in agent.prefix(while: { $0 != "/" }).unicodeScalars where isPrintable(scalar) {
            guard name.utf8.count + String(scalar).utf8.count <= limit else { break }
            name.unicodeScalars.append(scalar)
        }
        return name
    }

    /// As Go's unicode.IsPrint: of all that looks like a space only the space itself.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}

extension AppliedConfiguration {
    /// Nil when the request is no apply. The body is YAML or JSON.
    init?(_ request: ServedRequest) throws(APIFailure) {
        guard RequestBody.mediaType(request) == ObjectPatch.applyType else { return nil }
        try RequestBody.requireSmall(request)
        body = try RequestBody.yaml(request.body)
        guard body.object != nil else { throw .badRequest("an applied object is an object, found \(body.kindName)") }
        force = try Self.flag(request, "force")
    }

    private static func flag(_ request: ServedRequest, _ parameter: String) throws(APIFailure) -> Bool {
        switch request.parameter(parameter) {
        case "true", "True", "TRUE", "t", "T", "1": return true
        case nil, "", "false", "False", "FALSE", "f", "F", "0": return false
        case .some(let text): throw .badRequest("\(parameter): Invalid value: \"\(text)\": must be true or false")
        }
    }
}
