import Base
import Fetch

/// Acting as somebody else, where RBAC allows the verb `impersonate` (Kubernetes docs, "User impersonation").
public struct Impersonation: Sendable, Equatable {
    public var user: String
    public var uid: String
    public var groups: [String]
    /// Values by key, sorted by key.
    public var extra: [Extra]

    public struct Extra: Sendable, Equatable {
        public var key: String
        public var values: [String]

        public init(key: String, values: [String]) {
            self.key = key
            self.values = values
        }
    }

    public init(user: String, uid: String = "", groups: [String] = [], extra: [Extra] = []) {
        self.user = user
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    var headers: [Header] {
        [Header("Impersonate-User", user)] + (uid.isEmpty ? [] : [Header("Impersonate-Uid", uid)])
            + groups.map { Header("Impersonate-Group", $0) }
            + extra.flatMap { extra in extra.values.map { Header("Impersonate-Extra-" + Self.fieldName(extra.key), $0) } }
    }

    /// What no field name may hold (RFC 9110 section 5.6.2), and "%", is percent-encoded; the API server undoes that.
    private static func fieldName(_ key: String) -> String { PercentEncoding.escape(key, keeping: "!#$&'*+-.^_`|~") }
}
