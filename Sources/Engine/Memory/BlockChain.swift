import Base

/// Bytes in blocks, one behind the other: output that a socket did not take, a body kept for another try. Plain data; the pool owns the
/// bytes. The first eight bytes of each block say where it ends and which one follows.
struct BlockChain: BitwiseCopyable {
    private struct Link: BitwiseCopyable {
        var next: Block
        var end: Int32
    }
    private static let header = MemoryLayout<Link>.stride

    private var first = Block.none
    private var last = Block.none
    /// Of the first byte in the first block.
    private var start: Int32 = 0
    /// Past the last byte in the last block.
    private var end: Int32 = 0
    /// Bytes in all.
    private(set) var count = 0

    init() {}

    @inline(__always) var isEmpty: Bool { count == 0 }

    /// Copies bytes to the end; false when the pool has no block left. Then a part of them may be there.
    mutating func append(_ bytes: borrowing Span<UInt8>, _ pool: borrowing BlockPool) -> Bool {
        var done = 0
        while done < bytes.count {
            if !last.isPresent || Int(end) == last.size {
                guard addBlock(for: bytes.count &- done, pool) else { return false }
            }
            let take = min(bytes.count &- done, last.size &- Int(end))
            pool.write(bytes.extracting(done..<(done &+ take)), to: last, at: Int(end))
            end &+= Int32(truncatingIfNeeded: take)
            done &+= take
            count &+= take
        }
        return true
    }

    private mutating func addBlock(for needed: Int, _ pool: borrowing BlockPool) -> Bool {
        guard let block = pool.take(min(max(needed + Self.header, 4096), BlockPool.largest)) else { return false }
        if last.isPresent {
            Self.set(Link(next: block, end: end), of: last, pool)
        } else {
            first = block
            start = Int32(Self.header)
        }
        Self.set(Link(next: .none, end: 0), of: block, pool)
        last = block
        end = Int32(Self.header)
        return true
    }

    private static func set(_ link: Link, of block: Block, _ pool: borrowing BlockPool) {
        let one: InlineArray<1, Link> = [link]
        pool.write(records: one.span, to: block, at: 0)
    }

    private func link(_ block: Block, _ pool: borrowing BlockPool) -> Link {
        if block == last { return Link(next: .none, end: end) }
        return pool.records(block, at: 0, count: 1, as: Link.self)[0]
    }

    /// Where the first piece lies: the bytes that one call can have.
    func piece(_ pool: borrowing BlockPool) -> (block: Block, range: Range<Int>) {
        guard first.isPresent else { return (.none, 0..<0) }
        return (first, Int(start)..<Int(link(first, pool).end))
    }

    /// Takes bytes away from the front, at most those of the first piece.
    mutating func drop(_ n: Int, _ pool: borrowing BlockPool) {
        start &+= Int32(truncatingIfNeeded: n)
        count &-= n
        let link = link(first, pool)
        guard start >= link.end else { return }
        pool.give(first)
        if link.next.isPresent {
            first = link.next
            start = Int32(Self.header)
        } else {
            self = BlockChain()
        }
    }

    /// A second chain over the same blocks, to read them without taking them away. It must not be freed.
    func reader() -> BlockChain { self }

    /// Goes past the first piece without freeing it: for a `reader`.
    mutating func skipPiece(_ pool: borrowing BlockPool) {
        let link = link(first, pool)
        count &-= Int(link.end &- start)
        first = link.next
        start = Int32(Self.header)
    }

    /// Gives all blocks back.
    mutating func free(_ pool: borrowing BlockPool) {
        var block = first
        while block.isPresent {
            let next = link(block, pool).next
            pool.give(block)
            block = next
        }
        self = BlockChain()
    }
}
