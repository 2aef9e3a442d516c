import Base
import Graph
import Patterns
import Pipeline
import Synchronization

/// What successive plans share beyond cells: rows of rules, compiled rules and patterns by identity, metric series.
@safe final class PlanStore: @unchecked Sendable {
    // Unchecked: `state` guards what changes; rows are written before a worker can know their index.
    private struct Weak<Object: AnyObject> { weak var object: Object? }

    private struct State {
        let rules = StableTable<RuleRow>(stride: 64) { RuleRow() }
        /// Those that hosts use.
        var blocks = ObjectTable<RuleBlock>()
        var patterns: [String: Weak<Pattern>] = [:]
        var series: [SeriesName: Int32] = [:]
        var seriesNames: [SeriesName] = []
    }
    private let state: Mutex<State>
    let rules: TableView<RuleRow>
    let mirrors = MirrorBook()
    let callers = CallerBook()

    init() {
        let state = State()
        rules = state.rules.view
        self.state = Mutex(state)
        // Index 0 takes everything beyond the cap.
        _ = series(SeriesName(rule: "other", arm: ""))
    }

    // MARK: Rules

    /// The compiled form of exactly this rule object, if some plan that still lives has it.
    func block(for rule: Rule) -> RuleBlock? { state.withLock { $0.blocks.first(Self.hash(rule)) { $0.rule === rule } } }

    private static func hash(_ rule: Rule) -> Int { ObjectIdentifier(rule).hashValue }

    /// A row for a rule; nil when there are millions.
    func allocate(_ row: RuleRow) -> Int32? {
        state.withLock { state in
            guard let index = state.rules.allocate() else { return nil }
            unsafe state.rules.view.pointer(index).pointee = row
            return index
        }
    }

    /// A host leads to the rule: as long as one does, the block is found again. A weak reference would take as much as the block.
    func use(_ block: RuleBlock) {
        state.withLock { state in
            block.uses += 1
            let hash = Self.hash(block.rule)
            // Two may be made of one rule when the last host of the first goes meanwhile.
            if block.uses == 1, state.blocks.first(hash, where: { $0.rule === block.rule }) == nil {
                state.blocks.put(block, hash) { _ in false }
            }
        }
    }

    /// A host is gone.
    func drop(_ block: RuleBlock) {
        // Its end comes here again, so it must not be within the lock.
        let gone = state.withLock { state in
            block.uses -= 1
            return block.uses == 0 ? state.blocks.remove(Self.hash(block.rule)) { $0 === block } : nil
        }
        _ = consume gone
    }

    /// The row is no rule's any more.
    func free(_ index: Int32) {
        state.withLock { state in
            unsafe state.rules.view.pointer(index).pointee = RuleRow()
            state.rules.release(index)
        }
    }

    var ruleCount: Int { state.withLock { $0.rules.liveCount } }

    // MARK: Patterns

    /// The pattern for a text, compiled once for all that use it; nil when it does not compile.
    func pattern(_ text: String, mode: Pattern.Mode) -> Pattern? {
        let key = (mode == .whole ? "w" : "s") + text
        return state.withLock { state in
            if let known = state.patterns[key]?.object { return known }
            guard let made = try? Pattern.compile(text, mode: mode) else { return nil }
            state.patterns[key] = Weak(object: made)
            // Forgotten patterns are swept when they have become the greater part.
            if state.patterns.count > 64, state.patterns.count & (state.patterns.count - 1) == 0 {
                state.patterns = state.patterns.filter { $0.value.object != nil }
            }
            return made
        }
    }

    // MARK: Series

    /// Most series ever made: requests of further rules count as `other`.
    static let maximumSeries = 65536

    /// The index of a series that had a request, or -1.
    func knownSeries(_ name: SeriesName) -> Int32 { state.withLock { $0.series[name] } ?? -1 }

    /// The index of a series, which it has from now on. A worker calls it once for each series: ten thousand rules that nobody asks for
    /// have none.
    func series(_ name: SeriesName) -> Int32 {
        state.withLock { state in
            if let known = state.series[name] { return known }
            guard state.seriesNames.count < Self.maximumSeries else { return 0 }
            state.seriesNames.append(name)
            state.series[name] = Int32(state.seriesNames.count - 1)
            return Int32(state.seriesNames.count - 1)
        }
    }

    var seriesNames: [SeriesName] { state.withLock { $0.seriesNames } }
}

/// Names a metric series: a rule, or one arm of its split. A series' index never changes while the process lives.
public struct SeriesName: Hashable, Sendable {
    public let rule: String
    /// Empty for the rule as a whole (redirects, fixed answers, requests that fail before an arm is chosen).
    public let arm: String
    /// Its requests are those of rules as well, which lead to the Service that it is named after.
    public let isOfDetour: Bool

    public init(rule: String, arm: String, isOfDetour: Bool = false) {
        self.rule = rule
        self.arm = arm
        self.isOfDetour = isOfDetour
    }
}
