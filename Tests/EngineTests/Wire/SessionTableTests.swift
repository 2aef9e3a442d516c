import Base
@testable import Engine
import Testing

@Suite struct SessionTableTests {
    @Test(arguments: UInt64(0)..<20)
    func `it holds what was put in and not taken out`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let sockets = Slab<SocketRow>(capacity: 512)
        var table = SessionTable(seed: random.next())
        var known: [Int32] = []
        func address(_ n: UInt32) -> SocketAddress { SocketAddress(IPAddress(v4: n % 40), UInt16(n / 40)) }
        for _ in 0..<4000 {
            let (n, listener) = (random.below(400), Int32(random.below(2)))
            let found = table.find(listener, address(n), sockets)
            let expected = known.first { sockets[$0].peer == address(n) && sockets[$0].listener == listener } ?? -1
            #expect(found == expected)
            if found >= 0, random.below(3) > 0 {
                table.remove(found, sockets)
                known.removeAll { $0 == found }
                sockets.give(found)
            } else if found < 0, known.count < 300 {
                guard let s = sockets.take() else {
                    Issue.record("there are more rows than that")
                    return
                }
                sockets[s] = SocketRow()
                sockets[s].peer = address(n)
                sockets[s].listener = listener
                table.insert(s, sockets)
                known.append(s)
            }
            #expect(table.count == known.count)
        }
    }
}
