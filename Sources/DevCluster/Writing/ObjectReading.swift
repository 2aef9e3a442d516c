import Documents

/// Reads what a client sent as an object of a kind: the right kind, only known members, defaults filled in.
struct ObjectReading {
    let kind: KindSchema
    let options: WriteOptions

    /// Checks that the object is of this kind; members that are left out are filled in.
    func identify(_ body: Value) throws(APIFailure) -> Value {
        guard body.object != nil else {
            throw .badRequest(
                "the object provided is unrecognized (must be of type \(kind.kind)): expected an object, found \(body.kindName)")
        }
        var body = body
        for (member, expected, what) in [("apiVersion", kind.apiVersion, "API version"), ("kind", kind.kind, "kind")] {
            let found = body[member]?.string ?? ""
            if found.isEmpty { body[member] = .string(expected) }
            guard found.isEmpty || found == expected else {
                throw .badRequest("the \(what) in the data (\(found)) does not match the expected \(what) (\(expected))")
            }
        }
        let metadata = body["metadata"] ?? [:]
        guard metadata.object != nil || metadata.isNull else {
            throw .badRequest("metadata must be an object, found \(metadata.kindName)")
        }
        if metadata.isNull { body["metadata"] = [:] }
        if let managed = body.managedFields, managed.array == nil, !managed.isNull {
            throw .badRequest("metadata.managedFields must be a list, found \(managed.kindName)")
        }
        return body
    }

    /// Checks that the object is the one that the URL names; its namespace may be left out.
    static func requireAddress(_ object: Value, _ key: ObjectKey) throws(APIFailure) {
        guard object.name == key.name else {
            throw .badRequest("the name of the object (\(object.name)) does not match the name on the URL (\(key.name))")
        }
        guard object.namespace.isEmpty || object.namespace == key.namespace else {
            throw .badRequest(
                "the namespace of the object (\(object.namespace)) does not match the namespace on the request (\(key.namespace))"
            )
        }
    }

    /// Drops what the schema does not know; in strict mode that is an error.
    func prune(_ object: Value) throws(APIFailure) -> (object: Value, warnings: [String]) {
        var (pruned, unknown) = kind.schema.object?.isEmpty == false ? pruneBody(object) : (object, [])
        var metadata = Value.Fields()
        for (key, value) in object["metadata"]?.object?.entries ?? [] {
            if !MetadataRules.members.contains(key) {
                unknown.append("metadata.\(key)")
            } else if !value.isNull {
                metadata[key] = value
            }
        }
        pruned["metadata"] = .object(metadata)
        let complaints = unknown.map { "unknown field \"\($0)\"" }
        switch options.fieldValidation {
        case .ignore: return (pruned, [])
        case .warn: return (pruned, complaints)
        case .strict where complaints.isEmpty: return (pruned, [])
        case .strict:
            throw .badRequest(
                "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): strict decoding error: "
                    + complaints.joined(separator: ", "))
        }
    }

    /// The envelope is not the schema's business: a CRD's schema may leave it out.
    private func pruneBody(_ object: Value) -> (Value, [String]) {
        var body = object.object ?? Value.Fields()
        for member in ["apiVersion", "kind", "metadata"] { body.remove(member) }
        let (pruned, unknown) = Pruning.prune(.object(body), kind.schema)
        var whole: Value = ["apiVersion": object["apiVersion"] ?? .null, "kind": object["kind"] ?? .null, "metadata": [:]]
        for (key, value) in pruned.object?.entries ?? [] { whole[key] = value }
        return (whole, unknown)
    }

    func problems(_ object: Value) -> [SchemaProblem] {
        MetadataRules.problems(object, kind)
            + (kind.schema.object?.isEmpty == false ? SchemaValidator.problems(object, kind.schema) : [])
    }
}

extension APIFailure {
    /// Bytes of an object as JSON; etcd's limit for a request.
    static let objectLimit = 3 << 19

    static func requireSmall(_ object: Value) throws(APIFailure) {
        let size = object.json.count
        guard size <= objectLimit else {
            throw APIFailure(
                413, "RequestEntityTooLarge",
                "Request entity too large: the object has \(size) bytes, the limit is \(objectLimit)")
        }
    }
}
