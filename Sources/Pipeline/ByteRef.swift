/// A run of bytes that an exchange refers to without owning or counting anything. Plain data, sixteen bytes.
///
/// It names either constant bytes of the plan (see `ConstantPool`), valid while the exchange pins its plan, or bytes in the
/// exchange's own text block, valid until the exchange is reset. Only `Edits.bytes(_:)` turns it into a `Span`.
public struct ByteRef: Sendable, BitwiseCopyable {
    /// Whose bytes these are.
    public enum Origin: UInt8, Sendable, BitwiseCopyable { case nothing, constant, own }

    /// The address of constant bytes, or the offset in the exchange's own text.
    @usableFromInline let position: UInt
    @usableFromInline let length: UInt32
    public let origin: Origin

    @inlinable init(position: UInt, length: UInt32, origin: Origin) {
        self.position = position
        self.length = length
        self.origin = origin
    }

    /// No bytes, and not a reference to an empty run either: `isPresent` is false.
    public static let nothing = ByteRef(position: 0, length: 0, origin: .nothing)

    @inlinable public var isPresent: Bool { origin != .nothing }
    @inlinable public var count: Int { Int(length) }
}

/// Bytes and rows that live as long as the filter or plan that holds the pool, at addresses that never change.
///
/// Filled while the plan is linked, by one thread; read by all workers afterwards.
@safe open class ConstantPool: @unchecked Sendable {
    // Unchecked: written only before the plan that owns it is published, and freed only after every worker gave that plan up.

    /// The newest chunk; its first word is the address of the one before.
    private var chunk: UnsafeMutableRawPointer?
    private var used: UInt32 = 0
    private var capacity: UInt32

    /// Of each chunk.
    private static let header = 16
    /// Each further chunk is larger.
    private static let largest = 65536

    /// - Parameter room: bytes that will be added, as far as that is known: the first chunk has them.
    public init(room: Int = 160) {
        unsafe chunk = nil
        capacity = UInt32(clamping: room)
    }

    deinit {
        while let last = unsafe chunk {
            unsafe chunk = unsafe last.load(as: UnsafeMutableRawPointer?.self)
            unsafe last.deallocate()
        }
    }

    /// Room for so many bytes.
    private func take(_ count: Int, alignment: Int) -> UnsafeMutableRawPointer {
        var start = (Int(used) + alignment - 1) & ~(alignment - 1)
        if unsafe chunk == nil || start + count > Int(capacity) {
            let usual = unsafe chunk == nil ? Self.header + Int(capacity) : min(Int(capacity) * 2, Self.largest)
            let size = max(Self.header + count, usual)
            let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            unsafe fresh.storeBytes(of: chunk, as: UnsafeMutableRawPointer?.self)
            unsafe chunk = fresh
            // Beyond four gigabytes the next piece gets a chunk of its own.
            capacity = UInt32(clamping: size)
            start = Self.header
        }
        used = UInt32(clamping: start + count)
        return unsafe chunk.unsafelyUnwrapped + start
    }

    /// Copies `bytes` in and returns the reference to them.
    public final func add(_ bytes: some Collection<UInt8>) -> ByteRef {
        let count = bytes.count
        let start = unsafe take(count, alignment: 1).bindMemory(to: UInt8.self, capacity: max(1, count))
        var next = 0
        for byte in bytes.prefix(count) {
            unsafe (start + next).initialize(to: byte)
            next += 1
        }
        return ByteRef(position: UInt(bitPattern: start), length: UInt32(truncatingIfNeeded: next), origin: .constant)
    }

    /// Copies rows in; their address is valid while the pool lives. Rows take at most 16 bytes' alignment.
    @unsafe public final func add<Row: BitwiseCopyable>(rows: [Row]) -> UnsafeMutablePointer<Row> {
        let start = unsafe take(MemoryLayout<Row>.stride * rows.count, alignment: MemoryLayout<Row>.alignment)
            .bindMemory(to: Row.self, capacity: max(1, rows.count))
        for i in rows.indices { unsafe (start + i).initialize(to: rows[i]) }
        return unsafe start
    }

    public final func add(_ text: String) -> ByteRef { add(text.utf8) }

    /// The bytes of a reference made by this pool or another one that is still alive.
    @_lifetime(borrow self)
    public final func bytes(_ ref: ByteRef) -> Span<UInt8> {
        guard ref.origin == .constant else { return Span() }
        return unsafe _overrideLifetime(ref.constantSpan, borrowing: self)
    }
}

extension ByteRef {
    /// The bytes of a constant; the caller bounds the lifetime.
    @inlinable @unsafe var constantSpan: Span<UInt8> {
        @_lifetime(immortal) get {
            guard let start = unsafe UnsafePointer<UInt8>(bitPattern: position) else { return Span() }
            return unsafe _overrideLifetime(Span(_unsafeStart: start, count: Int(length)), copying: ())
        }
    }
}
