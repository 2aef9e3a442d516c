/// A run of bytes that never moves: receive and transmit buffers, blocks.
///
/// It is owned by one place and lent (`borrowing`), so that spans of it can be passed while its user is mutated. Writing is
/// `nonmutating` for that reason: one thread owns a buffer. Every access is checked against the capacity.
@safe public struct Buffer: ~Copyable {
    @usableFromInline let start: UnsafeMutablePointer<UInt8>
    public let capacity: Int

    public init(capacity: Int) {
        unsafe start = .allocate(capacity: capacity)
        unsafe start.initialize(repeating: 0, count: capacity)
        self.capacity = capacity
    }

    deinit { unsafe start.deallocate() }

    @inlinable public subscript(_ range: Range<Int>) -> Span<UInt8> {
        @_lifetime(borrow self) @inline(__always) get {
            precondition(range.lowerBound >= 0 && range.upperBound <= capacity, "a buffer is read within its capacity")
            let bytes = unsafe Span(_unsafeStart: UnsafePointer(start + range.lowerBound), count: range.count)
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }

    @inlinable public subscript(_ i: Int) -> UInt8 {
        @inline(__always) get {
            precondition(UInt(bitPattern: i) < UInt(bitPattern: capacity), "a buffer is read within its capacity")
            return unsafe start[i]
        }
        @inline(__always) nonmutating set {
            precondition(UInt(bitPattern: i) < UInt(bitPattern: capacity), "a buffer is written within its capacity")
            unsafe start[i] = newValue
        }
    }

    /// Copies `bytes` to `offset`, and returns the offset behind them.
    @inlinable @inline(__always) @discardableResult
    public func write(_ bytes: borrowing Span<UInt8>, at offset: Int) -> Int {
        let end = offset &+ bytes.count
        precondition(offset >= 0 && end <= capacity, "a buffer is written within its capacity")
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress else { return }
            unsafe Self.copy(from, to: start + offset, source.count)
        }
        return end
    }

    /// Runs of up to sixteen bytes are copied as two words that overlap: a call of `memmove` costs more than most of them.
    @inlinable @inline(__always)
    @unsafe static func copy(_ source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>, _ count: Int) {
        guard count >= 4, count <= 16 else {
            return unsafe UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count)
        }
        let from = unsafe UnsafeRawPointer(source)
        let to = UnsafeMutableRawPointer(target)
        // Both loads come before both stores, so that the runs may overlap.
        if count >= 8 {
            let first = unsafe from.loadUnaligned(as: UInt64.self)
            let last = unsafe from.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            unsafe to.storeBytes(of: first, as: UInt64.self)
            unsafe to.storeBytes(of: last, toByteOffset: count &- 8, as: UInt64.self)
        } else {
            let first = unsafe from.loadUnaligned(as: UInt32.self)
            let last = unsafe from.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            unsafe to.storeBytes(of: first, as: UInt32.self)
            unsafe to.storeBytes(of: last, toByteOffset: count &- 4, as: UInt32.self)
        }
    }

    @inlinable @inline(__always) @discardableResult
    public func write(_ text: StaticString, at offset: Int) -> Int {
        let end = offset &+ text.utf8CodeUnitCount
        precondition(offset >= 0 && end <= capacity, "a buffer is written within its capacity")
        unsafe UnsafeMutableRawPointer(start + offset).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        return end
    }

    /// Writes four bytes, the least significant one first.
    @inlinable @inline(__always)
    public func write(_ word: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset &+ 4 <= capacity, "a buffer is written within its capacity")
        unsafe UnsafeMutableRawPointer(start + offset).storeBytes(of: word.littleEndian, as: UInt32.self)
    }

    /// Writes eight bytes, the least significant one first.
    @inlinable @inline(__always)
    public func write(_ word: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset &+ 8 <= capacity, "a buffer is written within its capacity")
        unsafe UnsafeMutableRawPointer(start + offset).storeBytes(of: word.littleEndian, as: UInt64.self)
    }

    /// Writes a value as it lies in memory.
    @inlinable @inline(__always)
    public func write<T: BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset &+ MemoryLayout<T>.stride <= capacity, "a buffer is written within its capacity")
        unsafe UnsafeMutableRawPointer(start + offset).storeBytes(of: value, as: T.self)
    }

    /// Moves `count` bytes within the buffer; the ranges may overlap.
    @inlinable public func move(from source: Int, to target: Int, count: Int) {
        precondition(source >= 0 && target >= 0 && count >= 0 && source &+ count <= capacity && target &+ count <= capacity)
        unsafe (start + target).update(from: start + source, count: count)
    }

    /// Lends the bytes of `range` to a reader of the system (`recv`): the one place where a buffer is handed out raw.
    @inlinable @unsafe public func withMutableBytes<R>(
        _ range: Range<Int>, _ body: (UnsafeMutableRawBufferPointer) -> R
    ) -> R {
        precondition(range.lowerBound >= 0 && range.upperBound <= capacity, "a buffer is lent within its capacity")
        return unsafe body(UnsafeMutableRawBufferPointer(start: start + range.lowerBound, count: range.count))
    }
}
