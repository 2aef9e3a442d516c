import Base
import Reactor
import Synchronization

/// Spreads clients' connections over the workers. The kernel deals them out by a hash, so that with few connections one worker may get most
/// of them; then it hands what it accepts to the one that has the fewest.
///
/// Every worker has a lane: how many connections it has, and a queue of those that others hand to it. Queues are bounded and nobody waits
/// for anybody: who finds one full keeps the connection.
@safe final class ConnectionSpread: @unchecked Sendable {
    // Unchecked: what lanes hold is atomic, or belongs to one thread at a time as `sequence` of a slot says.
    let count: Int
    private let lanes: UnsafeMutablePointer<Lane>

    @safe struct Lane: ~Copyable {
        /// Connections of clients, those on their way to this worker included.
        let connections = Atomic<Int32>(0)
        /// Of the delivery that the worker serves; 0 before the first and from the beginning of a drain: then nothing is handed to it.
        let serves = Atomic<UInt64>(0)
        private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
        /// Where the next one is put (all workers), and from where the next is taken (this worker).
        let end = Atomic<UInt64>(0)
        let start = Atomic<UInt64>(0)
        let slots: UnsafeMutablePointer<Slot>

        init() {
            unsafe slots = .allocate(capacity: ConnectionSpread.capacity)
            for i in 0..<ConnectionSpread.capacity { unsafe (slots + i).initialize(to: Slot(UInt64(i))) }
        }

        deinit { unsafe slots.deallocate() }
    }

    /// One place of a queue (Vyukov's bounded queue).
    struct Slot: ~Copyable {
        /// The position that may be written here, or one more when it was written.
        let sequence: Atomic<UInt64>
        var handed = Handed(accepted: Accepted(descriptor: -1, peer: Handed.nobody), place: Handed.nobody)

        init(_ position: UInt64) { sequence = Atomic(position) }
    }

    /// A connection, and the address of the listener that accepted it.
    struct Handed: BitwiseCopyable {
        static let nobody = SocketAddress(IPAddress(high: 0, low: 0), 0)
        var accepted: Accepted
        var place: SocketAddress
    }

    /// Connections on their way to one worker.
    fileprivate static let capacity = 64

    init(workers: Int) {
        count = workers
        unsafe lanes = .allocate(capacity: workers)
        for i in 0..<workers { unsafe (lanes + i).initialize(to: Lane()) }
    }

    deinit {
        unsafe lanes.deinitialize(count: count)
        unsafe lanes.deallocate()
    }

    /// How a worker sees it; valid while the spread lives.
    func view(of worker: Int) -> SpreadView { unsafe SpreadView(lanes: lanes, count: count, own: worker) }

    /// How many connections a worker has.
    func connections(of worker: Int) -> Int { unsafe Int(lanes[worker].connections.load(ordering: .relaxed)) }

    /// Whether something was handed to the worker that it has not taken.
    func awaits(_ worker: Int) -> Bool {
        unsafe lanes[worker].end.load(ordering: .relaxed) != lanes[worker].start.load(ordering: .relaxed)
    }
}

/// The spread as one worker uses it: plain data.
@safe struct SpreadView: @unchecked Sendable {
    // Unchecked: see `ConnectionSpread`.
    private let lanes: UnsafeMutablePointer<ConnectionSpread.Lane>
    private let count: Int
    private let own: Int

    @unsafe fileprivate init(lanes: UnsafeMutablePointer<ConnectionSpread.Lane>, count: Int, own: Int) {
        unsafe self.lanes = lanes
        self.count = count
        self.own = own
    }

    /// The worker takes what is handed to it from now on (a delivery's sequence), or nothing more (0).
    func serves(_ sequence: UInt64) { unsafe lanes[own].serves.store(sequence, ordering: .releasing) }

    /// The worker has one connection more.
    func add() { unsafe lanes[own].connections.wrappingAdd(1, ordering: .relaxed) }

    /// A connection ended.
    func remove() { unsafe lanes[own].connections.wrappingSubtract(1, ordering: .relaxed) }

    /// Most workers that are looked at for each connection.
    private static var reach: Int { 16 }

    /// Hands a connection to the worker with the fewest, if it has clearly fewer than this one: two, and one more for each 64 that this one
    /// has. It is counted there from now on.
    ///
    /// - Returns: who has it now, and is to be woken; -1: this worker.
    func hand(_ handed: ConnectionSpread.Handed) -> Int {
        let mine = unsafe lanes[own].connections.load(ordering: .relaxed)
        let sequence = unsafe lanes[own].serves.load(ordering: .relaxed)
        guard mine > 1, sequence != 0 else { return -1 }
        var (least, best) = (mine &- 1 &- mine / 64, -1)
        // Beginning behind this one, so that not all choose the first of those that are alike.
        var i = own
        for _ in 1..<min(count, Self.reach) {
            i = i &+ 1 < count ? i &+ 1 : 0
            let theirs = unsafe lanes[i].connections.load(ordering: .relaxed)
            // Who serves another delivery may not know the listener, or be on its way out.
            if theirs < least, unsafe lanes[i].serves.load(ordering: .acquiring) == sequence { (least, best) = (theirs, i) }
        }
        guard best >= 0, put(handed, best) else { return -1 }
        return best
    }

    private func put(_ handed: ConnectionSpread.Handed, _ worker: Int) -> Bool {
        var position = unsafe lanes[worker].end.load(ordering: .relaxed)
        while true {
            let slot = unsafe lanes[worker].slots + Int(position % UInt64(ConnectionSpread.capacity))
            let sequence = unsafe slot.pointee.sequence.load(ordering: .acquiring)
            if sequence == position {
                let exchange = unsafe lanes[worker].end.weakCompareExchange(
                    expected: position, desired: position &+ 1, ordering: .relaxed)
                guard exchange.exchanged else {
                    position = exchange.original
                    continue
                }
                unsafe lanes[worker].connections.wrappingAdd(1, ordering: .relaxed)
                unsafe slot.pointee.handed = handed
                unsafe slot.pointee.sequence.store(position &+ 1, ordering: .releasing)
                return true
            }
            // What was written a round before was not taken yet.
            if sequence < position { return false }
            position = unsafe lanes[worker].end.load(ordering: .relaxed)
        }
    }

    /// The next connection that was handed to this worker.
    func take() -> ConnectionSpread.Handed? {
        let position = unsafe lanes[own].start.load(ordering: .relaxed)
        let slot = unsafe lanes[own].slots + Int(position % UInt64(ConnectionSpread.capacity))
        guard unsafe slot.pointee.sequence.load(ordering: .acquiring) == position &+ 1 else { return nil }
        let handed = unsafe slot.pointee.handed
        unsafe slot.pointee.sequence.store(position &+ UInt64(ConnectionSpread.capacity), ordering: .releasing)
        unsafe lanes[own].start.store(position &+ 1, ordering: .relaxed)
        return handed
    }
}
