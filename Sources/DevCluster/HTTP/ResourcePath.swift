/// What a path below `/api/v1` or `/apis/GROUP/VERSION` names.
struct ResourcePath: Sendable, Equatable {
    var group: String
    var version: String
    /// Nil: the whole cluster.
    var namespace: String?
    /// Empty: the group version itself.
    var plural = ""
    var name: String?
    var subresource: String?

    /// Nil when the path is none of these.
    init?(_ path: String) {
        var parts = path.split(separator: "/").map(String.init)[...]
        switch parts.popFirst() {
        case "api": group = ""
        case "apis":
            guard let group = parts.popFirst() else { return nil }
            self.group = group
        default: return nil
        }
        guard let version = parts.popFirst() else { return nil }
        self.version = version
        // `/namespaces/x/status` is a subresource of the namespace, `/namespaces/x/pods` a collection in it.
        let ownSubresource = group.isEmpty && parts.count == 3 && ["status", "finalize"].contains(parts[parts.startIndex + 2])
        if parts.first == "namespaces", parts.count > 2, !ownSubresource {
            namespace = parts[parts.startIndex + 1]
            parts = parts.dropFirst(2)
        }
        plural = parts.popFirst() ?? ""
        name = parts.popFirst()
        subresource = parts.popFirst()
        guard parts.isEmpty else { return nil }
    }
}
