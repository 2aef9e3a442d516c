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
            if let rollout = rollout(of: draft) { RolloutWeights.apply(rollout, to: &made.arms) }
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

    private mutating func backends(_ refs: [BackendRef], at list: FieldPath) -> [Backend] {
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

    // MARK: Arms

    /// The Rollout that moves the rule.
    private func rollout(of draft: RuleDraft) -> Rollout? {
        guard context.snapshot.hasRollouts, case .element(let index)? = draft.path.steps.last else { return nil }
        let name = draft.rule.name ?? "\(index)"
        let place = RolloutCheck.Place(route: ObjectKey(subject), name: name)
        // Of rules of one name only the first has it to itself.
        guard draft.id.hasSuffix("/\(name)") else { return nil }
        return RolloutCheck(snapshot: context.snapshot).governor(of: place)?.resource
    }

    private mutating func split(_ split: RouteSplit, at path: FieldPath, _ draft: inout RuleDraft) -> Split {
        var arms: [Arm] = []
        for (i, arm) in split.arms.enumerated() {
            if arms.contains(where: { $0.name == arm.name }) {
                refuse(
                    path["arms"][i]["name"], .backendInvalid,
                    "Another arm is named '\(arm.name)' too; names are unique within a split.")
                draft.breaks(.backendInvalid)
            }
            let list = path["arms"][i]["backendRefs"]
            if arm.backendRefs.isEmpty {
                refuse(list, .noBackend, "The arm leads nowhere; add a Service to its backendRefs.")
            }
            let backends = backends(arm.backendRefs, at: list)
            let none = [Backend(target: .missing(reason: Refusal.noBackend.rawValue))]
            arms.append(Arm(name: arm.name, weight: arm.weight, backends: backends.isEmpty ? none : backends))
        }
        if arms.isEmpty {
            // A list whose elements could not be read has been reported for that.
            if draft.failure == nil { refuse(path["arms"], .noBackend, "The split has no arms; add one.") }
            draft.breaks(.noBackend)
        }
        let names = arms.map(\.name)
        if !split.activeArm.isEmpty, !names.contains(split.activeArm) {
            let hint = nearest(to: split.activeArm, among: names).map { " Did you mean \($0)?" } ?? ""
            refuse(
                path["activeArm"], .backendInvalid,
                "There is no arm '\(split.activeArm)'; the arms are \(Wording.list(names)).\(hint)")
            draft.breaks(.backendInvalid)
        }
        if split.activeArm.isEmpty { noteWeights(arms.map(\.weight), at: path["arms"]) }
        let persistence = split.sessionPersistence.flatMap { self.persistence($0, at: path["sessionPersistence"], &draft) }
        return Split(arms: arms, activeArm: split.activeArm, persistence: persistence)
    }

    private mutating func noteWeights(_ weights: [Int], at path: FieldPath) {
        guard !weights.isEmpty, weights.allSatisfy({ $0 == 0 }) else { return }
        report(
            .warning, path, reason: "NoWeight",
            use == .requests
                ? "All weights are 0, so every request is answered with 500; give one a weight above 0."
                : "All weights are 0, so nothing gets anywhere; give one a weight above 0.")
    }

    private mutating func persistence(
        _ persistence: RouteSplit.Persistence, at path: FieldPath, _ draft: inout RuleDraft
    ) -> SessionPersistence? {
        guard let type = persistence.type else { return nil }
        report(
            .warning, path, reason: "NotInForce", "Session persistence has no effect yet; each request chooses its arm by weight."
        )
        let kind: SessionPersistence.Kind
        switch type {
        case .cookie: kind = .cookie
        case .header: kind = .header
        case .clientIP: kind = .clientIP
        }
        if kind == .header, persistence.sessionName == nil {
            refuse(path["sessionName"], .ruleBroken, "Persistence by header needs the header's name; add sessionName.")
            draft.breaks(.ruleBroken)
        }
        let name = persistence.sessionName ?? (kind == .cookie ? "martlet-arm" : "")
        return SessionPersistence(kind: kind, name: name, absoluteTimeout: persistence.absoluteTimeout)
    }
}

/// Consents to references across namespaces.
enum Grants {
    /// No kind grants anything yet: references stay within their namespace.
    static func permit(from subject: ObjectReference, toServiceIn namespace: String) -> Bool { false }
}
