import Balancing
import Graph
import HTTP
import Pipeline

// The arms of a rule.
extension RuleCompiler {
    mutating func splitRow(_ split: Split, _ rule: String, _ block: RuleBlock) -> SplitRow {
        var row = SplitRow()
        let linked = split.arms.map { LinkedArm($0) }
        let shares = linked.map { ArmShare(key: ArmChoice.key($0.name.utf8), weight: UInt32(clamping: $0.weight)) }
        if shares.count != 1 || shares[0].weight == 0 { row.shares = block.rows(shares) }
        row.arms = block.rows(split.arms.map { armRow($0, rule, block) })
        var more = SplitMore()
        if linked.count > 1 {
            let entry = registry.split(rule: rule, arms: linked, active: split.activeArm)
            if let entry { block.kept.add(entry) }
            more.cell = entry?.index ?? -1
            more.signature = unsafe SplitState.signature(of: shares)
        }
        if !split.activeArm.isEmpty, let active = split.arms.firstIndex(where: { $0.name == split.activeArm }) {
            more.active = Int32(active)
            more.isForced = split.isForced
        }
        if let persistence = split.persistence { more.tie = tie(persistence, block) }
        addOverrides(split, rule, to: &more, block)
        let isPlain = linked.count == 1 && more.active < 0 && more.tie.kind == .none && more.overrides.count == 0
        if !isPlain { row.more = block.place(more) }
        return row
    }

    private func tie(_ persistence: SessionPersistence, _ block: RuleBlock) -> Tie {
        var tie = Tie()
        switch persistence.kind {
        case .clientIP: tie.kind = .address
        case .header:
            tie.kind = .header
            tie.name = block.rows(Array(persistence.name.lowercased().utf8))
        case .cookie:
            tie.kind = .cookie
            tie.name = block.rows(Array(persistence.name.utf8))
            tie.field = block.add("set-cookie")
            tie.head = block.add("\(persistence.name)=")
            var tail = "; Path=/; HttpOnly; SameSite=Lax"
            if let lifetime = persistence.absoluteTimeout {
                tie.lifetime = UInt32(clamping: max(1, lifetime.components.seconds))
                tail += "; Max-Age=\(tie.lifetime)"
            }
            tie.tail = block.add(tail)
        }
        return tie
    }

    /// Overrides that cannot be obeyed are problems: nobody knows what is meant by the others, so that they take nothing.
    private mutating func addOverrides(_ split: Split, _ rule: String, to more: inout SplitMore, _ block: RuleBlock) {
        guard !split.overrides.isEmpty else { return }
        var conditions = ConditionCompiler()
        var rows: [OverrideRow] = []
        for override in split.overrides {
            let first = conditions.count
            guard let arm = split.arms.firstIndex(where: { $0.name == override.arm }),
                conditions.add(Match(headers: override.headers, cookies: override.cookies), rule, &self)
            else {
                problems.append(LinkProblem(rule: rule, message: "an override of arm \(override.arm) cannot be obeyed"))
                conditions.forget(from: first)
                continue
            }
            rows.append(
                OverrideRow(firstCondition: first, conditionCount: conditions.count - first, arm: Int32(arm)))
        }
        more.overrides = block.rows(rows)
        block.kept.add(conditions.patterns)
        more.table = ConditionTable(
            texts: block.rows(conditions.texts), conditions: block.rows(conditions.conditions),
            patterns: block.rows(conditions.handles), sources: block.rows(conditions.sources))
    }

    private static let usualNames = ConstantPool()
    /// Of the only arm of most rules.
    private static let usualName = usualNames.add("default")

    private mutating func armRow(_ arm: Arm, _ rule: String, _ block: RuleBlock) -> ArmRow {
        ArmRow(
            name: arm.name == "default" ? Self.usualName : block.add(arm.name),
            series: SeriesSlot(store.knownSeries(SeriesName(rule: rule, arm: arm.name)), in: block),
            bounds: block.rows(runningTotals(arm.backends.map(\.weight))),
            backends: block.rows(arm.backends.map { backendRow($0, rule, block) }))
    }

    private mutating func backendRow(_ backend: Backend, _ rule: String, _ block: RuleBlock) -> BackendRow {
        guard let filters = filters(backend.filters, rule, block) else { return unusable(.filterInvalid) }
        for case .mirror in backend.filters {
            problems.append(LinkProblem(rule: rule, message: "only a whole rule's requests can be mirrored, not one backend's"))
        }
        let (rows, interests) = unsafe filterRows(filters, block)
        switch backend.target {
        case .missing(let reason): return unusable(Reason(brokenRule: reason))
        case .cluster(let id):
            guard let entry = clusters[id] else {
                problems.append(LinkProblem(rule: rule, message: "refers to cluster \(id), which the graph does not hold"))
                return unusable(.backendNotFound)
            }
            block.kept.add(entry)
            return unsafe BackendRow(cluster: entry.index, reason: .ok, filters: rows, interests: interests)
        }
    }

    private func unusable(_ reason: Reason) -> BackendRow {
        unsafe BackendRow(cluster: -1, reason: reason, filters: .none, interests: [])
    }
}
