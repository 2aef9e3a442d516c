import Documents
import Graph
import Resources

// The arms of a rule, and what decides among them.
extension PartBuilder {
    mutating func split(_ split: RouteSplit, at path: FieldPath, _ draft: inout RuleDraft) -> Split {
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
        noteSwitch(split, arms, at: path)
        let persistence = split.sessionPersistence.flatMap { self.persistence($0, at: path["sessionPersistence"], &draft) }
        let overrides = overrides(split.overrides, among: names, at: path["overrides"], &draft)
        return Split(
            arms: arms, activeArm: split.activeArm, isForced: split.force && !split.activeArm.isEmpty, persistence: persistence,
            overrides: overrides)
    }

    /// A switch waits for endpoints, which come and go without the Route.
    private mutating func noteSwitch(_ split: RouteSplit, _ arms: [Arm], at path: FieldPath) {
        guard let arm = arms.first(where: { $0.name == split.activeArm }) else {
            if split.force, split.activeArm.isEmpty {
                report(.warning, path["force"], reason: "NoEffect", "There is no activeArm to force; name one, or remove force.")
            }
            return
        }
        guard !split.force, arms.count > 1 else { return }
        let clusters = arm.backends.compactMap { backend -> ClusterID? in
            guard case .cluster(let id) = backend.target, backend.weight > 0 else { return nil }
            return id
        }
        switches.append(ArmSwitch(arm: arm.name, clusters: clusters, field: path["activeArm"]))
    }

    // MARK: Overrides

    private mutating func overrides(
        _ items: [RouteSplit.Override], among names: [String], at list: FieldPath, _ draft: inout RuleDraft
    ) -> [ArmOverride] {
        if use != .requests, !items.isEmpty {
            refuse(
                list, .ruleBroken,
                "Connections carry no headers or cookies that are read, so overrides can have no effect; remove them.")
            draft.breaks(.ruleBroken)
            return []
        }
        // A rule with an unreadable override is broken already: positions need not be exact then.
        return items.enumerated().map { i, item in
            if !names.contains(item.arm), !item.arm.isEmpty {
                let hint = nearest(to: item.arm, among: names).map { " Did you mean \($0)?" } ?? ""
                refuse(
                    list[i]["arm"], .backendInvalid,
                    "There is no arm '\(item.arm)'; the arms are \(Wording.list(names)).\(hint)")
                draft.breaks(.backendInvalid)
            }
            let none = BrokenFields([])
            return ArmOverride(
                arm: item.arm, headers: named(item.headers, at: list[i]["headers"], &draft, none) { $0.lowercased() },
                cookies: named(item.cookies, at: list[i]["cookies"], &draft, none) { $0 })
        }
    }

    // MARK: Persistence

    private mutating func persistence(
        _ persistence: RouteSplit.Persistence, at path: FieldPath, _ draft: inout RuleDraft
    ) -> SessionPersistence? {
        guard let type = persistence.type else { return nil }
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
        if use != .requests, kind != .clientIP {
            refuse(
                path["type"], .ruleBroken,
                "Connections carry no \(kind == .cookie ? "cookies" : "headers") that are read; use ClientIP, or remove sessionPersistence."
            )
            draft.breaks(.ruleBroken)
        }
        if kind == .clientIP, persistence.sessionName != nil {
            report(.warning, path["sessionName"], reason: "NoEffect", "A client's address has no name; remove sessionName.")
        }
        if kind != .cookie, persistence.absoluteTimeout != nil {
            report(
                .warning, path["absoluteTimeout"], reason: "NoEffect",
                "Only a cookie grows old: a \(kind == .header ? "header" : "client's address") says nothing of time. Remove absoluteTimeout, or use Cookie."
            )
        }
        let name = kind == .clientIP ? "" : persistence.sessionName ?? "martlet-arm"
        return SessionPersistence(
            kind: kind, name: name, absoluteTimeout: kind == .cookie ? persistence.absoluteTimeout : nil)
    }
}
