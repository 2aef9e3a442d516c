public import Graph
import Base
import Synchronization

/// A linked routing graph: what workers serve. Immutable.
///
/// Workers read it through `view`, which counts no references; whoever publishes a plan keeps it until every worker gave it up.
@safe public final class Plan: @unchecked Sendable {
    // Unchecked: everything is constant after `link`.

    /// What `link` did and found.
    public struct Report: Equatable, Sendable {
        public var compiledHosts = 0
        public var reusedHosts = 0
        public var problems: [LinkProblem] = []
        public var refused: [CellRegistry.RefusedEndpoint] = []
        /// Switches that wait from now on.
        public var waiting: [WaitingSwitch] = []

        public init() {}
    }

    public let graph: RoutingGraph
    public let report: Report
    let view: PlanView
    let tables: [HostTable]
    let clusters: [ClusterEntry]
    /// One for each listener; nil where nothing is presented, because it speaks plain text.
    let terminators: [TerminatorEntry?]
    private let rows: UnsafeMutablePointer<ListenerRow>
    private let registry: CellRegistry

    private static let live = Atomic<Int>(0)
    /// Plans in memory: more than a few mean that a worker does not give old ones up.
    public static var liveCount: Int { live.load(ordering: .relaxed) }

    init(
        graph: RoutingGraph, report: Report, tables: [HostTable], clusters: [ClusterEntry], terminators: [TerminatorEntry?],
        registry: CellRegistry
    ) {
        self.graph = graph
        self.report = report
        self.tables = tables
        self.clusters = clusters
        self.terminators = terminators
        self.registry = registry
        unsafe rows = .allocate(capacity: max(1, tables.count))
        for (i, table) in tables.enumerated() {
            unsafe (rows + i).initialize(
                to: ListenerRow(hosts: table.row, port: graph.listeners[i].key.port, hasJoined: table.joined > 0))
        }
        view = unsafe PlanView(
            listeners: UnsafePointer(rows), count: Int32(tables.count), rules: registry.plans.rules, cells: registry.view)
        Self.live.add(1, ordering: .relaxed)
    }

    deinit {
        unsafe rows.deallocate()
        Self.live.subtract(1, ordering: .relaxed)
    }

    /// The index that requests of a listener carry in `x.listener`; nil when the plan has no such listener.
    public func listener(_ key: ListenerKey) -> Int32? {
        graph.listeners.firstIndex { $0.key == key }.map(Int32.init)
    }

    /// Names of the metric series that had a request, by series index.
    public var seriesNames: [SeriesName] { registry.plans.seriesNames }
}
