import Base
import Testing

@testable import Kubernetes

struct LeaseTests {
    private func at(_ seconds: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: 1_000_000 + seconds * 1000) }

    private func record(_ holder: String, renewed: String, version: String = "1") -> LeaseMachine.Record {
        .init(holder: holder, transitions: 3, renewTime: renewed, duration: .seconds(15), resourceVersion: version)
    }

    @Test func `a missing lease is created and led`() {
        var machine = LeaseMachine(identity: "a")
        #expect(machine.handle(.timer, at: at(0)) == [.read])
        #expect(machine.handle(.read(nil), at: at(0)) == [.write(transitions: 0, resourceVersion: nil)])
        #expect(machine.handle(.written(record("a", renewed: "t1")), at: at(0)) == [.lead, .rest(.seconds(5))])
        #expect(machine.isLeader)
    }

    @Test func `a leader renews what it wrote without reading it, and reads what somebody else made of it`() {
        var machine = LeaseMachine(identity: "a")
        _ = machine.handle(.written(record("a", renewed: "t1", version: "7")), at: at(0))
        #expect(machine.handle(.timer, at: at(5)) == [.write(transitions: 3, resourceVersion: "7")])
        #expect(machine.handle(.written(record("a", renewed: "t2", version: "8")), at: at(5)) == [.rest(.seconds(5))])
        #expect(machine.handle(.timer, at: at(10)) == [.write(transitions: 3, resourceVersion: "8")])
        #expect(machine.handle(.overtaken, at: at(10)) == [.read])
        #expect(
            machine.handle(.read(record("a", renewed: "t2", version: "9")), at: at(10))
                == [.write(transitions: 3, resourceVersion: "9")])
        // Twice in a row is a race, which is not run again at once.
        #expect(machine.handle(.overtaken, at: at(10)) == [.rest(.seconds(2))])
        #expect(machine.handle(.timer, at: at(12)) == [.write(transitions: 3, resourceVersion: "9")])
        #expect(machine.handle(.overtaken, at: at(12)) == [.read])
        #expect(machine.handle(.read(record("b", renewed: "t9")), at: at(12)) == [.follow(leader: "b"), .rest(.seconds(2))])
        #expect(!machine.isLeader)
    }

    @Test func `a lease that was deleted is created again`() {
        var machine = LeaseMachine(identity: "a")
        _ = machine.handle(.written(record("a", renewed: "t1")), at: at(0))
        _ = machine.handle(.timer, at: at(2))
        #expect(machine.handle(.overtaken, at: at(2)) == [.read])
        #expect(machine.handle(.read(nil), at: at(2)) == [.write(transitions: 0, resourceVersion: nil)])
    }

    @Test func `a live leader is followed, told once, and replaced only after it was silent for the whole duration by our clock`()
    {
        var machine = LeaseMachine(identity: "b")
        #expect(machine.handle(.read(record("a", renewed: "t1")), at: at(0)) == [.follow(leader: "a"), .rest(.seconds(2))])
        #expect(machine.handle(.read(record("a", renewed: "t2")), at: at(10)) == [.rest(.seconds(2))])
        #expect(machine.handle(.read(record("a", renewed: "t2")), at: at(24)) == [.rest(.seconds(2))])
        #expect(
            machine.handle(.read(record("a", renewed: "t2", version: "9")), at: at(25))
                == [.write(transitions: 4, resourceVersion: "9")])
    }

    @Test func `a leader that cannot renew steps down before the lease expires`() {
        var machine = LeaseMachine(identity: "a")
        _ = machine.handle(.written(record("a", renewed: "t1")), at: at(0))
        #expect(machine.handle(.readFailed(retryAfter: nil), at: at(8)) == [.rest(.seconds(2))])
        #expect(machine.isLeader)
        #expect(machine.handle(.timer, at: at(10)) == [.follow(leader: ""), .read])
        #expect(!machine.isLeader)
    }

    @Test func `a server that asks to wait is obeyed, but never past the moment to step down`() {
        var machine = LeaseMachine(identity: "a")
        #expect(machine.handle(.readFailed(retryAfter: .seconds(5)), at: at(0)) == [.rest(.seconds(5))])
        #expect(machine.handle(.writeFailed(retryAfter: .seconds(300)), at: at(0)) == [.rest(.seconds(15))])
        _ = machine.handle(.written(record("a", renewed: "t1")), at: at(0))
        #expect(machine.handle(.writeFailed(retryAfter: .seconds(5)), at: at(2)) == [.rest(.seconds(5))])
        #expect(machine.handle(.writeFailed(retryAfter: .seconds(5)), at: at(7)) == [.rest(.seconds(3))])
        #expect(machine.handle(.timer, at: at(10)) == [.follow(leader: ""), .read])
    }

    @Test func `a lease that was given up is taken at once`() {
        var machine = LeaseMachine(identity: "b")
        #expect(machine.handle(.read(record("", renewed: "t1")), at: at(0)) == [.write(transitions: 4, resourceVersion: "1")])
    }

    @Test func `who loses the race for the write follows`() {
        var machine = LeaseMachine(identity: "b")
        _ = machine.handle(.read(nil), at: at(0))
        #expect(machine.handle(.writeFailed(retryAfter: nil), at: at(0)) == [.rest(.seconds(2))])
        #expect(!machine.isLeader)
    }

    /// Two replicas, a lease with versions, lost messages and stops of any length: never two leaders at once.
    @Test(arguments: UInt64(1)...100)
    func `two replicas never lead at the same time`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var machines = [LeaseMachine(identity: "a"), LeaseMachine(identity: "b")]
        var wakes: [UInt64] = [0, 0]
        var lease: LeaseMachine.Record?
        var version = 0
        for now in UInt64(0)..<600 {
            for n in machines.indices where wakes[n] <= now {
                var actions = machines[n].handle(.timer, at: at(now))
                while let action = actions.first {
                    actions.removeFirst()
                    let isLost = random.below(5) == 0
                    switch action {
                    case .read: actions += machines[n].handle(isLost ? .readFailed(retryAfter: nil) : .read(lease), at: at(now))
                    case .write(let transitions, let from):
                        guard !isLost, from == lease?.resourceVersion else {
                            actions += machines[n].handle(isLost ? .writeFailed(retryAfter: nil) : .overtaken, at: at(now))
                            continue
                        }
                        version += 1
                        let new = LeaseMachine.Record(
                            holder: n == 0 ? "a" : "b", transitions: transitions, renewTime: "\(version)", duration: .seconds(15),
                            resourceVersion: "\(version)")
                        lease = new
                        actions += machines[n].handle(.written(new), at: at(now))
                    case .rest(let wait): wakes[n] = now + UInt64(wait.components.seconds)
                    case .lead, .follow: break
                    }
                }
                // A partition; the timer that steps a leader down still fires, as it does in the process.
                if random.below(40) == 0 { wakes[n] = now + 2 }
            }
            #expect(!(machines[0].isLeader && machines[1].isLeader), "second \(now)")
        }
        #expect(version > 0)
    }
}
