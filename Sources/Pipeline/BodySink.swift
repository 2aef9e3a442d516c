/// Where a body filter writes what goes on: bytes, trailers, the end. The engine drains it after each call.
@safe public struct BodySink: ~Copyable {
    /// Trailer fields by reference into the exchange's edits (see `Edits.copy`).
    public struct Trailer: Sendable, BitwiseCopyable {
        public let name: ByteRef
        public let value: ByteRef
    }

    private var storage: UnsafeMutableBufferPointer<UInt8>
    public private(set) var count = 0
    public private(set) var isEnded = false
    public private(set) var trailers: [Trailer] = []
    /// What the filter may write until the engine drains; 0 is backpressure: keep the input and return `.proceed`.
    public private(set) var room: Int
    private let limit: Int

    public init(limit: Int) {
        self.limit = limit
        room = limit
        unsafe storage = .init(start: nil, count: 0)
    }

    deinit { unsafe storage.deallocate() }

    /// Appends bytes, also beyond `room`: a filter that cannot stop in the middle (a compressor's flush) is not cut off.
    public mutating func write(_ bytes: borrowing Span<UInt8>) {
        let needed = count + bytes.count
        if unsafe needed > storage.count { grow(to: needed) }
        guard bytes.count > 0, let base = unsafe storage.baseAddress else { return }
        for i in bytes.indices { unsafe (base + count + i).initialize(to: bytes[i]) }
        count = needed
        room = max(0, limit - count)
    }

    public mutating func addTrailer(_ name: ByteRef, _ value: ByteRef) { trailers.append(Trailer(name: name, value: value)) }

    public mutating func end() { isEnded = true }

    /// What was written since the last `drain`.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self) get {
            guard let base = unsafe storage.baseAddress else { return Span() }
            return unsafe _overrideLifetime(Span(_unsafeStart: UnsafePointer(base), count: count), borrowing: self)
        }
    }

    /// The engine passed everything on; storage is kept.
    public mutating func drain() {
        count = 0
        room = limit
        isEnded = false
        if !trailers.isEmpty { trailers.removeAll(keepingCapacity: true) }
    }

    private mutating func grow(to needed: Int) {
        let grown = unsafe UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(4096, needed, storage.count * 2))
        if count > 0, let from = unsafe storage.baseAddress, let to = grown.baseAddress {
            unsafe to.initialize(from: from, count: count)
        }
        unsafe storage.deallocate()
        unsafe storage = grown
    }
}
