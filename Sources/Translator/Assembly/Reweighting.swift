import Graph

/// Tells changes of weights, which are cells, from changes of routing.
enum Reweighting {
    /// The new weights, if two hosts differ in nothing else; nil if they do.
    static func updates(from old: Host?, to new: Host?) -> [CellUpdate]? {
        guard let old, let new, old.isJoined == new.isJoined, old.entries.count == new.entries.count else { return nil }
        var updates: [CellUpdate] = []
        for (before, after) in zip(old.entries, new.entries) where before.rule !== after.rule || before.match != after.match {
            guard before.match == after.match, let weights = weights(from: before.rule, to: after.rule) else { return nil }
            let update = CellUpdate.weights(rule: after.rule.id, weights)
            if !updates.contains(update) { updates.append(update) }
        }
        return updates
    }

    private static func weights(from old: Rule, to new: Rule) -> [Int]? {
        guard case .forward(let before) = old.action, case .forward(let after) = new.action,
            before.arms.count == after.arms.count
        else { return nil }
        var same = after
        for i in same.arms.indices { same.arms[i].weight = before.arms[i].weight }
        return new.with(.forward(same)) == old ? after.arms.map(\.weight) : nil
    }
}
