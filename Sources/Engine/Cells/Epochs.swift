import Synchronization

/// Tells when every worker has forgotten what it could have read: quiescent-state reclamation without locks.
///
/// A worker announces the current epoch at the top of its loop, where it holds no pointer into cells, and says `idle` before it
/// sleeps. Memory retired in epoch e is freed once every worker is idle or announced e or later.
@safe final class Epochs: @unchecked Sendable {
    // Unchecked: atomics in memory that never moves.
    static let maximumWorkers = 256
    private static let stride = 128
    private static let absent = UInt64.max

    private let current = Atomic<UInt64>(1)
    private let slots: UnsafeMutableRawPointer
    private let attached = Atomic<UInt64>(0)

    init() {
        unsafe slots = .allocate(byteCount: Self.maximumWorkers * Self.stride, alignment: Self.stride)
        for i in 0..<Self.maximumWorkers {
            unsafe (slots + i * Self.stride).bindMemory(to: Slot.self, capacity: 1).initialize(to: Slot())
        }
    }

    deinit { unsafe slots.deallocate() }

    struct Slot: ~Copyable { let seen = Atomic<UInt64>(Epochs.absent) }

    /// A worker's way to announce; plain data.
    @safe struct Reader: @unchecked Sendable {
        let slot: UnsafePointer<Slot>
        let current: Unmanaged<Epochs>

        /// At the top of the loop, after waking: everything read before is forgotten.
        @inline(__always) func enter() {
            let now = unsafe current._withUnsafeGuaranteedRef { $0.current.load(ordering: .acquiring) }
            // The store must be seen before any pointer is read, hence the full fence.
            unsafe slot.pointee.seen.store(now, ordering: .sequentiallyConsistent)
            atomicMemoryFence(ordering: .sequentiallyConsistent)
        }

        /// Before sleeping: the worker holds no pointer until it enters again.
        @inline(__always) func idle() { unsafe slot.pointee.seen.store(Epochs.absent, ordering: .releasing) }
    }

    /// A slot for one more worker, for the life of the process; nil when there are too many.
    func attach() -> Reader? {
        let i = Int(attached.wrappingAdd(1, ordering: .relaxed).oldValue)
        guard i < Self.maximumWorkers else { return nil }
        let slot = unsafe (slots + i * Self.stride).assumingMemoryBound(to: Slot.self)
        return unsafe Reader(slot: UnsafePointer(slot), current: .passUnretained(self))
    }

    /// Begins a new epoch; what was unpublished before may be freed once `oldest` reached it.
    func advance() -> UInt64 { current.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }

    /// The oldest epoch that a worker may still be in.
    var oldest: UInt64 {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        var oldest = current.load(ordering: .sequentiallyConsistent)
        let count = min(Int(attached.load(ordering: .relaxed)), Self.maximumWorkers)
        for i in 0..<count {
            let slot = unsafe (slots + i * Self.stride).assumingMemoryBound(to: Slot.self)
            oldest = unsafe min(oldest, slot.pointee.seen.load(ordering: .sequentiallyConsistent))
        }
        return oldest
    }
}
