import Reactor
import Synchronization

/// The memory of one worker's ring. The worker appends through `ring`; one other thread reads.
@safe final class AccessLogBuffer: @unchecked Sendable {
    // Unchecked: positions are atomics; each byte has one owner at a time, told by them.

    /// What the worker writes.
    struct Producer: ~Copyable {
        /// `consumed` as last read, so that its cache line is touched seldom. It is the worker's alone and comes before what the reader
        /// reads: the compiler, asked for the thread sanitizer, takes a change of `time` for one of the first member.
        var knownConsumed: UInt64 = 0
        /// Bytes ever appended.
        let produced = Atomic<UInt64>(0)
        let dropped = Atomic<UInt64>(0)
        var time = LogTime()
    }

    /// What the reader writes.
    struct Consumer: ~Copyable {
        let consumed = Atomic<UInt64>(0)
        let attention = Atomic<UInt32>(Attention.polls)
        /// Wall clock minus monotonic clock, in nanoseconds.
        let wallOffset = Atomic<UInt64>(0)
    }

    /// What the reader does, so that the worker wakes it only when that is needed.
    enum Attention {
        /// It comes by itself, soon; it wants to be called when the ring is half full.
        static let polls: UInt32 = 0
        /// It waits to be called.
        static let sleeps: UInt32 = 1
        /// It was called.
        static let called: UInt32 = 2
    }

    let capacity: Int
    /// Lines are written in one piece, also over the end: so much may lie behind it, before it is copied to the front.
    static let slack = 65536
    private let bytes: UnsafeMutablePointer<UInt8>
    private let producer: UnsafeMutablePointer<Producer>
    private let consumer: UnsafeMutablePointer<Consumer>
    private let bell: Bell
    /// nil for JSON.
    private let template: LogTemplateMemory?

    /// - Parameter capacity: a power of two, at least 64 KiB.
    init(capacity: Int, bell: Bell, template: LogTemplateMemory? = nil) {
        precondition(capacity >= Self.slack && capacity & (capacity - 1) == 0)
        self.capacity = capacity
        self.bell = bell
        self.template = template
        unsafe bytes = .allocate(capacity: capacity + Self.slack)
        let control = UnsafeMutableRawPointer.allocate(byteCount: 512, alignment: 128)
        unsafe producer = control.bindMemory(to: Producer.self, capacity: 1)
        unsafe consumer = (control + 256).bindMemory(to: Consumer.self, capacity: 1)
        unsafe producer.initialize(to: Producer())
        unsafe consumer.initialize(to: Consumer())
    }

    deinit {
        unsafe UnsafeMutableRawPointer(producer).deallocate()
        unsafe bytes.deallocate()
    }

    /// The worker's handle; valid as long as the buffer is.
    var ring: AccessLogRing {
        unsafe AccessLogRing(
            bytes: bytes, mask: capacity - 1, producer: producer, consumer: consumer, bell: .passUnretained(bell),
            template: template?.template)
    }

    // MARK: The reader

    /// Lines that found no room.
    var dropped: UInt64 { unsafe producer.pointee.dropped.load(ordering: .relaxed) }

    func setAttention(_ value: UInt32) { unsafe consumer.pointee.attention.store(value, ordering: .sequentiallyConsistent) }

    func setWallOffset(_ nanoseconds: UInt64) { unsafe consumer.pointee.wallOffset.store(nanoseconds, ordering: .relaxed) }

    var isEmpty: Bool {
        unsafe producer.pointee.produced.load(ordering: .acquiring) == consumer.pointee.consumed.load(ordering: .relaxed)
    }

    /// Hands over all that was appended, in at most two pieces; a piece may begin and end within a line.
    func drain(_ body: (UnsafeRawBufferPointer) -> Void) {
        var from = unsafe consumer.pointee.consumed.load(ordering: .relaxed)
        let end = unsafe producer.pointee.produced.load(ordering: .acquiring)
        while from < end {
            let start = Int(from) & (capacity - 1)
            let count = min(Int(end - from), capacity - start)
            unsafe body(UnsafeRawBufferPointer(start: bytes + start, count: count))
            from += UInt64(count)
            unsafe consumer.pointee.consumed.store(from, ordering: .releasing)
        }
    }
}
