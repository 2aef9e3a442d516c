import Base
@testable import Engine
import Graph
import Testing

/// Who sends a deprecated rule's requests.
@Suite struct CallerBookTests {
    private func agent(_ name: String) -> [UInt8] { Array(name.utf8) }

    @Test func `callers are told by address and user agent, the one that sends most first`() throws {
        let book = CallerBook()
        let index = book.index(of: "r", Deprecation(since: 1))
        let (a, b) = (IPAddress(v4: 0x0a00_0001), try #require(IPAddress("2001:db8::7")))
        for _ in 0..<3 { book.view.note(index, a, agent("curl/8").span, wall: 5) }
        book.view.note(index, a, agent("").span, wall: 6)
        for _ in 0..<2 { book.view.note(index, b, agent(String(repeating: "x", count: 200)).span, wall: 7_000_000_000) }
        let rule = try #require(book.deprecated.first)
        #expect(rule.requests == 6)
        #expect(rule.callers.map(\.requests) == [3, 2, 1])
        #expect(rule.callers.map(\.address) == [a, b, a])
        #expect(rule.callers.map(\.userAgent) == ["curl/8", String(repeating: "x", count: 96), ""])
        #expect(rule.callers[1].seen == 7_000_000_000 && rule.callers.allSatisfy { $0.excess == 0 })
        #expect(book.index(of: "r", Deprecation(since: 2)) == index)
        #expect(book.deprecated.first?.deprecation.since == 2)
    }

    /// Space-Saving's guarantee: nobody who sends more than a 64th of all is missing, and a count is off by no more than it says.
    @Test(arguments: UInt64(1)...20) func `those that send much are found among thousands`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let book = CallerBook()
        let index = book.index(of: "r", Deprecation(since: 1))
        var truth: [UInt32: UInt64] = [:]
        let total = 20_000
        for _ in 0..<total {
            let isHeavy = random.below(4) == 0
            let caller = isHeavy ? random.below(8) : 100 + random.below(5000)
            truth[caller, default: 0] += 1
            book.view.note(index, IPAddress(v4: caller), agent("app").span, wall: 1)
        }
        let rule = try #require(book.deprecated.first)
        let found = Dictionary(uniqueKeysWithValues: rule.callers.map { (UInt32(truncatingIfNeeded: $0.address.low), $0) })
        #expect(rule.callers.count == CallerBook.callers && rule.requests == UInt64(total))
        #expect(rule.callers.reduce(0) { $0 + $1.requests } == UInt64(total))
        for (caller, count) in truth {
            if count > UInt64(total / CallerBook.callers) { #expect(found[caller] != nil) }
            guard let one = found[caller] else { continue }
            #expect(one.requests >= count && one.requests - one.excess <= count)
        }
    }

    @Test func `further rules than there is room for are not looked at`() {
        let book = CallerBook()
        for i in 0..<CallerBook.maximumRules { #expect(book.index(of: "r\(i)", Deprecation(since: 1)) == Int32(i)) }
        let index = book.index(of: "one more", Deprecation(since: 1))
        #expect(index == -1)
        book.view.note(index, IPAddress(v4: 1), agent("a").span, wall: 1)
        #expect(book.deprecated.count == CallerBook.maximumRules && book.deprecated.allSatisfy { $0.requests == 0 })
    }
}
