import Base
import Foundation
@testable import Engine
import Reactor
import TestKit
import Testing

/// Connections over workers, whatever the kernel's hash does with them.
@Suite struct SpreadTests {
    private static func world(_ workers: Int, seed: UInt64, faults: SimulatedFaults = .none) throws -> SimulatedWorld {
        let text = "# Nothing but connections.\n-- script --\nwait 1s\n"
        let script = try WireScript(CaseFile(text: text, url: URL(fileURLWithPath: "/spread.case")))
        let world = try SimulatedWorld(script, workers: workers, seed: seed, faults: faults)
        try world.publish(WireScript.usualGraph)
        return world
    }

    private static func settle(_ world: SimulatedWorld) { while world.move() {} }

    @Test(arguments: [2, 4], 1...6 as ClosedRange<UInt64>)
    func `sixty-four connections differ by two at most`(workers: Int, seed: UInt64) throws {
        let world = try Self.world(workers, seed: seed)
        for i in 0..<64 {
            _ = try #require(try world.connect(from: IPAddress(v4: 0x0a01_0000 + UInt32(i))))
            // As they come: one by one, or several at a time.
            if seed % 2 == 0 || i % 8 == 7 { Self.settle(world) }
        }
        Self.settle(world)
        let counts = world.served
        #expect(counts.reduce(0, +) == 64)
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2, "\(counts)")
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `what ends is counted, and what comes then goes where it is missing`(seed: UInt64) throws {
        let world = try Self.world(2, seed: seed)
        var random = SeededRandom(seed: seed)
        var open: [Int] = []
        for i in 0..<400 {
            if !open.isEmpty, random.below(2) == 0 {
                world.close(open.remove(at: Int(random.below(UInt32(open.count)))))
            } else {
                open.append(try #require(try world.connect(from: IPAddress(v4: 0x0a01_0000 + UInt32(i)))))
            }
            Self.settle(world)
            #expect(world.served.reduce(0, +) == open.count)
            #expect(world.served == world.counted)
        }
        for _ in 0..<40 {
            open.append(try #require(try world.connect(from: IPAddress(v4: 0x0a02_0000))))
            Self.settle(world)
        }
        let counts = world.served
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2, "\(counts)")
    }

    @Test func `a queue takes what it has room for, in order, and no more`() throws {
        let spread = ConnectionSpread(workers: 2)
        let (first, second) = (spread.view(of: 0), spread.view(of: 1))
        first.serves(1)
        second.serves(1)
        for _ in 0..<1000 { first.add() }
        func handed(_ i: Int) -> ConnectionSpread.Handed {
            ConnectionSpread.Handed(
                accepted: Accepted(descriptor: Int32(i), peer: ConnectionSpread.Handed.nobody),
                place: ConnectionSpread.Handed.nobody)
        }
        for round in 0..<3 {
            for i in 0..<64 { #expect(first.hand(handed(i)) == 1) }
            #expect(first.hand(handed(64)) == -1, "round \(round)")
            for i in 0..<64 { #expect(second.take()?.accepted.descriptor == Int32(i)) }
            #expect(second.take() == nil)
        }
        second.serves(0)
        #expect(first.hand(handed(0)) == -1)
        #expect(spread.connections(of: 1) == 192)
    }
}
