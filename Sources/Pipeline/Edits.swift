public import HTTP

/// One change of a header, as plain data.
public struct Edit: Sendable, BitwiseCopyable {
    public enum Operation: UInt8, Sendable, BitwiseCopyable { case set, add, remove }
    public enum Side: UInt8, Sendable, BitwiseCopyable { case request, response }

    public let side: Side
    public let operation: Operation
    /// A later set or remove of the same name undid what this one adds.
    public internal(set) var isSuperseded = false
    public let name: ByteRef
    public let value: ByteRef
}

/// What filters want changed: an append-only list, applied in order when a head is serialised. Heads themselves never change.
///
/// The storage belongs to the exchange's slot and is kept from request to request, so that a request allocates nothing.
@safe public struct Edits: ~Copyable {
    /// Bounds of one exchange's edits; a filter that exceeds them gets `nil` or `false` and answers 500.
    public static let maximumOperations = 256
    public static let maximumTextBytes = 65536

    /// The path to send upstream instead of the canonical one.
    public var path = ByteRef.nothing
    /// The query to send instead, without `?`. Present and empty drops it.
    public var query = ByteRef.nothing
    /// The host to send upstream instead.
    public var host = ByteRef.nothing

    @usableFromInline var operations: UnsafeMutableBufferPointer<Edit>
    @usableFromInline var text: UnsafeMutableBufferPointer<UInt8>
    public private(set) var count = 0
    @usableFromInline var textCount = 0
    /// Bit i is set when an operation that drops original fields has a name whose `bucket` is i.
    @usableFromInline var requestBuckets: UInt64 = 0
    @usableFromInline var responseBuckets: UInt64 = 0

    public init() {
        unsafe operations = .init(start: nil, count: 0)
        unsafe text = .init(start: nil, count: 0)
    }

    deinit {
        unsafe operations.deallocate()
        unsafe text.deallocate()
    }

    /// Forgets everything. Storage is kept, unless one greedy request made it unusually large.
    public mutating func reset() {
        count = 0
        textCount = 0
        requestBuckets = 0
        responseBuckets = 0
        path = .nothing
        query = .nothing
        host = .nothing
        if unsafe text.count > 4096 {
            unsafe text.deallocate()
            unsafe text = .init(start: nil, count: 0)
        }
    }

    /// Becomes what `other` is.
    public mutating func copy(_ other: borrowing Edits) {
        reset()
        if let from = unsafe UnsafePointer(other.text.baseAddress), other.textCount > 0, reserve(other.textCount) {
            unsafe text.baseAddress.unsafelyUnwrapped.update(from: from, count: other.textCount)
            textCount = other.textCount
        }
        if let from = unsafe UnsafePointer(other.operations.baseAddress), other.count > 0 {
            while unsafe operations.count < other.count { growOperations() }
            unsafe operations.baseAddress.unsafelyUnwrapped.update(from: from, count: other.count)
            count = other.count
        }
        requestBuckets = other.requestBuckets
        responseBuckets = other.responseBuckets
        path = other.path
        query = other.query
        host = other.host
    }

    // MARK: Appending

    /// Appends one operation; false when the bound is reached. Names are lower case, values valid field values.
    @discardableResult
    public mutating func append(_ operation: Edit.Operation, _ side: Edit.Side, _ name: ByteRef, _ value: ByteRef) -> Bool {
        guard count < Self.maximumOperations else { return false }
        if unsafe count == operations.count { growOperations() }
        let bit = 1 &<< UInt64(truncatingIfNeeded: Self.bucket(bytes(name)))
        if operation != .add {
            if (side == .request ? requestBuckets : responseBuckets) & bit != 0 || count > 0 { supersede(side, name) }
            if side == .request { requestBuckets |= bit } else { responseBuckets |= bit }
        }
        let edit = Edit(side: side, operation: operation, name: name, value: value)
        unsafe (operations.baseAddress.unsafelyUnwrapped + count).initialize(to: edit)
        count += 1
        return true
    }

    private mutating func supersede(_ side: Edit.Side, _ name: ByteRef) {
        for i in 0..<count where self[i].side == side {
            if Self.equal(bytes(self[i].name), bytes(name)) { unsafe operations[i].isSuperseded = true }
        }
    }

    /// Copies bytes into the exchange's own text; nil when the bound is reached.
    public mutating func copy(_ bytes: borrowing Span<UInt8>) -> ByteRef? {
        let start = textCount
        return append(text: bytes) ? text(from: start) : nil
    }

    /// Where the next `append(text:)` will write: remember it, append pieces, then take `text(from:)`.
    @inlinable public var textPosition: Int { textCount }

    @inlinable public func text(from start: Int) -> ByteRef {
        ByteRef(position: UInt(start), length: UInt32(truncatingIfNeeded: textCount &- start), origin: .own)
    }

    /// Appends a piece; false, with nothing written, when the bound is reached.
    public mutating func append(text bytes: borrowing Span<UInt8>) -> Bool {
        guard reserve(bytes.count) else { return false }
        let start = unsafe text.baseAddress.unsafelyUnwrapped + textCount
        for i in bytes.indices { unsafe (start + i).initialize(to: bytes[i]) }
        textCount &+= bytes.count
        return true
    }

    public mutating func append(text constant: StaticString) -> Bool {
        let source = unsafe UnsafeBufferPointer(start: constant.utf8Start, count: constant.utf8CodeUnitCount)
        return unsafe append(text: source.span)
    }

    /// Appends what a reference names; the text may move meanwhile, so it is read by position.
    public mutating func append(text ref: ByteRef) -> Bool {
        guard ref.origin == .own else { return append(text: unsafe ref.constantSpan) }
        guard reserve(ref.count), Int(ref.position) + ref.count <= textCount else { return false }
        let start = unsafe text.baseAddress.unsafelyUnwrapped
        unsafe (start + textCount).initialize(from: start + Int(ref.position), count: ref.count)
        textCount &+= ref.count
        return true
    }

    public mutating func append(text byte: UInt8) -> Bool {
        guard reserve(1) else { return false }
        unsafe (text.baseAddress.unsafelyUnwrapped + textCount).initialize(to: byte)
        textCount &+= 1
        return true
    }

    private mutating func reserve(_ extra: Int) -> Bool {
        let needed = textCount + extra
        guard needed <= Self.maximumTextBytes else { return false }
        if unsafe needed <= text.count && text.baseAddress != nil { return true }
        let grown = unsafe UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(256, needed, text.count * 2))
        if textCount > 0, let from = unsafe text.baseAddress, let to = grown.baseAddress {
            unsafe to.initialize(from: from, count: textCount)
        }
        unsafe text.deallocate()
        unsafe text = grown
        return true
    }

    private mutating func growOperations() {
        let grown = unsafe UnsafeMutableBufferPointer<Edit>.allocate(capacity: max(16, operations.count * 2))
        if count > 0, let from = unsafe operations.baseAddress, let to = grown.baseAddress {
            unsafe to.initialize(from: from, count: count)
        }
        unsafe operations.deallocate()
        unsafe operations = grown
    }
}

// MARK: - Applying (what a serialiser asks)

extension Edits {
    @inlinable public subscript(i: Int) -> Edit {
        precondition(i >= 0 && i < count, "an edit is addressed by an index below count")
        return unsafe operations[i]
    }

    /// No operation drops an original field: `drops` need not be asked.
    @inlinable @inline(__always) public func dropsNothing(_ side: Edit.Side) -> Bool {
        (side == .request ? requestBuckets : responseBuckets) == 0
    }

    /// Whether an operation sets or removes the field `name` (any case): the original line is then not passed on.
    @inlinable public func drops(_ name: borrowing Span<UInt8>, _ side: Edit.Side) -> Bool {
        let buckets = side == .request ? requestBuckets : responseBuckets
        if buckets == 0 || buckets & (1 &<< UInt64(truncatingIfNeeded: Self.bucket(name))) == 0 { return false }
        return isDropped(name, side)
    }

    @usableFromInline func isDropped(_ name: borrowing Span<UInt8>, _ side: Edit.Side) -> Bool {
        for i in 0..<count where self[i].side == side && self[i].operation != .add {
            if Self.equal(bytes(self[i].name), name) { return true }
        }
        return false
    }

    /// Whether the i-th operation writes a line on this side.
    @inlinable public func writes(_ i: Int, _ side: Edit.Side) -> Bool {
        let edit = self[i]
        return edit.side == side && edit.operation != .remove && !edit.isSuperseded
    }

    /// The bytes that a reference names; empty for `.nothing`.
    @inlinable @_lifetime(borrow self)
    public func bytes(_ ref: ByteRef) -> Span<UInt8> {
        switch ref.origin {
        case .nothing: return Span()
        case .constant: return unsafe _overrideLifetime(ref.constantSpan, borrowing: self)
        case .own:
            let start = Int(ref.position)
            precondition(start &+ ref.count <= textCount, "own text is referred to before the reset")
            guard let base = unsafe text.baseAddress else { return Span() }
            return unsafe _overrideLifetime(Span(_unsafeStart: UnsafePointer(base + start), count: ref.count), borrowing: self)
        }
    }

    /// A cheap hash of a field name, blind to case: most original fields are told apart by it alone.
    @inlinable static func bucket(_ name: borrowing Span<UInt8>) -> UInt8 {
        guard name.count > 0 else { return 0 }
        let first = name[0] | 0x20
        let last = name[name.count &- 1] | 0x20
        return (first &+ last &* 7 &+ UInt8(truncatingIfNeeded: name.count) &* 13) & 63
    }

    /// Field names compare without case (RFC 9110 section 5.1).
    @inlinable static func equal(_ a: borrowing Span<UInt8>, _ b: borrowing Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        for i in a.indices where ASCII.lower(a[i]) != ASCII.lower(b[i]) { return false }
        return true
    }
}
