/// Constant rows of a plan as plain data: an address and a count, checked at each access. The plan owns the memory.
@safe struct Rows<Row: BitwiseCopyable>: @unchecked Sendable, BitwiseCopyable {
    // Unchecked: written by `Arena` before the plan is published, freed after the last worker gave it up.
    @usableFromInline let start: UnsafePointer<Row>?
    @usableFromInline let size: Int32

    static var none: Rows { unsafe Rows(start: nil, size: 0) }

    @unsafe init(start: UnsafePointer<Row>?, size: Int32) {
        unsafe self.start = start
        self.size = size
    }

    @inline(__always) var count: Int { Int(size) }

    @inline(__always) subscript(i: Int) -> Row {
        precondition(
            UInt(bitPattern: i) < UInt(UInt32(bitPattern: size)), "a row of a plan is reached by an index that link made")
        return unsafe start.unsafelyUnwrapped[i]
    }

    @inline(__always) subscript(i: Int32) -> Row { self[Int(i)] }
}

extension Rows {
    /// All of them; the caller bounds the lifetime by that of the plan.
    @inline(__always) var span: Span<Row> {
        @_lifetime(immortal) get {
            guard let start = unsafe start else { return Span() }
            return unsafe _overrideLifetime(Span(_unsafeStart: start, count: count), copying: ())
        }
    }
}

extension Rows<UInt8> {
    /// A run of the bytes; the caller bounds the lifetime by that of the plan.
    @inline(__always) @_lifetime(immortal)
    func span(_ from: Int32, _ length: Int32) -> Span<UInt8> {
        precondition(
            from >= 0 && length >= 0 && from &+ length <= size, "bytes of a plan are reached by an offset that link made")
        guard let start = unsafe start else { return Span() }
        return unsafe _overrideLifetime(Span(_unsafeStart: start + Int(from), count: Int(length)), copying: ())
    }

    /// Whether the bytes of `range` equal `other`.
    @inline(__always) func equals(_ from: Int, _ other: borrowing Span<UInt8>) -> Bool {
        guard from >= 0, from &+ other.count <= count else { return false }
        // Checked above: eight bytes at a time, the last ones overlapping.
        guard let start = unsafe start else { return other.isEmpty }
        let here = unsafe UnsafeRawPointer(start + from)
        let n = other.count
        if n < 8 {
            for i in other.indices where unsafe start[from &+ i] != other[i] { return false }
            return true
        }
        let there = unsafe other.bytes
        var i = 0
        while i &+ 8 < n {
            if unsafe here.loadUnaligned(fromByteOffset: i, as: UInt64.self)
                != there.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
            {
                return false
            }
            i = i &+ 8
        }
        return unsafe here.loadUnaligned(fromByteOffset: n &- 8, as: UInt64.self)
            == there.unsafeLoadUnaligned(fromUncheckedByteOffset: n &- 8, as: UInt64.self)
    }
}

/// A constant row that most have not: then it takes one word. The plan owns the memory.
@safe struct Sometimes<Row: BitwiseCopyable>: @unchecked Sendable, BitwiseCopyable {
    // Unchecked: as `Rows`.
    private let place: UnsafePointer<Row>?

    static var nothing: Sometimes { unsafe Sometimes(nil) }

    @unsafe init(_ place: UnsafePointer<Row>?) { unsafe self.place = place }

    @inline(__always) var isPresent: Bool { unsafe place != nil }

    @inline(__always) var value: Row? {
        guard let place = unsafe place else { return nil }
        return unsafe place.pointee
    }
}

/// One block of memory in which the rows of an object lie side by side. Whoever keeps the rows keeps the block, and frees it.
@safe struct Arena {
    let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var used = 0

    /// - Parameter capacity: the sum of `size(of:)` of all that will be placed.
    init(capacity: Int) {
        self.capacity = max(16, capacity)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    /// Rows take at most eight bytes' alignment.
    static func size<Row: BitwiseCopyable>(of rows: [Row]) -> Int { (MemoryLayout<Row>.stride * rows.count + 7) & ~7 }

    /// Copies rows in. Traps when `capacity` was computed wrongly, which is a bug of link and happens before publication.
    mutating func place<Row: BitwiseCopyable>(_ rows: [Row]) -> Rows<Row> {
        guard !rows.isEmpty else { return .none }
        precondition(used + Self.size(of: rows) <= capacity, "an arena is made as large as what is placed in it")
        let start = unsafe (base + used).bindMemory(to: Row.self, capacity: rows.count)
        for i in rows.indices { unsafe (start + i).initialize(to: rows[i]) }
        used += Self.size(of: rows)
        return unsafe Rows(start: UnsafePointer(start), size: Int32(rows.count))
    }
}
