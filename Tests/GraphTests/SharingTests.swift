import Graph
import Testing

struct SharingTests {
    @Test(arguments: 0..<60)
    func `sharing changes nothing that can be seen`(seed: Int) {
        var random = RandomGraph(seed: UInt64(seed))
        let (a, b) = (random.make(), random.make())
        #expect(b.sharing(previous: a) == b)
    }

    @Test func `equal parts become the previous graph's objects`() throws {
        let text = "listener http 0.0.0.0:80\n  host a\n    prefix / -> R\n  host b\n    prefix /1 -> S\n    prefix /2 -> T\n"
        let rules = "rule R\n  fail X\nrule S\n  fail X\nrule T\n  fail X\ncluster c http\n"
        let old = try GraphText.parse(text + rules)
        let new = try GraphText.parse(text + rules.replacing("rule S\n  fail X", with: "rule S\n  fail Y")).sharing(previous: old)
        #expect(new.listeners[0].hosts[0] === old.listeners[0].hosts[0])
        #expect(new.listeners[0].hosts[1] !== old.listeners[0].hosts[1])
        let (before, after) = (old.listeners[0].hosts[1].entries, new.listeners[0].hosts[1].entries)
        #expect(after[0].rule !== before[0].rule)
        #expect(after[1].rule === before[1].rule)
        #expect(new.clusters[0] === old.clusters[0])
    }
}
