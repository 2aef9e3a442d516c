/// Rows that never move, so that workers read them by index while the control thread adds more.
///
/// Rows are padded to `stride` bytes: cells that different workers write do not share a cache line.
@safe final class StableTable<Row: ~Copyable>: @unchecked Sendable {
    // Unchecked: rows hold atomics, or are written only while no worker can know their index.
    static var rowsPerChunk: Int { 256 }
    static var maximumChunks: Int { 16384 }

    private let directory: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let stride: Int
    private let make: () -> Row
    private var chunks = 0
    private var next = 0
    private var free: [Int32] = []

    init(stride: Int, make: @escaping () -> Row) {
        self.stride = max(stride, MemoryLayout<Row>.stride)
        self.make = make
        unsafe directory = .allocate(capacity: Self.maximumChunks)
        unsafe directory.initialize(repeating: nil, count: Self.maximumChunks)
    }

    deinit {
        for chunk in 0..<chunks {
            guard let memory = unsafe directory[chunk] else { continue }
            for i in 0..<Self.rowsPerChunk {
                _ = unsafe (memory + i * stride).assumingMemoryBound(to: Row.self).deinitialize(count: 1)
            }
            unsafe memory.deallocate()
        }
        unsafe directory.deallocate()
    }

    var view: TableView<Row> { unsafe TableView(directory: UnsafePointer(directory), stride: stride) }

    /// A row's index; nil when the table is full. Called by one thread at a time.
    func allocate() -> Int32? {
        if let i = free.popLast() { return i }
        if next == chunks * Self.rowsPerChunk {
            guard chunks < Self.maximumChunks else { return nil }
            let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.rowsPerChunk * stride, alignment: 128)
            for i in 0..<Self.rowsPerChunk {
                unsafe (memory + i * stride).bindMemory(to: Row.self, capacity: 1).initialize(to: make())
            }
            unsafe directory[chunks] = memory
            chunks += 1
        }
        next += 1
        return Int32(next - 1)
    }

    func release(_ i: Int32) { free.append(i) }

    /// Rows in use: what leaks would show.
    var liveCount: Int { next - free.count }
    /// Indices ever handed out are below this.
    var endIndex: Int32 { Int32(next) }
}

/// A stable table as workers see it: plain data.
@safe struct TableView<Row: ~Copyable>: @unchecked Sendable {
    // Unchecked: see `StableTable`; an index reaches a worker only after its chunk was written.
    let directory: UnsafePointer<UnsafeMutableRawPointer?>
    let stride: Int

    /// The row's address. The index is one that the table handed out.
    @inline(__always) func pointer(_ i: Int32) -> UnsafeMutablePointer<Row> {
        precondition(i >= 0, "a cell is reached by an index that the registry handed out")
        let chunk = unsafe directory[Int(i >> 8)].unsafelyUnwrapped
        return unsafe (chunk + Int(i & 255) &* stride).assumingMemoryBound(to: Row.self)
    }

    subscript(i: Int32) -> Row {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer(i)) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe pointer(i) }
    }
}
