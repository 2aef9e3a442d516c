import Documents
import Serving

/// Reads what a client sent.
enum RequestBody {
    /// Bytes; a real API server's limit.
    static let limit = 3 << 20

    static func object(_ request: ServedRequest) throws(APIFailure) -> Value {
        try requireSmall(request)
        let type = mediaType(request)
        guard !request.body.isEmpty else { throw .badRequest("the request has no body; an object is expected") }
        switch type {
        case "", "application/json", "*/*": return try json(request.body)
        case "application/yaml": return try yaml(request.body)
        case "application/vnd.kubernetes.protobuf": return try ProtobufObject.value(request.body)
        default:
            throw unsupported(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"])
        }
    }

    static func json(_ bytes: [UInt8]) throws(APIFailure) -> Value {
        do { return try Value(json: bytes) } catch { throw .badRequest("the body is no JSON: \(error)") }
    }

    static func yaml(_ bytes: [UInt8]) throws(APIFailure) -> Value {
        let documents: [Located]
        do { documents = try YAML.documents(bytes) } catch { throw .badRequest("the body is no YAML: \(error)") }
        guard documents.count == 1 else { throw .badRequest("the body must hold one YAML document, found \(documents.count)") }
        return documents[0].value
    }

    /// Without parameters, in lower case.
    static func mediaType(_ request: ServedRequest) -> String {
        request.headers["Content-Type"].flatMap { MediaRange($0) }?.type ?? ""
    }

    static func requireSmall(_ request: ServedRequest) throws(APIFailure) {
        guard request.body.count <= limit else {
            throw APIFailure(413, "RequestEntityTooLarge", "Request entity too large: limit is \(limit)")
        }
    }

    static func unsupported(_ accepted: [String]) -> APIFailure {
        APIFailure(
            415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: \(accepted.joined(separator: ", "))"
        )
    }
}

/// Parameters of writes.
enum RequestOptions {
    static func write(_ request: ServedRequest) throws(APIFailure) -> WriteOptions {
        var options = WriteOptions(fieldValidation: .warn)
        options.isDryRun = try isDryRun(request.parameters("dryRun"))
        options.manager = try RequestManager.name(request)
        if let text = request.parameter("fieldValidation"), !text.isEmpty {
            guard let validation = FieldValidation(rawValue: text) else {
                throw .badRequest(
                    "fieldValidation: Unsupported value: \"\(text)\": supported values: \"Ignore\", \"Warn\", \"Strict\"")
            }
            options.fieldValidation = validation
        }
        return options
    }

    /// From the query and the DeleteOptions in the body, which wins.
    static func delete(_ request: ServedRequest) throws(APIFailure) -> DeleteOptions {
        try RequestBody.requireSmall(request)
        let body = request.body.isEmpty ? [:] : try RequestBody.object(request)
        var options = DeleteOptions()
        options.isDryRun = try isDryRun(request.parameters("dryRun") + (body["dryRun"]?.array?.compactMap(\.string) ?? []))
        options.graceSeconds =
            body["gracePeriodSeconds"]?.integer ?? request.parameter("gracePeriodSeconds").flatMap { Int64($0) }
        options.uid = body[at: "preconditions", "uid"]?.string
        options.resourceVersion = body[at: "preconditions", "resourceVersion"]?.string
        if body["orphanDependents"]?.bool == true || request.parameter("orphanDependents") == "true" {
            options.propagation = .orphan
        }
        if let text = body["propagationPolicy"]?.string ?? request.parameter("propagationPolicy"), !text.isEmpty {
            guard let propagation = Propagation(rawValue: text) else {
                throw .badRequest(
                    "propagationPolicy: Unsupported value: \"\(text)\": supported values: \"Foreground\", \"Background\", \"Orphan\""
                )
            }
            options.propagation = propagation
        }
        return options
    }

    private static func isDryRun(_ values: [String]) throws(APIFailure) -> Bool {
        for value in values where value != "All" && !value.isEmpty {
            throw .badRequest("dryRun: Unsupported value: \"\(value)\": supported values: \"All\"")
        }
        return values.contains("All")
    }

    static func selection(_ request: ServedRequest, _ kind: KindSchema, namespace: String?, name: String? = nil)
        throws(APIFailure)
        -> Selection
    {
        var selection = Selection(namespace: namespace)
        if let text = request.parameter("labelSelector") { selection.labels = try LabelSelector(parsing: text) }
        if let text = request.parameter("fieldSelector") { selection.fields = try FieldSelector(parsing: text, for: kind) }
        return selection
    }

    /// Nil: absent, empty or "0", which all mean "whatever is current".
    static func version(_ request: ServedRequest) throws(APIFailure) -> Int64? {
        guard let text = request.parameter("resourceVersion"), !text.isEmpty, text != "0" else { return nil }
        guard let version = Int64(text), version > 0 else {
            throw .badRequest(
                "resourceVersion: Invalid value: \"\(text)\": strconv.ParseUint: parsing \"\(text)\": invalid syntax")
        }
        return version
    }
}
