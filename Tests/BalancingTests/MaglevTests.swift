import Balancing
import Base
import Testing

@Suite struct MaglevTests {
    private func keys(_ count: Int) -> [UInt64] { (0..<count).map { (UInt64($0) &* 7919).spread } }

    private func shares(_ table: [Int32], _ count: Int) -> [Double] {
        var places = [Int](repeating: 0, count: count)
        for i in table { places[Int(i)] += 1 }
        return places.map { Double($0) / Double(table.count) }
    }

    @Test(arguments: [1, 2, 3, 10, 100, 600])
    func `every place is somebody's, and shares are equal within two in a hundred`(count: Int) {
        let table = Maglev.table(keys(count), weights: Array(repeating: 5, count: count))
        for share in shares(table, count) { #expect(abs(share * Double(count) - 1) < 0.02) }
    }

    @Test func `shares follow weights`() {
        let table = Maglev.table(keys(3), weights: [1, 2, 7])
        for (share, wanted) in zip(shares(table, 3), [0.1, 0.2, 0.7]) { #expect(abs(share - wanted) < 0.02) }
    }

    @Test func `no endpoints, no table`() { #expect(Maglev.table([], weights: []) == []) }

    @Test func `the order in which endpoints are told does not matter`() {
        let keys = keys(20)
        let table = Maglev.table(keys, weights: Array(repeating: 1, count: 20))
        let backwards = Maglev.table(keys.reversed(), weights: Array(repeating: 1, count: 20))
        #expect(backwards.map { 19 - $0 } == table)
    }

    @Test(arguments: [3, 10, 50])
    func `when one endpoint goes, nearly everybody else stays where they were`(count: Int) {
        let before = Maglev.table(keys(count), weights: Array(repeating: 1, count: count))
        let after = Maglev.table(Array(keys(count).dropLast()), weights: Array(repeating: 1, count: count - 1))
        guard before.count == after.count else { return }
        let moved = zip(before, after).filter { $0 != $1 && $0 != Int32(count - 1) }.count
        #expect(Double(moved) / Double(before.count) < 0.12)
    }

    @Test func `equal hashes get the same endpoint, and the next one while it is out`() {
        var pool = Pool(Array(repeating: 1, count: 8))
        let table = Maglev.table(keys(8), weights: Array(repeating: 1, count: 8))
        var random = SeededRandom(seed: 4)
        for _ in 0..<1000 {
            let hash = UInt32(truncatingIfNeeded: random.next())
            let home = Picker.maglev(pool, table: table.span, hash: hash)
            #expect(Picker.maglev(pool, table: table.span, hash: hash) == home)
            pool.unhealthy = [home]
            let away = Picker.maglev(pool, table: table.span, hash: hash)
            #expect(away != home)
            #expect(Picker.maglev(pool, table: table.span, hash: hash) == away)
            pool.unhealthy = []
        }
    }
}
