import Base
import Testing

private final class Named: Sendable {
    let key: Int
    let value: Int
    init(_ key: Int, _ value: Int) {
        self.key = key
        self.value = value
    }
}

@Suite struct ObjectTableTests {
    /// Few hashes, so that places collide and gaps are closed within runs that go around the end.
    private func hash(_ key: Int) -> Int { key % 7 &* 0x1_0000_0001 &+ (key % 3) }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `a table says what a dictionary says, whatever is put in and taken out`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = ObjectTable<Named>()
        var model: [Int: Int] = [:]
        for step in 0..<4000 {
            let key = Int(random.below(300))
            // It fills and empties in turns.
            if random.below(10) < (step / 500 % 2 == 0 ? 7 : 2) {
                let old = table.put(Named(key, step), hash(key)) { $0.key == key }
                #expect(old?.value == model.updateValue(step, forKey: key))
            } else {
                #expect(table.remove(hash(key)) { $0.key == key }?.value == model.removeValue(forKey: key))
            }
            #expect(table.count == model.count)
        }
        for key in 0..<300 { #expect(table.first(hash(key)) { $0.key == key }?.value == model[key]) }
        #expect(table.all.map(\.key).sorted() == model.keys.sorted())
    }

    @Test func `one object may lie under several keys, and several under one`() {
        var table = ObjectTable<Named>()
        let (a, b) = (Named(1, 1), Named(2, 2))
        for (element, hash) in [(a, 10), (a, 20), (b, 20)] { table.put(element, hash) { $0 === element } }
        #expect(table.all(20) { _ in true }.map(\.key).sorted() == [1, 2])
        #expect(table.all(10) { _ in true }.map(\.key) == [1])
        table.remove(20) { $0 === a }
        #expect(table.all(20) { _ in true }.map(\.key) == [2])
        #expect(table.count == 2)
    }

    @Test func `a copy keeps what it had`() {
        var table = ObjectTable<Named>()
        for key in 0..<100 { table.put(Named(key, 0), hash(key)) { $0.key == key } }
        let copy = table
        for key in 0..<100 { table.remove(hash(key)) { $0.key == key } }
        #expect(table.isEmpty && copy.count == 100 && Set(copy.all.map(\.key)).count == 100)
    }
}
