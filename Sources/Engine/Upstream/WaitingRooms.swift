import Base

/// One worker's exchanges that wait for a connection to a cluster whose connections are bounded, by the cluster's index; the first one
/// that came goes first. And how many connections the worker has to each cluster, and when it leaves the next one to others.
///
/// Lists run through the rows of the exchanges; this holds only where each begins and ends.
@safe struct WaitingRooms: ~Copyable {
    private struct Room: BitwiseCopyable {
        var first: Int32 = -1
        var last: Int32 = -1
        var count: Int32 = 0
        /// Connections of this worker.
        var held: Int32 = 0
        /// The next room that is due, this one when it is the last; -1 when it is not due.
        var nextDue: Int32 = -1
        /// Milliseconds: takes no connection before, gives none up before.
        var takesFrom: UInt64 = 0
        var yieldsFrom: UInt64 = 0
    }

    private var rooms: UnsafeMutableBufferPointer<Room>
    private var firstDue: Int32 = -1
    /// Exchanges that wait in all of them.
    private(set) var waiting = 0

    init() { unsafe rooms = .init(start: nil, count: 0) }

    deinit { unsafe rooms.deallocate() }

    private func has(_ cluster: Int32) -> Bool { unsafe Int(UInt32(bitPattern: cluster)) < rooms.count }

    // MARK: Connections

    func held(_ cluster: Int32) -> Int32 { has(cluster) ? unsafe rooms[Int(cluster)].held : 0 }

    /// As connections are made, it may allocate until there are as many clusters as ever.
    mutating func connected(_ cluster: Int32) {
        if !has(cluster) { grow(to: Int(cluster) + 1) }
        unsafe rooms[Int(cluster)].held &+= 1
    }

    mutating func closed(_ cluster: Int32) { unsafe rooms[Int(cluster)].held &-= 1 }

    /// Milliseconds in which a worker that gave a connection up leaves it to others, and after which it gives up the next one.
    private static let courtesy: UInt64 = 10
    private static let patience: UInt64 = 20

    func mayYield(_ cluster: Int32, at tick: UInt64) -> Bool {
        guard has(cluster) else { return false }
        return unsafe rooms[Int(cluster)].yieldsFrom <= tick
    }

    func mayTake(_ cluster: Int32, at tick: UInt64) -> Bool {
        guard has(cluster) else { return true }
        return unsafe rooms[Int(cluster)].takesFrom <= tick
    }

    mutating func leaveNext(_ cluster: Int32, at tick: UInt64) {
        unsafe rooms[Int(cluster)].takesFrom = tick &+ Self.courtesy
        unsafe rooms[Int(cluster)].yieldsFrom = tick &+ Self.patience
    }

    // MARK: Who waits

    func count(_ cluster: Int32) -> Int32 { has(cluster) ? unsafe rooms[Int(cluster)].count : 0 }
    func first(_ cluster: Int32) -> Int32 { has(cluster) ? unsafe rooms[Int(cluster)].first : -1 }

    mutating func enter(_ e: Int32, _ cluster: Int32, atFront: Bool, _ exchanges: borrowing Slab<ExchangeRow>) {
        if !has(cluster) { grow(to: Int(cluster) + 1) }
        let c = Int(cluster)
        let (first, last) = unsafe (rooms[c].first, rooms[c].last)
        exchanges[e].roomPrevious = atFront ? -1 : last
        exchanges[e].roomNext = atFront ? first : -1
        if atFront {
            if first >= 0 { exchanges[first].roomPrevious = e } else { unsafe rooms[c].last = e }
            unsafe rooms[c].first = e
        } else {
            if last >= 0 { exchanges[last].roomNext = e } else { unsafe rooms[c].first = e }
            unsafe rooms[c].last = e
        }
        unsafe rooms[c].count &+= 1
        waiting &+= 1
    }

    mutating func leave(_ e: Int32, _ cluster: Int32, _ exchanges: borrowing Slab<ExchangeRow>) {
        let c = Int(cluster)
        let (previous, next) = (exchanges[e].roomPrevious, exchanges[e].roomNext)
        if previous >= 0 { exchanges[previous].roomNext = next } else { unsafe rooms[c].first = next }
        if next >= 0 { exchanges[next].roomPrevious = previous } else { unsafe rooms[c].last = previous }
        exchanges[e].roomPrevious = -1
        exchanges[e].roomNext = -1
        unsafe rooms[c].count &-= 1
        waiting &-= 1
    }

    // MARK: Who may look again

    var isDue: Bool { firstDue >= 0 }

    /// Something may have become free: whoever waits looks again.
    mutating func call(_ cluster: Int32) {
        guard has(cluster), unsafe rooms[Int(cluster)].count > 0 && rooms[Int(cluster)].nextDue < 0 else { return }
        unsafe rooms[Int(cluster)].nextDue = firstDue >= 0 ? firstDue : cluster
        firstDue = cluster
    }

    /// A cluster whose room is due, which it is no longer; -1 when none is.
    mutating func takeDue() -> Int32 {
        let cluster = firstDue
        guard cluster >= 0 else { return -1 }
        let next = unsafe rooms[Int(cluster)].nextDue
        unsafe rooms[Int(cluster)].nextDue = -1
        firstDue = next == cluster ? -1 : next
        return cluster
    }

    private mutating func grow(to needed: Int) {
        let grown = unsafe UnsafeMutableBufferPointer<Room>.allocate(capacity: max(64, needed, rooms.count * 2))
        unsafe grown.initialize(repeating: Room())
        for i in unsafe rooms.indices { unsafe grown[i] = rooms[i] }
        unsafe rooms.deallocate()
        unsafe rooms = grown
    }
}
