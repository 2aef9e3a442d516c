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

/// Bytes that live as long as the filter or plan that holds the pool, at addresses that never change.
///
/// Filled while the plan is linked, by one thread; read by all workers afterwards.
@safe public final class ConstantPool: @unchecked Sendable {
    // Unchecked: written only before the plan that owns it is published, and freed only after every worker gave that plan up.
    private var chunks: [UnsafeMutableBufferPointer<UInt8>]
    private var used = 0

    public init() { unsafe chunks = [] }

    deinit { unsafe chunks.forEach { unsafe $0.deallocate() } }

    /// Copies `bytes` in and returns the reference to them.
    public func add(_ bytes: some Collection<UInt8>) -> ByteRef {
        let count = bytes.count
        if unsafe chunks.last.map({ $0.count - used < count }) ?? true {
            unsafe chunks.append(.allocate(capacity: max(count, 512, min(chunks.count * 4096, 65536))))
            used = 0
        }
        guard let chunk = unsafe chunks.last, let base = chunk.baseAddress else { return .nothing }
        let start = unsafe base + used
        var next = 0
        for byte in bytes.prefix(count) {
            unsafe (start + next).initialize(to: byte)
            next += 1
        }
        used += next
        return ByteRef(position: UInt(bitPattern: start), length: UInt32(truncatingIfNeeded: next), origin: .constant)
    }

    public func add(_ text: String) -> ByteRef { add(text.utf8) }

    /// The bytes of a reference made by this pool or another one that is still alive.
    @_lifetime(borrow self)
    public func bytes(_ ref: ByteRef) -> Span<UInt8> {
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
