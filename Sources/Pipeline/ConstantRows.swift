/// Rows of plain data that never change: a filter's settings, read on every request without reference counting.
@safe public struct ConstantRows<Row: BitwiseCopyable & Sendable>: ~Copyable, @unchecked Sendable {
    // Unchecked: written here once.
    @usableFromInline let start: UnsafeMutablePointer<Row>
    public let count: Int

    public init(_ rows: [Row]) {
        count = rows.count
        unsafe start = .allocate(capacity: max(1, rows.count))
        for i in rows.indices { unsafe (start + i).initialize(to: rows[i]) }
    }

    deinit { unsafe start.deallocate() }

    @inlinable public subscript(i: Int) -> Row {
        precondition(i >= 0 && i < count, "a row is addressed by an index below count")
        return unsafe start[i]
    }

    /// The rows' address, for rows of a plan that keeps this object.
    @inlinable @unsafe public var address: UnsafePointer<Row> { unsafe UnsafePointer(start) }
}
