import Graph

/// One rule, compiled. Shared by all plans whose graphs hold the same rule object; the last one to go frees its row.
final class RuleBlock: Sendable {
    let rule: Rule
    /// Row in the store: what `x.rule` holds.
    let index: Int32
    private let store: PlanStore
    /// Keeps what the row points to.
    private let parts: RuleParts

    init(rule: Rule, index: Int32, store: PlanStore, parts: RuleParts) {
        self.rule = rule
        self.index = index
        self.store = store
        self.parts = parts
    }

    deinit { store.remove(ObjectIdentifier(rule), index) }
}
