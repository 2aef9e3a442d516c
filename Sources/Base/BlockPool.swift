/// A block of a pool. Plain data; `none` owns nothing.
public struct Block: Hashable, Sendable, BitwiseCopyable {
    /// Index in the pool, with the size class in the upper two bits of the low word.
    @usableFromInline var code: Int32

    @inlinable init(code: Int32) { self.code = code }

    public static let none = Block(code: -1)
    @inlinable @inline(__always) public var isPresent: Bool { code >= 0 }
    @inlinable @inline(__always) var sizeClass: Int { Int(code & 3) }
    @inlinable @inline(__always) var index: Int { Int(code >> 2) }
    /// Bytes that the block holds.
    @inlinable @inline(__always) public var size: Int { 1024 << (2 &* sizeClass) }
}

/// Byte blocks of 1, 4, 16 and 64 KiB for what outlives a call: heads, leftovers, unsent bytes. Owned by one thread.
///
/// Memory is taken from the system when a class has no free block, and kept; `trim` gives the unused back. A budget bounds the blocks of all
/// pools that draw on it together.
@safe public struct BlockPool: ~Copyable {
    @usableFromInline static let classes = 4
    @usableFromInline let starts: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
    /// Free lists: a stack of indexes for each class.
    @usableFromInline let free: UnsafeMutablePointer<Int32>
    @usableFromInline let freeCounts: UnsafeMutablePointer<Int>
    @usableFromInline let madeCounts: UnsafeMutablePointer<Int>
    /// [0] bytes in use, [1] bytes held, [2] bytes drawn from the budget: at least those in use.
    @usableFromInline let bytes: UnsafeMutablePointer<Int>
    /// Blocks of each class at most.
    @usableFromInline let perClass: Int
    /// Of all pools.
    public let budget: Int
    private let shared: BlockBudget
    @usableFromInline let line: BudgetLine

    /// A pool with a budget of its own.
    public init(budget: Int) { self.init(sharing: BlockBudget(bytes: budget)) }

    public init(sharing shared: BlockBudget) {
        self.shared = shared
        line = shared.line
        budget = shared.bytes
        perClass = max(64, budget / 1024)
        unsafe starts = .allocate(capacity: perClass * Self.classes)
        unsafe free = .allocate(capacity: perClass * Self.classes)
        unsafe freeCounts = .allocate(capacity: Self.classes)
        unsafe madeCounts = .allocate(capacity: Self.classes)
        unsafe bytes = .allocate(capacity: 3)
        unsafe freeCounts.initialize(repeating: 0, count: Self.classes)
        unsafe madeCounts.initialize(repeating: 0, count: Self.classes)
        unsafe bytes.initialize(repeating: 0, count: 3)
    }

    deinit {
        unsafe line.giveBack(bytes[2])
        for sizeClass in 0..<Self.classes {
            for i in 0..<(unsafe madeCounts[sizeClass]) { unsafe starts[sizeClass * perClass + i]?.deallocate() }
        }
        unsafe starts.deallocate()
        unsafe free.deallocate()
        unsafe freeCounts.deallocate()
        unsafe madeCounts.deallocate()
        unsafe bytes.deallocate()
    }

    /// The largest block.
    public static let largest = 65536

    @inlinable public var bytesInUse: Int { unsafe bytes[0] }
    @inlinable public var bytesHeld: Int { unsafe bytes[1] }
    /// Of all pools that share the budget; what others have drawn and not used counts as well.
    @inlinable public var bytesInUseByAll: Int { unsafe line.drawn &- bytes[2] &+ bytes[0] }

    /// A block of at least `size` bytes; nil when that is more than `largest` or the budget is used up.
    @inlinable public func take(_ size: Int) -> Block? {
        let sizeClass = size <= 1024 ? 0 : size <= 4096 ? 1 : size <= 16384 ? 2 : 3
        let width = 1024 << (2 &* sizeClass)
        guard size <= width, unsafe bytes[0] &+ width <= bytes[2] || draw(width) else { return nil }
        let spare = unsafe freeCounts[sizeClass]
        if spare > 0 {
            unsafe freeCounts[sizeClass] = spare &- 1
            let index = unsafe free[sizeClass &* perClass &+ spare &- 1]
            if unsafe starts[sizeClass &* perClass &+ Int(index)] == nil { allocate(sizeClass, Int(index)) }
            unsafe bytes[0] &+= width
            return Block(code: index << 2 | Int32(sizeClass))
        }
        return make(sizeClass)
    }

    /// Draws what one more block takes.
    @usableFromInline @inline(never) func draw(_ width: Int) -> Bool {
        let more = unsafe line.draw(bytes[0] &+ width &- bytes[2])
        unsafe bytes[2] &+= more
        return more > 0
    }

    /// Gives back what is spare, but for a portion.
    @usableFromInline @inline(never) func giveBackSpare() {
        let more = unsafe bytes[2] &- bytes[0] &- line.portion
        guard more > 0 else { return }
        line.giveBack(more)
        unsafe bytes[2] &-= more
    }

    @usableFromInline @inline(never) func make(_ sizeClass: Int) -> Block? {
        let index = unsafe madeCounts[sizeClass]
        guard index < perClass else { return nil }
        allocate(sizeClass, index)
        unsafe madeCounts[sizeClass] = index + 1
        unsafe bytes[0] &+= 1024 << (2 * sizeClass)
        return Block(code: Int32(truncatingIfNeeded: index) << 2 | Int32(sizeClass))
    }

    @usableFromInline @inline(never) func allocate(_ sizeClass: Int, _ index: Int) {
        let width = 1024 << (2 * sizeClass)
        // Eight-aligned, so that plain records (a field table) may be kept behind the bytes.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: width, alignment: 16)
        let start = unsafe memory.bindMemory(to: UInt8.self, capacity: width)
        unsafe start.initialize(repeating: 0, count: width)
        unsafe (starts + (sizeClass * perClass + index)).initialize(to: start)
        unsafe bytes[1] &+= width
    }

    @inlinable public func give(_ block: Block) {
        guard block.isPresent else { return }
        let sizeClass = block.sizeClass
        let spare = unsafe freeCounts[sizeClass]
        precondition(spare < perClass, "a block is given back once")
        unsafe (free + (sizeClass &* perClass &+ spare)).initialize(to: Int32(truncatingIfNeeded: block.index))
        unsafe freeCounts[sizeClass] = spare &+ 1
        unsafe bytes[0] &-= block.size
        if unsafe bytes[2] &- bytes[0] > line.portion &* 2 { giveBackSpare() }
    }

    /// Gives free blocks back to the system, but for `keep` of each class.
    public func trim(keep: Int) {
        for sizeClass in 0..<Self.classes {
            let spare = unsafe freeCounts[sizeClass]
            for i in 0..<max(0, spare - keep) {
                let place = unsafe sizeClass * perClass + Int(free[sizeClass * perClass + i])
                if let start = unsafe starts[place] {
                    unsafe start.deallocate()
                    unsafe starts[place] = nil
                    unsafe bytes[1] &-= 1024 << (2 * sizeClass)
                }
            }
        }
    }

    // MARK: Bytes

    @inlinable @inline(__always)
    @unsafe func start(_ block: Block) -> UnsafeMutablePointer<UInt8> {
        precondition(unsafe block.isPresent && block.index < madeCounts[block.sizeClass], "a block is one that was taken")
        guard let start = unsafe starts[block.sizeClass &* perClass &+ block.index] else {
            preconditionFailure("a block in use has memory")
        }
        return unsafe start
    }

    @inlinable @inline(__always) @_lifetime(borrow self)
    public func span(_ block: Block, _ range: Range<Int>) -> Span<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= block.size, "a block is read within its size")
        let bytes = unsafe Span(_unsafeStart: UnsafePointer(start(block) + range.lowerBound), count: range.count)
        return unsafe _overrideLifetime(bytes, borrowing: self)
    }

    /// Copies `bytes` to `offset` of the block, and returns the offset behind them.
    @inlinable @discardableResult
    public func write(_ bytes: borrowing Span<UInt8>, to block: Block, at offset: Int) -> Int {
        let end = offset &+ bytes.count
        precondition(offset >= 0 && end <= block.size, "a block is written within its size")
        let target = unsafe start(block) + offset
        unsafe bytes.withUnsafeBufferPointer { source in
            if let from = source.baseAddress { unsafe target.update(from: from, count: source.count) }
        }
        return end
    }

    @inlinable public func set(_ byte: UInt8, in block: Block, at offset: Int) {
        precondition(offset >= 0 && offset < block.size, "a block is written within its size")
        unsafe start(block)[offset] = byte
    }

    /// Records of plain data kept in a block, from an offset that is a multiple of eight.
    @inlinable @inline(__always) @_lifetime(borrow self)
    public func records<T: BitwiseCopyable>(_ block: Block, at offset: Int, count: Int, as type: T.Type) -> Span<T> {
        precondition(offset >= 0 && offset & 7 == 0 && count >= 0 && offset &+ count &* MemoryLayout<T>.stride <= block.size)
        let raw = unsafe UnsafeRawPointer(start(block) + offset).assumingMemoryBound(to: T.self)
        return unsafe _overrideLifetime(Span(_unsafeStart: raw, count: count), borrowing: self)
    }

    @inlinable public func write<T: BitwiseCopyable>(records: borrowing Span<T>, to block: Block, at offset: Int) {
        let width = records.count &* MemoryLayout<T>.stride
        precondition(offset >= 0 && offset & 7 == 0 && offset &+ width <= block.size, "records are written within the block")
        let target = unsafe UnsafeMutableRawPointer(start(block) + offset)
        unsafe records.withUnsafeBufferPointer { source in
            if let from = source.baseAddress { unsafe target.copyMemory(from: from, byteCount: width) }
        }
    }
}
