import Graph

/// Keeps a cell alive. Plans hold these; the last one of a cell to go frees it.
final class CellEntry<Purpose: CellPurpose>: Sendable {
    let index: Int32
    let id: Purpose.ID
    private let registry: CellRegistry

    init(index: Int32, id: Purpose.ID, registry: CellRegistry) {
        self.index = index
        self.id = id
        self.registry = registry
    }

    deinit { registry.dropped(self) }
}

/// What a cell is for: by which name its slot is found, and how one use of it ends.
protocol CellPurpose {
    associatedtype ID: Sendable
    static func drop(_ id: ID, _ index: Int32, from writer: inout Writer, _ epochs: Epochs)
}

/// Endpoints and settings of a cluster.
typealias ClusterEntry = CellEntry<ForCluster>
/// Weights of a rule's arms.
typealias SplitEntry = CellEntry<ForSplit>
/// What a listener presents.
typealias TerminatorEntry = CellEntry<ForTerminator>

enum ForCluster: CellPurpose {
    static func drop(_ id: ClusterID, _ index: Int32, from writer: inout Writer, _ epochs: Epochs) {
        writer.dropCluster(id, index, epochs)
    }
}

enum ForSplit: CellPurpose {
    static func drop(_ id: String, _ index: Int32, from writer: inout Writer, _ epochs: Epochs) {
        writer.dropSplit(id, index, epochs)
    }
}

enum ForTerminator: CellPurpose {
    static func drop(_ id: ListenerKey, _ index: Int32, from writer: inout Writer, _ epochs: Epochs) {
        writer.dropTerminator(id, index, epochs)
    }
}
