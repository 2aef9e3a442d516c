import Documents
import Resources

/// Conditions are computed from diagnostics, and nowhere else.
enum Conditions {
    static let types = [Refusal.accepted, Refusal.resolvedRefs]

    /// Those of most objects, once in memory.
    private static let good = types.map { RouteCondition(type: $0, isTrue: true, reason: $0, message: "") }

    /// - Parameters:
    ///   - diagnostics: those of one object, in order.
    ///   - switches: it has active arms that are obeyed as long as they have endpoints.
    static func of(_ diagnostics: [Diagnostic], switches: Bool = false) -> [RouteCondition] {
        let types = switches ? types + [ArmSwitch.condition] : types
        guard switches || diagnostics.contains(where: { types.contains($0.condition) }) else { return good }
        return types.map { type in
            let wrong = diagnostics.filter { $0.condition == type }
            guard let first = wrong.first else {
                return RouteCondition(type: type, isTrue: true, reason: type, message: "")
            }
            return RouteCondition(type: type, isTrue: false, reason: apiReason(first.reason), message: message(wrong))
        }
    }

    /// What Gateway API calls it, so that tools which know HTTPRoute understand.
    private static func apiReason(_ reason: String) -> String {
        switch Refusal(rawValue: reason) {
        case .backendNotFound, .portNotFound: "BackendNotFound"
        case .invalidKind: "InvalidKind"
        case .notPermitted: "RefNotPermitted"
        case .hostnameClaimed: "HostnameClaimed"
        case .portClaimed: "PortClaimed"
        case .portNotDeclared: "NoMatchingParent"
        case .backendInvalid, .ruleBroken, .filterInvalid, .noBackend, .hostnameInvalid: "UnsupportedValue"
        case .secretNotFound, .secretInvalid, .certificateInvalid, .certificateOutOfTime: "InvalidCertificateRef"
        case nil: reason == Refusal.incompatibleFilters || reason == ArmSwitch.reason ? reason : "UnsupportedValue"
        }
    }

    private static let maximumMessages = 8

    private static func message(_ diagnostics: [Diagnostic]) -> String {
        let sentences = diagnostics.prefix(maximumMessages).map { "\($0.path): \($0.message)" }
        let more = diagnostics.count - sentences.count
        return sentences.joined(separator: " ") + (more > 0 ? " And \(more) more." : "")
    }
}

extension Diagnostic {
    /// By subject, path and reason; the rest tells apart what is not the same.
    static func precedes(_ a: Diagnostic, _ b: Diagnostic) -> Bool {
        if a.subject != b.subject { return a.subject < b.subject }
        if a.path != b.path {
            for (x, y) in zip(a.path.steps, b.path.steps) where x != y { return x.precedes(y) }
            return a.path.steps.count < b.path.steps.count
        }
        if (a.reason, a.message) != (b.reason, b.message) { return (a.reason, a.message) < (b.reason, b.message) }
        return (a.severity.rawValue, a.condition, a.file, a.line) < (b.severity.rawValue, b.condition, b.file, b.line)
    }
}

extension FieldPath.Step {
    fileprivate func precedes(_ other: Self) -> Bool {
        switch (self, other) {
        case (.element(let a), .element(let b)): a < b
        case (.member(let a), .member(let b)): a < b
        case (.element, .member): true
        case (.member, .element): false
        }
    }
}
