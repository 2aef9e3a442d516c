import Graph
import Pipeline

/// One rule, compiled, and what its row points to. Shared by all plans whose graphs hold the same rule object; the last one to go frees
/// its row.
final class RuleBlock: ConstantPool, @unchecked Sendable {
    // Unchecked: filled by `RuleCompiler` before anybody else knows it, constant afterwards but for what the store guards.
    let rule: Rule
    /// Row in the store: what `x.rule` holds. Negative while there is none.
    var index: Int32 = -1
    /// Hosts that lead to it; guarded by the store.
    var uses: Int32 = 0
    let store: PlanStore
    /// Filters, entries of cells: what lives as long as the row.
    var kept = Kept()

    init(rule: Rule, store: PlanStore) {
        self.rule = rule
        self.store = store
        super.init(room: Self.room(rule))
    }

    /// What a rule takes that has nothing but filters and one arm with one backend: its name, two series and a bound, and a row of each.
    private static func room(_ rule: Rule) -> Int {
        let before = (rule.id.utf8.count + 3) & ~3 + 3 * MemoryLayout<Int32>.stride
        let filters = MemoryLayout<UInt>.stride * rule.filters.count
        return (before + 7) & ~7 + filters + MemoryLayout<BackendRow>.stride + MemoryLayout<ArmRow>.stride
    }

    deinit { if index >= 0 { store.free(index) } }

    func rows<Row: BitwiseCopyable>(_ rows: [Row]) -> Rows<Row> {
        rows.isEmpty ? .none : unsafe Rows(start: UnsafePointer(add(rows: rows)), size: Int32(rows.count))
    }

    func place<Row: BitwiseCopyable>(_ row: Row) -> Sometimes<Row> { unsafe Sometimes(UnsafePointer(add(rows: [row]))) }
}
