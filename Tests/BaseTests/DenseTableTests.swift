import Base
import Testing

private struct Named: Keyed {
    /// Few hashes, so that places collide and gaps are closed within runs that go around the end.
    struct Key: Hashable {
        let number: Int
        func hash(into hasher: inout Hasher) { hasher.combine(number % 5) }
    }
    let key: Key
    var values: [Int]
}

@Suite struct DenseTableTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `a table says what a dictionary says, whatever is put in, changed and taken out`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = DenseTable<Named>()
        var model: [Named.Key: [Int]] = [:]
        for step in 0..<4000 {
            let key = Named.Key(number: Int(random.below(200)))
            // It fills and empties in turns.
            switch random.below(10) {
            case 0..<(step / 500 % 2 == 0 ? 5 : 1):
                table[key] = Named(key: key, values: [step])
                model[key] = [step]
            case 5, 6:
                table[key]?.values.append(step)
                model[key]?.append(step)
            case 7:
                table[key, default: Named(key: key, values: [])].values.append(-step)
                model[key, default: []].append(-step)
            default:
                table[key] = nil
                model[key] = nil
            }
            #expect(table.count == model.count && table.isEmpty == model.isEmpty)
            #expect(table[key]?.values == model[key])
        }
        for number in 0..<200 {
            let key = Named.Key(number: number)
            #expect(table[key]?.values == model[key])
        }
        #expect(Set(table.keys) == Set(model.keys))
        #expect(Dictionary(uniqueKeysWithValues: table.all.map { ($0.key, $0.values) }) == model)
    }

    @Test func `a copy keeps what it had`() {
        var table = DenseTable<Named>()
        let keys = (0..<100).map { Named.Key(number: $0) }
        for key in keys { table[key] = Named(key: key, values: [key.number]) }
        let copy = table
        for key in keys { table[key] = key.number % 2 == 0 ? nil : Named(key: key, values: []) }
        #expect(table.count == 50 && copy.count == 100)
        #expect(keys.allSatisfy { copy[$0]?.values == [$0.number] })
    }
}
