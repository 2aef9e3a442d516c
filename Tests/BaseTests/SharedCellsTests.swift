import Base
import Testing

@Suite struct SharedCellsTests {
    @Test func `a released cell is old at once and comes back empty with a higher generation`() throws {
        let cells = SharedCells()
        let first = try #require(cells.claim())
        cells.store(first.index, 3, 42)
        #expect(cells.load(first.index, 3) == 42)
        cells.release(first)
        #expect(!cells.isCurrent(first))
        #expect(cells.load(first.index, 3) == 42)
        let second = try #require(cells.claim())
        #expect(second.index == first.index)
        #expect(second.generation == first.generation + 1)
        #expect(cells.load(second.index, 3) == 0)
        cells.release(first)
        #expect(cells.isCurrent(second))
    }

    @Test func `cells of many chunks keep apart`() throws {
        let cells = SharedCells()
        let ids = try (0..<1000).map { _ in try #require(cells.claim()) }
        for id in ids { for word in 0..<7 { cells.store(id.index, word, UInt64(id.index) * 10 + UInt64(word)) } }
        for id in ids { for word in 0..<7 { #expect(cells.load(id.index, word) == UInt64(id.index) * 10 + UInt64(word)) } }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { cells.isCurrent($0) })
    }

    @Test func `no addition of any thread is lost`() async throws {
        let cells = SharedCells()
        let id = try #require(cells.claim())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<20_000 {
                        cells.add(id.index, 0, 3)
                        cells.add(id.index, 0, .max)
                        while true {
                            let seen = cells.load(id.index, 1)
                            if cells.exchange(id.index, 1, from: seen, to: seen + 1) { break }
                        }
                    }
                }
            }
        }
        #expect(cells.load(id.index, 0) == 160_000)
        #expect(cells.load(id.index, 1) == 80_000)
    }

    @Test func `readers of a cell see its release while others are claimed`() async throws {
        let cells = SharedCells()
        let watched = try #require(cells.claim())
        async let seenOld: Bool = {
            while cells.isCurrent(watched) { await Task.yield() }
            return true
        }()
        // Claiming goes on, chunks are added, and the reader is never disturbed.
        for _ in 0..<2000 { _ = cells.claim() }
        cells.release(watched)
        #expect(await seenOld)
    }

    @Test func `an exchange with what is no longer there changes nothing`() throws {
        let cells = SharedCells()
        let id = try #require(cells.claim())
        cells.store(id.index, 0, 5)
        #expect(!cells.exchange(id.index, 0, from: 4, to: 9))
        #expect(cells.load(id.index, 0) == 5)
    }
}
