import Documents

// What ties clients to endpoints.
extension ServiceOptions {
    /// `martlet.dev/session-persistence`
    public enum SessionKind: String, Sendable, CaseIterable { case cookie, header }

    /// `martlet.dev/session-persistence-lifetime`
    public enum SessionLifetime: String, Sendable, CaseIterable { case session, permanent }

    /// `martlet.dev/session-persistence…`
    public struct Session: Equatable, Sendable {
        public var kind: SessionKind
        /// Of the cookie or header; nil for a cookie that is named by the gateway.
        public var name: String?
        public var absoluteTimeout: Duration?
        public var isPermanent = false
    }

    /// nil without persistence, or with one that cannot be obeyed.
    static func session(_ annotations: [String: String], _ problems: inout FieldProblems) -> Session? {
        let main = ServiceAnnotation.sessionPersistence
        let parts: [ServiceAnnotation] = [
            .sessionPersistenceName, .sessionPersistenceTimeout, .sessionPersistenceLifetime,
        ]
        guard annotations[main.rawValue] != nil else {
            for part in parts where annotations[part.rawValue] != nil { warn(part, without: main.rawValue, &problems) }
            return nil
        }
        guard let kind: SessionKind = choice(main, annotations, &problems) else { return nil }
        var session = Session(kind: kind)
        if let name = annotations[ServiceAnnotation.sessionPersistenceName.rawValue] {
            guard isToken(name) else {
                problems.invalid(
                    ServiceAnnotation.sessionPersistenceName.path,
                    "'\(name)' is no name of a \(kind.rawValue); use letters, digits and !#$%&'*+-.^_`|~ only.")
                return nil
            }
            session.name = kind == .header ? name.lowercased() : name
        } else if kind == .header {
            problems.invalid(
                main.path,
                "Persistence by header needs the header's name; add \(ServiceAnnotation.sessionPersistenceName.rawValue).")
            return nil
        }
        if kind == .header {
            for part in parts.dropFirst() where annotations[part.rawValue] != nil {
                warn(part, without: "\(main.rawValue): cookie", &problems)
            }
            return session
        }
        session.absoluteTimeout = timeout(annotations, &problems)
        let lifetime: SessionLifetime? = choice(.sessionPersistenceLifetime, annotations, &problems)
        if lifetime == .permanent, session.absoluteTimeout == nil {
            problems.invalid(
                ServiceAnnotation.sessionPersistenceLifetime.path,
                "A permanent cookie needs an end; add \(ServiceAnnotation.sessionPersistenceTimeout.rawValue).")
        } else {
            session.isPermanent = lifetime == .permanent
        }
        return session
    }

    private static func timeout(_ annotations: [String: String], _ problems: inout FieldProblems) -> Duration? {
        let annotation = ServiceAnnotation.sessionPersistenceTimeout
        guard let text = annotations[annotation.rawValue] else { return nil }
        if let duration = Scalars.duration(text), duration >= .seconds(1) { return duration }
        problems.invalid(annotation.path, "'\(text)' is no duration of at least a second; write one such as 1h.")
        return nil
    }
}
