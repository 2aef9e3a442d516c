public import Synchronization

/// Cache-line-sized cells of atomic words in memory that never moves, shared by all workers without locks.
///
/// A cell is eight 64-bit words on one cache line of its own, so that two cells never slow each other down. Claiming and
/// releasing belongs to one control thread; every thread may read and change the words of a claimed cell. A released cell is
/// handed out again with a higher generation: holders of an old `ID` find out by `isCurrent`.
@safe public final class SharedCells: @unchecked Sendable {
    // Unchecked: chunk pointers are published with release ordering and never change; everything behind them is atomic.

    /// Names a cell and its occupant.
    public struct ID: Hashable, Sendable, BitwiseCopyable {
        public var index: Int32
        public var generation: UInt32

        @inlinable public init(index: Int32, generation: UInt32) {
            self.index = index
            self.generation = generation
        }
    }

    public static let wordsPerCell = 8
    @usableFromInline static let cellsPerChunk = 256
    @usableFromInline static let maximumChunks = 4096
    /// Word 7 of a cell holds the generation; the first seven are the owner's.
    @usableFromInline static let generationWord = 7

    @usableFromInline let chunks: UnsafeMutablePointer<Atomic<UInt>>
    private var free: [Int32] = []
    private var made: Int32 = 0

    public init() {
        unsafe chunks = .allocate(capacity: Self.maximumChunks)
        for i in 0..<Self.maximumChunks { unsafe (chunks + i).initialize(to: Atomic(0)) }
    }

    deinit {
        for i in 0..<Self.maximumChunks {
            unsafe UnsafeMutableRawPointer(bitPattern: chunks[i].load(ordering: .acquiring))?.deallocate()
        }
        unsafe chunks.deallocate()
    }

    // MARK: Control thread

    /// A cell with all words zero; nil when a million are in use.
    public func claim() -> ID? {
        let index: Int32
        if let reused = free.popLast() {
            index = reused
        } else {
            guard Int(made) < Self.cellsPerChunk * Self.maximumChunks else { return nil }
            if Int(made) % Self.cellsPerChunk == 0 { addChunk(Int(made) / Self.cellsPerChunk) }
            index = made
            made += 1
        }
        for i in 0..<Self.generationWord { store(index, i, 0) }
        return ID(index: index, generation: generation(index))
    }

    /// Gives the cell back: its generation rises at once, its words stay readable until it is claimed again.
    public func release(_ id: ID) {
        guard isCurrent(id) else { return }
        store(id.index, Self.generationWord, UInt64(id.generation &+ 1))
        free.append(id.index)
    }

    private func addChunk(_ chunk: Int) {
        let words = Self.cellsPerChunk * Self.wordsPerCell
        let memory = UnsafeMutableRawPointer.allocate(byteCount: words * 8, alignment: 64)
        let start = unsafe memory.bindMemory(to: Atomic<UInt64>.self, capacity: words)
        for i in 0..<words { unsafe (start + i).initialize(to: Atomic(0)) }
        unsafe chunks[chunk].store(UInt(bitPattern: memory), ordering: .releasing)
    }

    // MARK: Any thread

    @inlinable public func isCurrent(_ id: ID) -> Bool { generation(id.index) == id.generation }

    @inlinable public func generation(_ index: Int32) -> UInt32 {
        UInt32(truncatingIfNeeded: load(index, Self.generationWord))
    }

    @inlinable public func load(_ cell: Int32, _ word: Int) -> UInt64 {
        unsafe address(cell, word).pointee.load(ordering: .relaxed)
    }

    @inlinable public func store(_ cell: Int32, _ word: Int, _ value: UInt64) {
        unsafe address(cell, word).pointee.store(value, ordering: .relaxed)
    }

    /// Adds (wrapping, so that adding `UInt64.max` subtracts one) and returns the new value.
    @inlinable @discardableResult
    public func add(_ cell: Int32, _ word: Int, _ amount: UInt64) -> UInt64 {
        unsafe address(cell, word).pointee.wrappingAdd(amount, ordering: .relaxed).newValue
    }

    /// Stores `desired` if the word still is `expected`; says whether it was.
    @inlinable public func exchange(_ cell: Int32, _ word: Int, from expected: UInt64, to desired: UInt64) -> Bool {
        unsafe address(cell, word).pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiringAndReleasing
        ).exchanged
    }

    @inlinable @inline(__always)
    @unsafe func address(_ cell: Int32, _ word: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let chunk = Int(cell) / Self.cellsPerChunk
        precondition(cell >= 0 && chunk < Self.maximumChunks && word >= 0 && word < Self.wordsPerCell)
        let base = unsafe chunks[chunk].load(ordering: .acquiring)
        guard let start = unsafe UnsafeMutablePointer<Atomic<UInt64>>(bitPattern: base) else {
            preconditionFailure("a cell is used after it was claimed")
        }
        return unsafe start + ((Int(cell) % Self.cellsPerChunk) &* Self.wordsPerCell &+ word)
    }
}
