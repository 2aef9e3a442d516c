@testable import Translator
import Base
import Testing

/// A set of one, or of many, is a set.
@Suite struct FewTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `it holds what a set holds`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var few = Few<UInt32>()
        var set: Set<UInt32> = []
        for _ in 0..<300 {
            let element = random.below(4)
            if random.below(2) == 0 {
                few.update(with: element)
                set.insert(element)
            } else {
                few.remove(element)
                set.remove(element)
            }
            #expect(few.sorted() == set.sorted())
            #expect(few.isEmpty == set.isEmpty)
            for i in 0..<4 as Range<UInt32> { #expect((few.member(i) != nil) == set.contains(i)) }
        }
    }
}
