import Balancing
import Graph
import HTTP
import Synchronization

// Where requests for a cluster go: to itself, or by its detour to another one.
extension CellView {
    /// Whether there is anything to ask `reached`.
    @inline(__always) func hasDetour(_ cluster: Int32) -> Bool { clusters[cluster].detour.load(ordering: .relaxed) != 0 }

    /// Where a request goes, and the series that it is counted in beside its rule's, or -1.
    struct Reached {
        var cluster: Int32
        var series: Int32 = -1
    }

    /// The cluster that a request for this one goes to; counts those that go elsewhere.
    ///
    /// - Parameters:
    ///   - head: as the client sent it; without fields for a session.
    ///   - ticket: any 64 bits; equal tickets choose equally.
    ///   - now: nanoseconds of the monotonic clock.
    func reached(from cluster: Int32, _ head: borrowing RequestHead, ticket: UInt64, now: UInt64) -> Reached {
        let bits = clusters[cluster].detour.load(ordering: .acquiring)
        guard let state = unsafe UnsafePointer<DetourState>(bitPattern: bits) else { return Reached(cluster: cluster) }
        let switchover = unsafe state.pointee.switchover
        // Where nobody is ready on either side, requests go where they were meant to.
        if switchover >= 0, unsafe state.pointee.isForced || isReady(switchover) || !isReady(cluster) {
            unsafe count(state.pointee.switchCounter)
            return Reached(cluster: switchover)
        }
        let row = unsafe chosen(state, head, ticket: ticket, now: now)
        guard row >= 0 else { return unsafe Reached(cluster: cluster, series: Int32(truncatingIfNeeded: state.pointee.series)) }
        unsafe count(state.rows[row].counter)
        return unsafe Reached(cluster: state.rows[row].cluster, series: state.rows[row].series)
    }

    /// Whether the cluster has a ready endpoint.
    private func isReady(_ cluster: Int32) -> Bool { clusters[cluster].returnsAt.load(ordering: .relaxed) != ArmPresence.never }

    private func count(_ counter: Int32) { detours[counter].requests.wrappingAdd(1, ordering: .relaxed) }

    // MARK: Canaries

    /// The canary that a request asks for or draws, or -1.
    private func chosen(
        _ state: UnsafePointer<DetourState>, _ head: borrowing RequestHead, ticket: UInt64, now: UInt64
    ) -> Int {
        let count = unsafe Int(state.pointee.count)
        for i in 0..<count where unsafe holds(state, state.rows[i].name, state.rows[i].value, head) {
            return unsafe isReady(state.rows[i].cluster) ? i : -1
        }
        // As if all took part: what a canary cannot take now is the primary's and no other canary's.
        let drawn = unsafe ArmChoice.index(Span(_unsafeStart: state.shares, count: count + 1), ticket: ticket, now: .max)
        guard drawn >= 0, drawn < count else { return -1 }
        let cluster = unsafe state.rows[drawn].cluster
        guard clusters[cluster].returnsAt.load(ordering: .relaxed) <= now else { return -1 }
        return unsafe holds(state, state.rows[drawn].name, state.rows[drawn].veto, head) ? -1 : drawn
    }

    /// Whether one of the request's fields of that name has that value.
    private func holds(
        _ state: UnsafePointer<DetourState>, _ name: DetourState.Text, _ value: DetourState.Text,
        _ head: borrowing RequestHead
    ) -> Bool {
        guard value.isPresent else { return false }
        let name = unsafe Span(_unsafeStart: state.texts + Int(name.start), count: Int(name.count))
        let value = unsafe Span(_unsafeStart: state.texts + Int(value.start), count: Int(value.count))
        for i in head.fields.indices where RequestKey.isAlike(head.name(i), name) {
            let written = head.value(i)
            guard written.count == value.count else { continue }
            var k = 0
            while k < value.count && written[k] == value[k] { k &+= 1 }
            if k == value.count { return true }
        }
        return false
    }
}
