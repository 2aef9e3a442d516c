import Base
@testable import Engine
import Foundation
import Testing

@Suite struct AddressCountsTests {
    private func address(_ i: UInt32) -> IPAddress { IPAddress("10.0.\(i / 256).\(i % 256)") ?? .v4Loopback }

    @Test(arguments: [UInt64(1), 2, 3])
    func `under any stream of connections each address has what it was given, and no more than it may`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let table = AddressCounts(capacity: 400, seed: seed)
        let counts = table.view
        var open: [UInt32] = []
        for _ in 0..<50_000 {
            let i = random.below(100)
            if random.below(2) == 0 {
                let has = open.count { $0 == i }
                let outcome = counts.take(address(i), most: 4)
                #expect(outcome == (has < 4 ? .counted : .refused))
                if outcome == .counted { open.append(i) }
            } else if !open.isEmpty {
                counts.giveBack(address(open.remove(at: Int(random.below(UInt32(open.count))))))
            }
        }
        for i in open { counts.giveBack(address(i)) }
        for i in 0..<100 as Range<UInt32> { #expect(counts.take(address(i), most: 1) == .counted) }
        withExtendedLifetime(table) {}
    }

    @Test func `of IPv6 a network of 64 bits is one client`() throws {
        let table = AddressCounts(capacity: 16, seed: 7)
        #expect(table.view.take(try #require(IPAddress("2001:db8::1")), most: 1) == .counted)
        #expect(table.view.take(try #require(IPAddress("2001:db8::ffff:2")), most: 1) == .refused)
        #expect(table.view.take(try #require(IPAddress("2001:db8:0:1::1")), most: 1) == .counted)
    }

    @Test func `a table without a place nearby counts no more, and refuses nobody`() {
        let table = AddressCounts(capacity: 1, seed: 3)
        let outcomes = (0..<1000 as Range<UInt32>).map { table.view.take(address($0), most: 1) }
        #expect(outcomes.count { $0 == .counted } <= 64 && !outcomes.contains(.refused))
    }

    @Test func `workers at once lose nothing`() {
        let table = AddressCounts(capacity: 64, seed: 5)
        let one = address(1)
        _ = table.view.take(one, most: 1000)
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<20_000 where table.view.take(one, most: 1000) == .counted { table.view.giveBack(one) }
        }
        table.view.giveBack(one)
        #expect(table.view.take(one, most: 1) == .counted)
        #expect(table.view.take(one, most: 1) == .refused)
    }
}
