public import Documents

/// Why a call has no success, as the `Status` object that Kubernetes' clients know. kubectl prints its message.
public struct APIFailure: Error, Sendable, Equatable {
    public struct Cause: Sendable, Equatable {
        public var reason: String
        public var message: String
        public var field: String

        public init(reason: String, message: String, field: String = "") {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// The HTTP status.
    public var code: Int
    public var reason: String
    public var message: String
    public var name = ""
    public var group = ""
    /// The plural resource, or the kind for invalid objects: so does Kubernetes.
    public var kind = ""
    public var uid = ""
    public var causes: [Cause] = []
    public var retryAfterSeconds: Int?
    /// With which a list that has expired can be gone on with nevertheless.
    public var continueToken: String?

    public init(_ code: Int, _ reason: String, _ message: String) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    public var status: Value {
        var details = Value.Fields()
        for (key, text) in [("name", name), ("group", group), ("kind", kind), ("uid", uid)] where !text.isEmpty {
            details[key] = .string(text)
        }
        if !causes.isEmpty { details["causes"] = .array(causes.map(\.value)) }
        if let retryAfterSeconds { details["retryAfterSeconds"] = .integer(Int64(retryAfterSeconds)) }
        let metadata: Value = continueToken.map { ["continue": .string($0)] } ?? [:]
        var status: Value = [
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure", "message": .string(message),
            "reason": .string(reason),
        ]
        if !details.isEmpty { status["details"] = .object(details) }
        status["code"] = .integer(Int64(code))
        return status
    }
}

extension APIFailure.Cause {
    fileprivate var value: Value {
        var value: Value = ["reason": .string(reason), "message": .string(message)]
        if !field.isEmpty { value["field"] = .string(field) }
        return value
    }
}

extension APIFailure: CustomStringConvertible {
    public var description: String { message }
}

// MARK: - The usual ones, in Kubernetes' words (k8s.io/apimachinery/pkg/api/errors)

extension APIFailure {
    private func about(_ kind: KindSchema, _ name: String) -> APIFailure {
        var failure = self
        failure.name = name
        failure.group = kind.group
        failure.kind = kind.plural
        return failure
    }

    static func notFound(_ kind: KindSchema, _ name: String) -> APIFailure {
        APIFailure(404, "NotFound", "\(kind.qualifiedName) \"\(name)\" not found").about(kind, name)
    }

    static func alreadyExists(_ kind: KindSchema, _ name: String) -> APIFailure {
        APIFailure(409, "AlreadyExists", "\(kind.qualifiedName) \"\(name)\" already exists").about(kind, name)
    }

    static func conflict(_ kind: KindSchema, _ name: String, _ why: String = modified) -> APIFailure {
        APIFailure(409, "Conflict", "Operation cannot be fulfilled on \(kind.qualifiedName) \"\(name)\": \(why)").about(
            kind, name)
    }

    private static let modified = "the object has been modified; please apply your changes to the latest version and try again"

    static func forbidden(_ kind: KindSchema, _ name: String, _ why: String) -> APIFailure {
        APIFailure(403, "Forbidden", "\(kind.qualifiedName) \"\(name)\" is forbidden: \(why)").about(kind, name)
    }

    static func invalid(_ kind: KindSchema, _ name: String, _ problems: [SchemaProblem]) -> APIFailure {
        let lines = problems.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }
        let what = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
        let why = lines.count == 1 ? lines[0] : "[\(lines.joined(separator: ", "))]"
        var failure = APIFailure(422, "Invalid", "\(what) \"\(name)\" is invalid: \(why)")
        failure.name = name
        failure.group = kind.group
        failure.kind = kind.kind
        failure.causes = problems.map { Cause(reason: $0.reason.rawValue, message: $0.message, field: $0.path) }
        return failure
    }

    static func badRequest(_ message: String) -> APIFailure { APIFailure(400, "BadRequest", message) }

    /// A path that no resource answers to.
    static let noSuchResource = APIFailure(404, "NotFound", "the server could not find the requested resource")
    static let methodNotAllowed = APIFailure(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    static let unauthorized = APIFailure(401, "Unauthorized", "Unauthorized")

    static func expired(_ message: String) -> APIFailure { APIFailure(410, "Expired", message) }

    /// The client knows a version that this server has not reached: it should wait, or was connected to another server.
    static func tooLarge(version: Int64, current: Int64) -> APIFailure {
        var failure = APIFailure(504, "Timeout", "Too large resource version: \(version), current: \(current)")
        failure.causes = [Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version")]
        failure.retryAfterSeconds = 1
        return failure
    }
}
