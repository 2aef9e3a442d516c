import Base
import Documents
import Graph
import Resources

// What ties clients to endpoints.
extension PartBuilder {
    /// What the rule says of it, and that the clusters it leads to are to be able to.
    mutating func session(_ draft: inout RuleDraft, of action: Action) -> EndpointPersistence? {
        let path = draft.path["sessionPersistence"]
        guard draft.failure == nil, let session = draft.rule.sessionPersistence, let type = session.type else { return nil }
        guard case .forward(let split) = action else {
            if draft.answer != nil {
                report(
                    .warning, path, reason: "NoEffect",
                    "The rule answers by a filter, so no client is tied to an endpoint; remove sessionPersistence.")
            }
            return nil
        }
        if draft.rule.backendRefs.count > 1 {
            refuse(path, .ruleBroken, RouteRule.manyBackends)
            draft.breaks(.ruleBroken)
            return nil
        }
        if type == .header, session.absoluteTimeout != nil || session.cookieConfig != nil {
            report(
                .warning, path[session.absoluteTimeout != nil ? "absoluteTimeout" : "cookieConfig"], reason: "NoEffect",
                "Only a cookie grows old: a header says nothing of time. Remove this, or use Cookie.")
        }
        demand(.ties, of: split)
        let name = session.sessionName ?? EndpointPersistence.cookieName(of: draft.id)
        return switch type {
        case .header: EndpointPersistence(kind: .header, name: name.lowercased())
        case .cookie:
            EndpointPersistence(
                kind: .cookie, name: name, absoluteTimeout: session.absoluteTimeout,
                isPermanent: session.cookieConfig?.lifetimeType == .permanent)
        }
    }
}

extension EndpointPersistence {
    /// The cookie of something that was given no name for it: two Services or rules of one host must not share one.
    ///
    /// - Parameter owner: what is told apart.
    static func cookieName(of owner: String) -> String {
        "martlet-endpoint-" + Hexadecimal.text(UInt32(truncatingIfNeeded: ByteHash.of(owner.utf8).spread))
    }

    init(_ session: ServiceOptions.Session, of cluster: ClusterID) {
        switch session.kind {
        case .header: self.init(kind: .header, name: session.name ?? "")
        case .cookie:
            self.init(
                kind: .cookie, name: session.name ?? Self.cookieName(of: cluster), absoluteTimeout: session.absoluteTimeout,
                isPermanent: session.isPermanent)
        }
    }
}
