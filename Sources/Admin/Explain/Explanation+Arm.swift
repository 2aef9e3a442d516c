import Graph

extension Explanation {
    /// Which arm the rule sends the request to, and why; nil where it has one only.
    struct ChosenArm {
        /// nil: that is not known from here, as it is drawn or follows from a cookie's ticket.
        var name: String?
        var why: String

        var words: String { name.map { "to arm \($0): \(why)" } ?? "to an arm \(why)" }
    }

    /// - Parameter rule: the one that decides.
    func arm(of rule: Rule) -> ChosenArm? {
        guard case .forward(let split) = rule.action, split.arms.count > 1 else { return nil }
        let override = split.overrides.first { override in
            MatchReason.mismatch(Match(headers: override.headers, cookies: override.cookies), request) == nil
        }
        if let override { return ChosenArm(name: override.arm, why: "an override holds") }
        guard let active = split.arms.first(where: { $0.name == split.activeArm }) else {
            return ChosenArm(why: Self.lot(split))
        }
        if split.isForced || isReady(active) { return ChosenArm(name: active.name, why: "it is active") }
        guard split.arms.contains(where: isReady) else {
            return ChosenArm(name: active.name, why: "it is active, and no arm has a ready endpoint")
        }
        return ChosenArm(why: "\(Self.lot(split)): \(active.name) is active, and has no ready endpoint")
    }

    private func isReady(_ arm: Arm) -> Bool {
        arm.backends.contains { backend in
            guard case .cluster(let id) = backend.target, backend.weight > 0 else { return false }
            return isServed(id)
        }
    }

    private static func lot(_ split: Split) -> String {
        guard let persistence = split.persistence else { return "by weight" }
        return switch persistence.kind {
        case .cookie: "by the ticket in the cookie \(persistence.name) and by weight"
        case .header: "by the value of the header \(persistence.name) and by weight"
        case .clientIP: "by the client's address and by weight"
        }
    }
}
