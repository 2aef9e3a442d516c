import Base
import Graph
import Synchronization

/// What a publication brings to the workers. The proxy keeps it until no worker uses it any longer.
final class Delivery: Sendable {
    /// Grows with every delivery.
    let sequence: UInt64
    /// Of the graph; 0 before the first.
    let generation: UInt64
    let plan: Plan?
    /// Where to accept.
    let doors: [Door]

    /// One address where clients are accepted.
    struct Door: Sendable {
        let address: SocketAddress
        /// What is spoken there.
        let transport: Transport
        /// Of the plan's listener; -1 when the plan knows nothing of the address.
        var index: Int32 = -1
        /// The cell of what a sealed one presents, or -1.
        var terminator: Int32 = -1

        /// TLS comes first.
        var isSealed: Bool { transport == .https }
        var place: Place { Place(address: address, isDatagrams: transport == .udp) }
    }

    /// What one socket listens on: connections and datagrams have ports of their own.
    struct Place: Hashable, Sendable {
        var address: SocketAddress
        var isDatagrams = false
    }

    init(sequence: UInt64, generation: UInt64, plan: Plan?, doors: [Door]) {
        self.sequence = sequence
        self.generation = generation
        self.plan = plan
        self.doors = doors
    }
}

/// Between the proxy and one worker. Nobody waits here: the latest delivery wins, and the worker says how far it is.
@safe final class WorkerPost: Sendable {
    /// Address of the newest delivery that the worker has not taken, or 0.
    let mail = Atomic<UInt>(0)
    /// Sequence and generation that the worker serves.
    let sequence = Atomic<UInt64>(0)
    let generation = Atomic<UInt64>(0)
    /// The oldest delivery that the worker may still read.
    let oldest = Atomic<UInt64>(0)
    let drain = Atomic<DrainPhase>(.serving)
    /// End now, whatever runs.
    let isEnding = Atomic<Bool>(false)
    let hasEnded = Atomic<Bool>(false)
    /// What the end found under way, written before `hasEnded`.
    let cutRequests = Atomic<Int>(0)
    let cutTunnels = Atomic<Int>(0)
    /// Addresses that could not be opened, with the system's error number.
    private let failures = Mutex<[Delivery.Place: Int32]>([:])
    /// Called by the worker after any of this changed.
    private let changed: @Sendable () -> Void

    init(changed: @escaping @Sendable () -> Void) { self.changed = changed }

    func put(_ delivery: Delivery) {
        unsafe mail.store(UInt(bitPattern: Unmanaged.passUnretained(delivery).toOpaque()), ordering: .releasing)
    }

    /// The newest delivery, if there is one that was not taken; whoever put it keeps it.
    func take() -> Delivery? {
        guard mail.load(ordering: .relaxed) != 0 else { return nil }
        let bits = mail.exchange(0, ordering: .acquiring)
        guard let address = unsafe UnsafeRawPointer(bitPattern: bits) else { return nil }
        return unsafe Unmanaged<Delivery>.fromOpaque(address).takeUnretainedValue()
    }

    func tell() { changed() }

    func failed(_ place: Delivery.Place, _ error: Int32) { failures.withLock { $0[place] = error } }

    func succeeded(_ place: Delivery.Place) { failures.withLock { $0[place] = nil } }

    var failedListeners: [Delivery.Place: Int32] { failures.withLock { $0 } }
}

/// How far a worker is on its way out. It never goes back.
enum DrainPhase: UInt8, AtomicRepresentable {
    case serving
    /// Announced: everybody is still accepted and answered, and every answer asks for another connection next time.
    case leaving
    /// Nobody is accepted; what is under way finishes.
    case draining
}

/// A plan that the worker serves or that an exchange still needs.
struct PlanRow: SlabElement {
    var view: PlanView?
    var sequence: UInt64 = 0
    var pins: Int32 = 0

    init() {}
}
