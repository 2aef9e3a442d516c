import Base
import Testing

@Suite struct BlockPoolTests {
    @Test(arguments: [(0, 1024), (1, 1024), (1024, 1024), (1025, 4096), (4097, 16384), (16385, 65536), (65536, 65536)])
    func `a block is of the smallest size that holds what was asked for`(asked: Int, size: Int) throws {
        let pool = BlockPool(budget: 1 << 20)
        let taken = pool.take(asked)
        let block = try #require(taken)
        #expect(block.size == size)
        #expect(pool.bytesInUse == size)
    }

    @Test func `more than the largest block, or than the budget, is refused`() throws {
        let pool = BlockPool(budget: 4096)
        let refused = [pool.take(BlockPool.largest + 1), pool.take(4097)]
        #expect(refused == [nil, nil])
        let blocks = (0..<4).map { _ in pool.take(1024) }
        #expect(!blocks.contains(nil))
        var more = pool.take(1)
        #expect(more == nil)
        pool.give(try #require(blocks[2]))
        more = pool.take(1)
        #expect(more == blocks[2])
    }

    @Test func `what is given back is used again, and trimming returns it to the system`() throws {
        let pool = BlockPool(budget: 1 << 20)
        let blocks = (0..<8).compactMap { _ in pool.take(4096) }
        blocks.forEach { pool.give($0) }
        #expect(pool.bytesInUse == 0)
        #expect(pool.bytesHeld == 8 * 4096)
        pool.trim(keep: 3)
        #expect(pool.bytesHeld == 3 * 4096)
        let again = (0..<8).compactMap { _ in pool.take(4096) }
        #expect(Set(again) == Set(blocks))
        #expect(pool.bytesHeld == 8 * 4096)
        for block in again { pool.write([1, 2, 3].span, to: block, at: 4093) }
        #expect(pool.span(again[0], 4093..<4096)[2] == 3)
    }

    @Test func `no block is given back without effect`() {
        let pool = BlockPool(budget: 1 << 20)
        pool.give(.none)
        #expect(pool.bytesInUse == 0)
        #expect(!Block.none.isPresent)
    }

    @Test func `records keep their values behind the bytes of a block`() throws {
        let pool = BlockPool(budget: 1 << 20)
        let taken = pool.take(1024)
        let block = try #require(taken)
        let records: [SocketAddress] = (0..<5).map { SocketAddress(IPAddress(v4: $0), 80) }
        pool.write(records: records.span, to: block, at: 512)
        pool.set(9, in: block, at: 511)
        let read = pool.records(block, at: 512, count: 5, as: SocketAddress.self)
        #expect(read.indices.map { read[$0] } == records)
    }

    @Test(arguments: 0..<20)
    func `blocks in use never overlap and the count of bytes is right`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pool = BlockPool(budget: 200_000)
        var live: [(block: Block, mark: UInt8)] = []
        for step in 0..<1500 {
            switch random.below(9) {
            case 0..<5:
                let size = [500, 3000, 10_000, 60_000][Int(random.below(4))]
                let inUse = pool.bytesInUse
                guard let block = pool.take(size) else {
                    #expect(inUse + size > 200_000 / 2, "refused although the budget has room")
                    continue
                }
                let mark = UInt8(truncatingIfNeeded: step)
                pool.set(mark, in: block, at: 0)
                pool.set(mark, in: block, at: block.size - 1)
                live.append((block, mark))
            case 5..<8:
                guard !live.isEmpty else { continue }
                pool.give(live.remove(at: Int(random.below(UInt32(live.count)))).block)
            default: pool.trim(keep: Int(random.below(3)))
            }
            #expect(pool.bytesInUse == live.reduce(0) { $0 + $1.block.size })
            #expect(pool.bytesInUse <= pool.budget && pool.bytesInUse <= pool.bytesHeld)
            for (block, mark) in live {
                #expect(pool.span(block, 0..<1)[0] == mark && pool.span(block, block.size - 1..<block.size)[0] == mark)
            }
        }
    }
}
