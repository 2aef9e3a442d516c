import Graph
import Pipeline

/// One rule, compiled. Shared by all plans whose graphs hold the same rule object; the last one to go frees its row.
final class RuleBlock: @unchecked Sendable {
    // Unchecked: filled by `RuleCompiler` before anybody else knows it, constant afterwards but for what the store guards.
    let rule: Rule
    /// Row in the store: what `x.rule` holds. Negative while there is none.
    var index: Int32 = -1
    /// Hosts that lead to it; guarded by the store.
    var uses: Int32 = 0
    let store: PlanStore
    /// What the row points to.
    let pool = ConstantPool()
    /// Filters, entries of cells: what lives as long as the row.
    var kept = Kept()

    init(rule: Rule, store: PlanStore) {
        self.rule = rule
        self.store = store
    }

    deinit { if index >= 0 { store.free(index) } }

    func rows<Row: BitwiseCopyable>(_ rows: [Row]) -> Rows<Row> {
        rows.isEmpty ? .none : unsafe Rows(start: UnsafePointer(pool.add(rows: rows)), size: Int32(rows.count))
    }

    func place<Row: BitwiseCopyable>(_ row: Row) -> Sometimes<Row> { unsafe Sometimes(UnsafePointer(pool.add(rows: [row]))) }
}
