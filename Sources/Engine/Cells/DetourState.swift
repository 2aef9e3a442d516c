import Balancing
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

    /// A canary.
    struct Row {
        /// Index in the cell registry.
        var cluster: Int32
        var counter: Int32
        /// Where its requests are counted for whoever judges the shares, or -1.
        var series: Int32
        /// Of the header that asks for it.
        var name = Text()
        var value = Text()
        var veto = Text()
    }

    /// Where everything goes, or -1.
    var switchover: Int32 = -1
    var switchCounter: Int32 = -1
    var isForced = false
    var count: Int32
    /// Where requests that stay are counted, or -1. So wide that what lies behind the header is aligned as shares have to be.
    var series: Int64 = -1

    /// Lays out a block; free it with `deallocate()` of its address.
    ///
    /// - Parameters:
    ///   - id: whose detour it is.
    ///   - place: index and counter of a cluster that it leads to.
    ///   - series: where requests are counted, by arm.
    static func make(
        _ detour: Detour, of id: ClusterID, _ place: (ClusterID) -> (cluster: Int32, counter: Int32), series: [String: Int32]
    ) -> UnsafeMutablePointer<DetourState> {
        var texts: [UInt8] = []
        func text(_ text: String?) -> Text {
            guard let text else { return Text() }
            defer { texts += text.utf8 }
            return Text(start: Int32(texts.count), count: Int32(text.utf8.count))
        }
        let rows = detour.canaries.map { canary in
            let (cluster, counter) = place(canary.cluster)
            return Row(
                cluster: cluster, counter: counter, series: series[canary.arm] ?? -1,
                name: text(canary.header?.name.lowercased()),
                value: text(canary.header?.value),
                veto: text(canary.header?.veto))
        }
        let shares = unsafe Self.shares(detour, of: id)
        let header = unsafe MemoryLayout<DetourState>.stride
        let (shareBytes, rowBytes) = (MemoryLayout<ArmShare>.stride * shares.count, MemoryLayout<Row>.stride * rows.count)
        let block = UnsafeMutableRawPointer.allocate(byteCount: header + shareBytes + rowBytes + texts.count, alignment: 16)
        let shareStart = unsafe (block + header).bindMemory(to: ArmShare.self, capacity: shares.count)
        for i in shares.indices { unsafe (shareStart + i).initialize(to: shares[i]) }
        let rowStart = unsafe (block + header + shareBytes).bindMemory(to: Row.self, capacity: max(1, rows.count))
        for i in rows.indices { unsafe (rowStart + i).initialize(to: rows[i]) }
        let textStart = unsafe (block + header + shareBytes + rowBytes).bindMemory(to: UInt8.self, capacity: max(1, texts.count))
        for i in texts.indices { unsafe (textStart + i).initialize(to: texts[i]) }
        let state = unsafe block.bindMemory(to: DetourState.self, capacity: 1)
        let own = detour.count.flatMap { series[$0.own] }.map(Int64.init) ?? -1
        unsafe state.initialize(to: DetourState(count: Int32(rows.count), series: own))
        if let switchover = detour.switchover {
            unsafe (state.pointee.switchover, state.pointee.switchCounter) = place(switchover.cluster)
            unsafe state.pointee.isForced = switchover.isForced
        }
        return unsafe state
    }

    /// Those of the canaries and, last, what is left to the cluster itself. Clusters are known by their ids where arms are by their names, so
    /// that the same ticket draws independently of the arm that it drew before.
    private static func shares(_ detour: Detour, of id: ClusterID) -> [ArmShare] {
        var left = Detour.whole
        var shares: [ArmShare] = []
        for canary in detour.canaries {
            let share = min(left, max(0, canary.share))
            left -= share
            shares.append(ArmShare(key: ArmChoice.key(canary.cluster.utf8), weight: UInt32(share)))
        }
        return shares + [ArmShare(key: ArmChoice.key(id.utf8), weight: UInt32(left))]
    }
}

/// Shares, rows and texts lie in the same block, behind the header.
extension UnsafePointer where Pointee == DetourState {
    /// One more than there are rows.
    var shares: UnsafePointer<ArmShare> { unsafe UnsafeRawPointer(self + 1).assumingMemoryBound(to: ArmShare.self) }
    var rows: UnsafePointer<DetourState.Row> {
        unsafe UnsafeRawPointer(shares + Int(pointee.count) + 1).assumingMemoryBound(to: DetourState.Row.self)
    }
    var texts: UnsafePointer<UInt8> { unsafe UnsafeRawPointer(rows + Int(pointee.count)).assumingMemoryBound(to: UInt8.self) }
}
