import Base
import Graph
import Synchronization

/// Requests that went from one cluster to another. Workers share it.
struct DetourCounter: ~Copyable {
    let requests = Atomic<UInt64>(0)
}

/// A cluster's detour in one immutable block, replaced as a whole.
@unsafe struct DetourState {
    /// A text within the block, from the end of the rows.
    struct Text {
        var start: Int32 = 0
        /// Negative: there is none.
        var count: Int32 = -1

        var isPresent: Bool { count >= 0 }
    }

    struct Row {
        /// Index in the cell registry.
        var cluster: Int32
        var counter: Int32
        /// Running total of the shares, of `Detour.whole`.
        var bound: UInt32
        /// Of the header that asks for it.
        var name = Text()
        var value = Text()
        var veto = Text()
    }

    /// Where everything goes, or -1.
    var switchover: Int32 = -1
    var switchCounter: Int32 = -1
    var isForced = false
    /// Makes this choice independent of the choice of an arm, which goes by the same ticket.
    var salt: UInt64
    var count: Int32

    /// Lays out a block; free it with `deallocate()` of its address.
    ///
    /// - Parameter place: index and counter of a cluster that the detour leads to.
    static func make(
        _ detour: Detour, of id: ClusterID, _ place: (ClusterID) -> (cluster: Int32, counter: Int32)
    ) -> UnsafeMutablePointer<DetourState> {
        var texts: [UInt8] = []
        func text(_ text: String?) -> Text {
            guard let text else { return Text() }
            defer { texts += text.utf8 }
            return Text(start: Int32(texts.count), count: Int32(text.utf8.count))
        }
        let bounds = runningTotals(detour.canaries.map(\.share))
        let rows = zip(detour.canaries, bounds).map { canary, bound in
            let (cluster, counter) = place(canary.cluster)
            return Row(
                cluster: cluster, counter: counter, bound: min(bound, UInt32(Detour.whole)),
                name: text(canary.header?.name.lowercased()), value: text(canary.header?.value), veto: text(canary.header?.veto))
        }
        let header = unsafe MemoryLayout<DetourState>.stride
        let rowBytes = MemoryLayout<Row>.stride * rows.count
        let block = UnsafeMutableRawPointer.allocate(byteCount: header + rowBytes + texts.count, alignment: 16)
        let rowStart = unsafe (block + header).bindMemory(to: Row.self, capacity: max(1, rows.count))
        for i in rows.indices { unsafe (rowStart + i).initialize(to: rows[i]) }
        let textStart = unsafe (block + header + rowBytes).bindMemory(to: UInt8.self, capacity: max(1, texts.count))
        for i in texts.indices { unsafe (textStart + i).initialize(to: texts[i]) }
        let state = unsafe block.bindMemory(to: DetourState.self, capacity: 1)
        unsafe state.initialize(to: DetourState(salt: ByteHash.of(id.utf8), count: Int32(rows.count)))
        if let switchover = detour.switchover {
            unsafe (state.pointee.switchover, state.pointee.switchCounter) = place(switchover.cluster)
            unsafe state.pointee.isForced = switchover.isForced
        }
        return unsafe state
    }
}

/// Rows and texts lie in the same block, behind the header.
extension UnsafePointer where Pointee == DetourState {
    var rows: UnsafePointer<DetourState.Row> {
        unsafe UnsafeRawPointer(self + 1).assumingMemoryBound(to: DetourState.Row.self)
    }
    var texts: UnsafePointer<UInt8> { unsafe UnsafeRawPointer(rows + Int(pointee.count)).assumingMemoryBound(to: UInt8.self) }
}
