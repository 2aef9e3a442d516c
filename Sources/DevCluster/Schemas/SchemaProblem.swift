import Documents

/// One way in which an object breaks its schema, in the words of a real API server.
struct SchemaProblem: Sendable, Equatable, CustomStringConvertible {
    /// The `reason` of a cause in `Status.details.causes`.
    enum Reason: String {
        case invalid = "FieldValueInvalid"
        case required = "FieldValueRequired"
        case type = "FieldValueTypeInvalid"
        case unsupported = "FieldValueNotSupported"
        case unknown = "FieldValueUnknown"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case duplicate = "FieldValueDuplicate"
        case forbidden = "FieldValueForbidden"
    }

    /// Such as `spec.rules[0].port`; empty for the object itself.
    var path: String
    var reason: Reason
    /// What follows the path, such as `Invalid value: 70000: spec.port in body should be less than or equal to 65535`: the `message` of a cause.
    var message: String

    /// The problem as one text: an item of the list in a Status message.
    var description: String { path.isEmpty ? "<nil>: \(message)" : "\(path): \(message)" }
}

// MARK: - The messages of apimachinery's field errors

extension SchemaProblem {
    static func invalid(_ path: String, _ value: Value, _ detail: String, reason: Reason = .invalid) -> SchemaProblem {
        SchemaProblem(path: path, reason: reason, message: "Invalid value: \(quoted(value)): \(detail)")
    }

    static func wrongType(_ path: String, _ value: Value, expected: String) -> SchemaProblem {
        let found = value.kindName
        return SchemaProblem(
            path: path, reason: .type,
            message: "Invalid value: \"\(found)\": \(path) in body must be of type \(expected): \"\(found)\"")
    }

    static func required(_ path: String, _ detail: String = "") -> SchemaProblem {
        SchemaProblem(path: path, reason: .required, message: detail.isEmpty ? "Required value" : "Required value: \(detail)")
    }

    static func unsupported(_ path: String, _ value: Value, supported: [Value]) -> SchemaProblem {
        let list = supported.map { "\"\($0.string ?? $0.jsonText)\"" }.joined(separator: ", ")
        return SchemaProblem(
            path: path, reason: .unsupported, message: "Unsupported value: \(quoted(value)): supported values: \(list)")
    }

    static func tooLong(_ path: String, maximum: Int64) -> SchemaProblem {
        SchemaProblem(path: path, reason: .tooLong, message: "Too long: may not be more than \(maximum) bytes")
    }

    static func tooMany(_ path: String, count: Int, maximum: Int64) -> SchemaProblem {
        SchemaProblem(path: path, reason: .tooMany, message: "Too many: \(count): must have at most \(maximum) items")
    }

    static func duplicate(_ path: String, _ value: Value) -> SchemaProblem {
        SchemaProblem(path: path, reason: .duplicate, message: "Duplicate value: \(quoted(value))")
    }

    /// A value as Go's `%q` or its JSON would show it.
    private static func quoted(_ value: Value) -> String { value.jsonText }
}
