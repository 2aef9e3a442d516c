/// The field lines of the head that is being parsed: storage of one thread, lent to parsers, that never moves.
///
/// A stored `InlineArray` would be copied whole with its owner; this is a pointer behind one checked subscript.
@safe public struct FieldTable: ~Copyable {
    @usableFromInline let lines: UnsafeMutablePointer<FieldLine>
    public let capacity: Int

    /// - Parameter capacity: the largest number of fields that a head may have.
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe lines = .allocate(capacity: capacity)
        unsafe lines.initialize(
            repeating: FieldLine(name: 0, nameLength: 0, value: 0, valueLength: 0, end: 0, kind: .other), count: capacity)
    }

    deinit { unsafe lines.deallocate() }

    @inlinable public subscript(_ i: Int) -> FieldLine {
        @inline(__always) get {
            precondition(UInt(bitPattern: i) < UInt(bitPattern: capacity), "a field is read within the table")
            return unsafe lines[i]
        }
        @inline(__always) nonmutating set {
            precondition(UInt(bitPattern: i) < UInt(bitPattern: capacity), "a field is written within the table")
            unsafe lines[i] = newValue
        }
    }

    /// Takes the first `count` lines from the bytes that they are in memory.
    @inlinable public func load(_ count: Int, from bytes: borrowing Span<UInt8>) {
        precondition(
            count >= 0 && count <= capacity && bytes.count == count &* MemoryLayout<FieldLine>.stride,
            "lines are loaded into the table")
        unsafe bytes.withUnsafeBytes { from in
            guard let start = from.baseAddress else { return }
            unsafe UnsafeMutableRawPointer(lines).copyMemory(from: start, byteCount: from.count)
        }
    }

    /// The first `count` lines.
    @inlinable @_lifetime(borrow self)
    public func first(_ count: Int) -> Span<FieldLine> {
        precondition(count >= 0 && count <= capacity, "fields are read within the table")
        return unsafe _overrideLifetime(Span(_unsafeStart: UnsafePointer(lines), count: count), borrowing: self)
    }
}
