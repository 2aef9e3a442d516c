import Base
import Graph
import HTTP
import Synchronization

// Where requests for a cluster go: to itself, or by its detour to another one.
extension CellView {
    /// Whether there is anything to ask `reached`.
    @inline(__always) func hasDetour(_ cluster: Int32) -> Bool { clusters[cluster].detour.load(ordering: .relaxed) != 0 }

    /// The cluster that a request for this one goes to; counts those that go elsewhere.
    ///
    /// - Parameters:
    ///   - head: as the client sent it; without fields for a session.
    ///   - ticket: any 64 bits; equal tickets choose equally.
    ///   - now: nanoseconds of the monotonic clock.
    func reached(from cluster: Int32, _ head: borrowing RequestHead, ticket: UInt64, now: UInt64) -> Int32 {
        let bits = clusters[cluster].detour.load(ordering: .acquiring)
        guard let state = unsafe UnsafePointer<DetourState>(bitPattern: bits) else { return cluster }
        let switchover = unsafe state.pointee.switchover
        // Where nobody is ready on either side, requests go where they were meant to.
        if switchover >= 0, unsafe state.pointee.isForced || isUsable(switchover) || !isUsable(cluster) {
            unsafe count(state.pointee.switchCounter)
            return switchover
        }
        let row = unsafe chosen(state, head, ticket: ticket, now: now)
        guard row >= 0 else { return cluster }
        unsafe count(state.rows[row].counter)
        return unsafe state.rows[row].cluster
    }

    private func count(_ counter: Int32) { detours[counter].requests.wrappingAdd(1, ordering: .relaxed) }

    // MARK: Canaries

    /// The canary that a request asks for or draws, or -1.
    private func chosen(
        _ state: UnsafePointer<DetourState>, _ head: borrowing RequestHead, ticket: UInt64, now: UInt64
    ) -> Int {
        let count = unsafe Int(state.pointee.count)
        for i in 0..<count where unsafe holds(state, state.rows[i].name, state.rows[i].value, head) {
            return unsafe isUsable(state.rows[i].cluster) ? i : -1
        }
        let drawn = unsafe (ticket ^ state.pointee.salt).spread >> 32
        let point = UInt32(truncatingIfNeeded: (drawn &* UInt64(Detour.whole)) >> 32)
        for i in 0..<count where unsafe point < state.rows[i].bound {
            let isVetoed = unsafe holds(state, state.rows[i].name, state.rows[i].veto, head)
            return unsafe !isVetoed && isSteady(state.rows[i].cluster, now: now) ? i : -1
        }
        return -1
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

    // MARK: Whether a cluster can be sent requests

    /// Whether an endpoint is ready and not known to be unwell.
    func isUsable(_ cluster: Int32) -> Bool {
        let bits = clusters[cluster].state.load(ordering: .acquiring)
        guard let state = unsafe UnsafePointer<ClusterState>(bitPattern: bits) else { return false }
        for i in 0..<(unsafe Int(state.pointee.readyCount)) {
            if unsafe !flags(state.rows[i].endpoint).contains(.unhealthy) { return true }
        }
        return false
    }

    /// Whether a cluster that gets a share may have it: it is usable, and has been so for half a minute if it once ceased to be. So one whose
    /// endpoints come and go gets nothing in between. The time begins with the first request that considers it.
    func isSteady(_ cluster: Int32, now: UInt64) -> Bool {
        let word = clusters[cluster].steadiness.load(ordering: .relaxed)
        guard isUsable(cluster) else {
            // One that never had an endpoint has not ceased to be usable.
            if word != 0 || hasReady(cluster) { clusters[cluster].steadiness.store(Steadiness.gap, ordering: .relaxed) }
            return false
        }
        if word == 0 { return true }
        if word == Steadiness.gap {
            // The writer may find the next gap at this moment: that counts for more.
            _ = clusters[cluster].steadiness.compareExchange(
                expected: Steadiness.gap, desired: Steadiness.stamp(now), ordering: .relaxed)
            return false
        }
        guard now >= word, now &- word >= Steadiness.window else { return false }
        _ = clusters[cluster].steadiness.compareExchange(expected: word, desired: 0, ordering: .relaxed)
        return true
    }

    private func hasReady(_ cluster: Int32) -> Bool {
        let bits = clusters[cluster].state.load(ordering: .acquiring)
        return unsafe UnsafePointer<ClusterState>(bitPattern: bits).map { unsafe $0.pointee.readyCount > 0 } ?? false
    }
}

/// Since when a cluster is usable without a gap: 0 since ever, `gap` while it is not or nobody has looked since, or nanoseconds of the
/// monotonic clock.
enum Steadiness {
    static let gap: UInt64 = 1
    /// Half a minute: what takes longer than a pod that crashes at its start to be ready again (the kubelet's first waits are 10 and 20 s).
    static let window: UInt64 = 30_000_000_000

    static func stamp(_ now: UInt64) -> UInt64 { max(now, gap + 1) }
}
