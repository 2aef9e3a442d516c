import Base
import Engine
import Graph
@testable import Health
import Testing

private func cluster(_ addresses: String..., every seconds: Int = 5, failures: Int = 3, successes: Int = 2) -> CheckedCluster {
    CheckedCluster(
        id: "shop/web:80",
        check: HealthCheck(.http(path: "/healthz"), interval: .seconds(seconds), failures: failures, successes: successes),
        upstream: .http, endpoints: addresses.map { Endpoint(address: $0, port: 80) })
}

private func target(_ address: String) -> HealthTarget { HealthTarget(cluster: "shop/web:80", address: address, port: 80) }

@Suite struct HealthMachineTests {
    /// Asks everything that is due until `end`, answers at once, and gives back what changed.
    private func play(
        _ machine: inout HealthMachine, from start: UInt64, to end: UInt64, _ isWell: (HealthTarget) -> Bool
    ) -> [(UInt64, HealthTarget, Bool)] {
        var changes: [(UInt64, HealthTarget, Bool)] = []
        var now = start
        while now <= end {
            for inquiry in machine.takeDue(now: now, room: 100) {
                if let state = machine.answered(inquiry.target, isWell: isWell(inquiry.target)) {
                    changes.append((now, inquiry.target, state))
                }
            }
            now += max(1, machine.untilDue(now: now) ?? end)
        }
        return changes
    }

    @Test func `three failures in a row leave an endpoint out, two successes bring it back`() {
        var machine = HealthMachine()
        _ = machine.sync([cluster("10.0.0.1")], now: 0)
        let down = play(&machine, from: 0, to: 20_000) { _ in false }
        #expect(down.map(\.0) == [10_000] && down.map(\.2) == [false])
        #expect(machine.unhealthy == [target("10.0.0.1")])
        let up = play(&machine, from: 20_001, to: 40_000) { _ in true }
        #expect(up.map(\.0) == [30_000] && up.map(\.2) == [true])
    }

    @Test func `a single failure between successes changes nothing`() {
        var machine = HealthMachine()
        _ = machine.sync([cluster("10.0.0.1")], now: 0)
        var count = 0
        let changes = play(&machine, from: 0, to: 600_000) { _ in
            count += 1
            return count % 3 == 0
        }
        #expect(changes.isEmpty && count > 100)
    }

    @Test func `an endpoint that was unhealthy, left and came back begins anew, one that stayed is told again`() {
        var machine = HealthMachine()
        _ = machine.sync([cluster("10.0.0.1", "10.0.0.2")], now: 0)
        _ = play(&machine, from: 0, to: 20_000) { _ in false }
        #expect(machine.sync([cluster("10.0.0.1")], now: 20_000) == [target("10.0.0.1")])
        #expect(machine.sync([cluster("10.0.0.1", "10.0.0.2")], now: 21_000) == [target("10.0.0.1")])
    }

    @Test func `a question that is under way is not asked again, and who was asked and left is forgotten`() {
        var machine = HealthMachine()
        _ = machine.sync([cluster("10.0.0.1")], now: 0)
        #expect(machine.takeDue(now: 0, room: 10).count == 1)
        #expect(machine.takeDue(now: 60_000, room: 10).isEmpty)
        #expect(machine.untilDue(now: 60_000) == nil)
        _ = machine.sync([], now: 60_000)
        #expect(machine.answered(target("10.0.0.1"), isWell: false) == nil)
        #expect(machine.count == 0)
    }

    @Test func `when there is little room the longest due come first, and nobody is forgotten`() {
        var machine = HealthMachine()
        let addresses = (1...40).map { "10.0.0.\($0)" }
        var many = cluster()
        many.endpoints = addresses.map { Endpoint(address: $0, port: 80) }
        _ = machine.sync([many], now: 0)
        var asked: Set<String> = []
        for _ in 0..<10 {
            let due = machine.takeDue(now: 2000, room: 4)
            #expect(due.count == 4)
            for inquiry in due {
                #expect(asked.insert(inquiry.target.address).inserted)
                _ = machine.answered(inquiry.target, isWell: true)
            }
        }
        #expect(asked == Set(addresses))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `under any stream of events a change needs as many answers in a row as the check says`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var machine = HealthMachine()
        var rows: [HealthTarget: (isWell: Bool, count: Int)] = [:]
        var now: UInt64 = 0
        for _ in 0..<5000 {
            now += UInt64(random.below(3000))
            if random.below(20) == 0 {
                let present = (1...5).filter { _ in random.below(2) == 0 }.map { "10.0.0.\($0)" }
                var some = cluster(failures: 3, successes: 2)
                some.endpoints = present.map { Endpoint(address: $0, port: 80) }
                _ = machine.sync([some], now: now)
                rows = rows.filter { present.contains($0.key.address) }
            }
            for inquiry in machine.takeDue(now: now, room: 3) {
                let isWell = random.below(2) == 0
                let row = rows[inquiry.target] ?? (isWell, 0)
                rows[inquiry.target] = (isWell, row.isWell == isWell ? row.count + 1 : 1)
                if let state = machine.answered(inquiry.target, isWell: isWell) {
                    #expect(state == isWell)
                    #expect((rows[inquiry.target]?.count ?? 0) >= (isWell ? 2 : 3))
                }
            }
        }
    }
}

@Suite struct GRPCHealthTests {
    @Test func `the request names the service, the answer says whether it serves`() {
        #expect(GRPCHealth.request("") == [0, 0, 0, 0, 0])
        #expect(GRPCHealth.request("a.B") == [0, 0, 0, 0, 5, 0x0a, 3, 97, 46, 66])
        #expect(GRPCHealth.isServing([0, 0, 0, 0, 2, 8, 1]))
        #expect(!GRPCHealth.isServing([0, 0, 0, 0, 2, 8, 2]))
        #expect(!GRPCHealth.isServing([0, 0, 0, 0, 0]))
        #expect(!GRPCHealth.isServing([]))
        for length in 0..<7 { #expect(!GRPCHealth.isServing(Array([0, 0, 0, 0, 2, 8, 1].prefix(length)))) }
    }
}
