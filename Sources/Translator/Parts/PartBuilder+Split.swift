import Documents
import Graph
import Resources

extension PartBuilder {
    /// What the rule does: its filter's answer, or its backends.
    mutating func action(_ draft: inout RuleDraft) -> Action {
        let rule = draft.rule
        let path = draft.path
        if rule.split != nil, !rule.backendRefs.isEmpty {
            refuse(path["backendRefs"], .backendInvalid, "A rule has either backendRefs or a split; remove one of them.")
            draft.breaks(.backendInvalid)
        }
        if let answer = draft.answer {
            if rule.split != nil || !rule.backendRefs.isEmpty {
                report(
                    .warning, rule.split != nil ? path["split"] : path["backendRefs"], reason: "BackendsUnused",
                    "The rule answers by a filter, so its backends are never asked; remove them.")
            }
            return answer
        }
        if let split = rule.split {
            var made = self.split(split, at: path["split"], &draft)
            if let rollout = rollout(of: draft) {
                RolloutWeights.apply(rollout, to: &made.arms)
                if use == .requests { made.overrides += RolloutWeights.overrides(rollout, among: made.arms) }
            }
            return .forward(made)
        }
        guard !rule.backendRefs.isEmpty else {
            if draft.failure == nil {
                refuse(
                    path, .noBackend,
                    use == .requests
                        ? "The rule leads nowhere; add backendRefs, a split, or a RequestRedirect or DirectResponse filter."
                        : "The rule leads nowhere; add backendRefs or a split.")
            }
            draft.breaks(.noBackend)
            return .fail(reason: Refusal.noBackend.rawValue)
        }
        let backends = backends(rule.backendRefs, at: path["backendRefs"])
        noteWeights(backends.map(\.weight), at: path["backendRefs"])
        return .forward(Split(arms: [Arm(name: "default", weight: 1, backends: backends)]))
    }

    mutating func backends(_ refs: [BackendRef], at list: FieldPath) -> [Backend] {
        // A rule with an unreadable reference is broken already: positions need not be exact then.
        refs.enumerated().map { i, ref in backend(ref, at: list[i]) }
    }

    mutating func backend(_ ref: BackendRef, at path: FieldPath) -> Backend {
        Backend(target: target(of: ref, at: path), weight: ref.weight)
    }

    private mutating func target(of ref: BackendRef, at path: FieldPath) -> Backend.Target {
        if (ref.kind ?? "Service") != "Service" || !(ref.group ?? "").isEmpty {
            let kind = ref.group.map { $0.isEmpty ? "" : "\($0)/" } ?? ""
            refuse(
                path["kind"], .invalidKind,
                "\(kind)\(ref.kind ?? "Service") '\(ref.name)' cannot be a backend; only Services can.")
            return .missing(reason: Refusal.invalidKind.rawValue)
        }
        let namespace = ref.namespace ?? subject.namespace
        guard namespace == subject.namespace || Grants.permit(from: subject, toServiceIn: namespace) else {
            refuse(
                path["namespace"], .notPermitted,
                "Service \(namespace)/\(ref.name) is in another namespace, and nothing grants references to it; use a Service in "
                    + "\(subject.namespace).")
            return .missing(reason: Refusal.notPermitted.rawValue)
        }
        let name = BackendName(
            service: ObjectKey(namespace, ref.name), port: ref.port.map { .number($0) } ?? .first, path: path["name"],
            portPath: path["port"])
        guard ref.port != nil else { return withoutPort(name) }
        return target(name)
    }

    /// A reference that leaves the port out is clear only if there is one (HTTPRoute requires it for Services).
    private mutating func withoutPort(_ name: BackendName) -> Backend.Target {
        guard let ports = service(name.service)?.resource.spec.ports, ports.count > 1 else { return target(name) }
        let choices = ports.map { $0.name.isEmpty ? "\($0.port)" : "\($0.port) (\($0.name))" }
        refuse(name.portPath, .portNotFound, "Say which port of Service \(name.service): \(Wording.list(choices, last: "or")).")
        return .missing(reason: Refusal.portNotFound.rawValue)
    }

    /// The Rollout that moves the rule.
    private func rollout(of draft: RuleDraft) -> Rollout? {
        guard context.snapshot.hasRollouts, case .element(let index)? = draft.path.steps.last else { return nil }
        let name = draft.rule.name ?? "\(index)"
        let place = RolloutCheck.Place(object: ObjectKey(subject), name: name)
        // Of rules of one name only the first has it to itself.
        guard draft.id.hasSuffix("/\(name)") else { return nil }
        return RolloutCheck(snapshot: context.snapshot, settings: context.settings).obeyed(at: place)
    }

    mutating func noteWeights(_ weights: [Int], at path: FieldPath) {
        guard !weights.isEmpty, weights.allSatisfy({ $0 == 0 }) else { return }
        report(
            .warning, path, reason: "NoWeight",
            use == .requests
                ? "All weights are 0, so every request is answered with 500; give one a weight above 0."
                : "All weights are 0, so nothing gets anywhere; give one a weight above 0.")
    }
}

/// Consents to references across namespaces.
enum Grants {
    /// No kind grants anything yet: references stay within their namespace.
    static func permit(from subject: ObjectReference, toServiceIn namespace: String) -> Bool { false }
}
