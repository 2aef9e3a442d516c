import Base
import Testing

private struct Item: SlabElement {
    var number = 0
    init() {}
}

@Suite struct SlabTests {
    @Test func `a handle is old as soon as its place was given back`() throws {
        let slab = Slab<Item>(capacity: 2)
        let taken = slab.take()
        let first = try #require(taken)
        let handle = slab.handle(first)
        #expect(slab.isCurrent(handle) == true)
        slab.give(first)
        #expect(slab.isCurrent(handle) == false)
        let retaken = slab.take()
        let again = try #require(retaken)
        #expect(again == first)
        #expect(slab.isCurrent(handle) == false)
        #expect(slab.isCurrent(slab.handle(again)) == true)
    }

    @Test func `no handle, one never made and one of another slab's size are not current`() {
        let slab = Slab<Item>(capacity: 4)
        let current = [
            Handle.none, Handle(index: 0, generation: 1), Handle(index: 4, generation: 1), Handle(index: .max, generation: 0),
        ]
        .map { slab.isCurrent($0) }
        #expect(current == [false, false, false, false])
    }

    @Test func `a full slab gives nothing until a place comes back, with what its occupant left`() throws {
        let slab = Slab<Item>(capacity: 3)
        let taken = (0..<3).compactMap { _ in slab.take() }
        #expect(Set(taken).count == 3)
        var none = slab.take()
        #expect(none == nil)
        slab[taken[1]].number = 7
        slab.give(taken[1])
        #expect(slab.count == 2)
        none = slab.take()
        #expect(none == taken[1])
        #expect(slab[taken[1]].number == 7)
        #expect(slab.made == 3)
    }

    @Test(arguments: 0..<20)
    func `random taking and giving agrees with a set`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let slab = Slab<Item>(capacity: 16)
        var live: [Int32: (handle: Handle, number: Int)] = [:]
        var old: [Handle] = []
        for step in 0..<2000 {
            if random.below(2) == 0 {
                let index = slab.take()
                #expect((index == nil) == (live.count == 16))
                guard let index else { continue }
                #expect(live[index] == nil, "a place has one occupant")
                slab[index].number = step
                live[index] = (slab.handle(index), step)
            } else if let (index, entry) = live.sorted(by: { $0.key < $1.key }).dropFirst(Int(random.below(16))).first {
                slab.give(index)
                old.append(entry.handle)
                live[index] = nil
            }
            #expect(slab.count == live.count)
            for (index, entry) in live {
                #expect(slab.isCurrent(entry.handle) == true)
                #expect(slab[index].number == entry.number)
            }
            for handle in old.suffix(20) { #expect(slab.isCurrent(handle) == false) }
        }
    }
}
