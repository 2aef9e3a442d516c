import Base
import Testing

@testable import Kubernetes

struct LeaseTests {
    private func at(_ seconds: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: 1_000_000 + seconds * 1000) }

    private func record(
        _ holder: String, renewed: String, version: String = "1", transitions: Int = 3, duration: Duration = .seconds(15)
    ) -> LeaseMachine.Record {
        .init(holder: holder, transitions: transitions, renewTime: renewed, duration: duration, resourceVersion: version)
    }

    /// One that leads since second 0.
    private func leader(version: String = "1") -> LeaseMachine {
        var machine = LeaseMachine(identity: "a")
        _ = machine.handle(.timer, at: at(0))
        _ = machine.handle(.read(nil), at: at(0))
        _ = machine.handle(.written(record("a", renewed: "t1", version: version)), at: at(0))
        return machine
    }

    @Test func `a missing lease is created and led`() {
        var machine = LeaseMachine(identity: "a")
        #expect(machine.handle(.timer, at: at(0)) == [.read])
        #expect(machine.handle(.read(nil), at: at(0)) == [.write(transitions: 0, resourceVersion: nil)])
        #expect(machine.handle(.written(record("a", renewed: "t1")), at: at(0)) == [.lead(until: at(10)), .rest(.seconds(5))])
        #expect(machine.isLeader)
    }

    @Test func `a leader renews what it wrote without reading it, and reads what somebody else made of it`() {
        var machine = leader(version: "7")
        #expect(machine.handle(.timer, at: at(5)) == [.write(transitions: 3, resourceVersion: "7")])
        #expect(
            machine.handle(.written(record("a", renewed: "t2", version: "8")), at: at(5)) == [
                .lead(until: at(15)), .rest(.seconds(5)),
            ])
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
        var machine = leader()
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
        var machine = leader()
        #expect(machine.handle(.readFailed(retryAfter: nil), at: at(8)) == [.rest(.seconds(2))])
        #expect(machine.isLeader)
        #expect(machine.handle(.timer, at: at(10)) == [.follow(leader: ""), .read])
        #expect(!machine.isLeader)
    }

    @Test func `a server that asks to wait is obeyed, but never past the moment to step down`() {
        var machine = LeaseMachine(identity: "a")
        #expect(machine.handle(.readFailed(retryAfter: .seconds(5)), at: at(0)) == [.rest(.seconds(5))])
        #expect(machine.handle(.writeFailed(retryAfter: .seconds(300)), at: at(0)) == [.rest(.seconds(15))])
        machine = leader()
        #expect(machine.handle(.writeFailed(retryAfter: .seconds(5)), at: at(2)) == [.rest(.seconds(5))])
        #expect(machine.handle(.writeFailed(retryAfter: .seconds(5)), at: at(7)) == [.rest(.seconds(3))])
        #expect(machine.handle(.timer, at: at(10)) == [.follow(leader: ""), .read])
    }

    @Test func `a lease that was given up is taken at once`() {
        var machine = LeaseMachine(identity: "b")
        let givenUp = record("", renewed: "t1", duration: LeaseMachine.givenUp)
        #expect(machine.handle(.read(givenUp), at: at(0)) == [.write(transitions: 4, resourceVersion: "1")])
    }

    @Test func `a term counts from the sending of the renewal, so that who stood still until the answer does not lead`() {
        var machine = leader()
        #expect(machine.handle(.timer, at: at(5)) == [.write(transitions: 3, resourceVersion: "1")])
        let late = machine.handle(.written(record("a", renewed: "t2", version: "2")), at: at(12))
        #expect(late == [.lead(until: at(15)), .rest(.seconds(5))])
        #expect(machine.handle(.timer, at: at(14)) == [.write(transitions: 3, resourceVersion: "2")])
        let tooLate = machine.handle(.written(record("a", renewed: "t3", version: "3")), at: at(44))
        #expect(tooLate == [.follow(leader: ""), .write(transitions: 3, resourceVersion: "3")])
        #expect(!machine.isLeader)
        #expect(machine.handle(.overtaken, at: at(44)) == [.read])
        #expect(machine.handle(.read(record("b", renewed: "t9")), at: at(44)) == [.follow(leader: "b"), .rest(.seconds(2))])
    }

    @Test func `a lease that others delete or empty is no room before the term of its holder is over`() {
        for gone in [nil, record("", renewed: "t1", version: "2")] {
            var follower = LeaseMachine(identity: "b")
            _ = follower.handle(.read(record("a", renewed: "t1")), at: at(0))
            #expect(follower.handle(.read(gone), at: at(2)).last == .rest(.seconds(2)))
            #expect(follower.handle(.read(gone), at: at(14)) == [.rest(.seconds(2))])
            guard case .write? = follower.handle(.read(gone), at: at(17)).first else {
                Issue.record("nobody leads")
                continue
            }
        }
    }

    @Test func `a leader whose lease was emptied goes on, unless somebody was faster`() {
        var machine = leader()
        _ = machine.handle(.timer, at: at(5))
        _ = machine.handle(.overtaken, at: at(5))
        #expect(
            machine.handle(.read(record("", renewed: "t1", version: "2")), at: at(5))
                == [.write(transitions: 4, resourceVersion: "2")])
        #expect(machine.isLeader)
        #expect(machine.handle(.overtaken, at: at(5)) == [.follow(leader: ""), .rest(.seconds(2))])
        #expect(!machine.isLeader)
    }

    @Test func `a leader whose lease was deleted and created by somebody else steps down`() {
        var machine = leader()
        _ = machine.handle(.timer, at: at(5))
        _ = machine.handle(.overtaken, at: at(5))
        #expect(machine.handle(.read(nil), at: at(5)) == [.write(transitions: 0, resourceVersion: nil)])
        #expect(machine.handle(.overtaken, at: at(5)) == [.follow(leader: ""), .rest(.seconds(2))])
    }

    @Test func `times of other clocks are never read: neither a far future nor garbage keeps a lease longer than its duration`() {
        for renewed in ["2999-01-01T00:00:00Z", "", "yesterday"] {
            var machine = LeaseMachine(identity: "b")
            #expect(machine.handle(.read(record("a", renewed: renewed)), at: at(0)).last == .rest(.seconds(2)))
            #expect(machine.handle(.read(record("a", renewed: renewed)), at: at(14)) == [.rest(.seconds(2))])
            #expect(
                machine.handle(.read(record("a", renewed: renewed)), at: at(15))
                    == [.write(transitions: 4, resourceVersion: "1")])
        }
    }

    @Test(arguments: zip([-5, 0, 40, Int64.max, Int64.min].map { Duration.seconds($0) }, [15, 15, 40, 300, 15]))
    func `a duration that is none is ours, and one without end has one`(duration: Duration, seconds: UInt64) {
        var machine = LeaseMachine(identity: "b")
        let garbage = record("a", renewed: "t1", duration: duration)
        _ = machine.handle(.read(garbage), at: at(0))
        #expect(machine.handle(.read(garbage), at: at(seconds - 1)) == [.rest(.seconds(2))])
        #expect(machine.handle(.read(garbage), at: at(seconds)) == [.write(transitions: 4, resourceVersion: "1")])
    }

    @Test(arguments: zip([Int.max, Int(Int32.max), Int(Int32.max) - 1, -7, Int.min], [0, 0, Int(Int32.max), 0, 0]))
    func `a count of transitions that cannot grow begins anew`(count: Int, next: Int) {
        var machine = LeaseMachine(identity: "b")
        let full = record("", renewed: "t1", transitions: count, duration: LeaseMachine.givenUp)
        #expect(machine.handle(.read(full), at: at(0)) == [.write(transitions: next, resourceVersion: "1")])
    }

    @Test func `who loses the race for the write follows`() {
        var machine = LeaseMachine(identity: "b")
        _ = machine.handle(.read(nil), at: at(0))
        #expect(machine.handle(.writeFailed(retryAfter: nil), at: at(0)) == [.rest(.seconds(2))])
        #expect(!machine.isLeader)
    }

    /// Two replicas, a lease with versions, lost messages, stops of any length, also between a write and its answer, and somebody who
    /// deletes and empties the lease, though not so often that nobody sees what becomes of it: never two leaders at once.
    @Test(arguments: UInt64(1)...100)
    func `two replicas never lead at the same time`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var machines = [LeaseMachine(identity: "a"), LeaseMachine(identity: "b")]
        var terms = [Instant.zero, .zero]
        var wakes: [UInt64] = [0, 0]
        var pending: [[LeaseMachine.Event]] = [[], []]
        var lease: LeaseMachine.Record?
        var version = 0
        var meddledAt: UInt64 = 0
        for now in UInt64(0)..<600 {
            for n in machines.indices where wakes[n] <= now {
                var actions: [LeaseMachine.Action] = []
                for event in pending[n].isEmpty ? [.timer] : pending[n] { actions += machines[n].handle(event, at: at(now)) }
                pending[n] = []
                while let action = actions.first {
                    actions.removeFirst()
                    let isLost = random.below(5) == 0
                    let answer: LeaseMachine.Event
                    switch action {
                    case .read: answer = isLost ? .readFailed(retryAfter: nil) : .read(lease)
                    case .write(let transitions, let from):
                        if isLost {
                            answer = .writeFailed(retryAfter: nil)
                        } else if from == lease?.resourceVersion {
                            version += 1
                            let new = record(
                                n == 0 ? "a" : "b", renewed: "\(version)", version: "\(version)", transitions: transitions)
                            lease = new
                            answer = .written(new)
                        } else {
                            answer = .overtaken
                        }
                    case .rest(let wait):
                        wakes[n] = now + UInt64(wait.components.seconds)
                        continue
                    case .lead(let until):
                        terms[n] = until
                        continue
                    case .follow:
                        terms[n] = .zero
                        continue
                    }
                    // Stopped before it read the answer.
                    guard random.below(20) > 0 else {
                        pending[n] = [answer]
                        wakes[n] = now + UInt64(random.below(30))
                        break
                    }
                    actions += machines[n].handle(answer, at: at(now))
                }
                if random.below(40) == 0 { wakes[n] = now + UInt64(random.below(30)) }
            }
            #expect(!terms.allSatisfy { $0 > at(now) }, "second \(now)")
            switch random.below(60) {
            case 0 where now >= meddledAt + 120:
                meddledAt = now
                lease = nil
            case 1:
                version += 1
                lease = lease.map { record("", renewed: $0.renewTime, version: "\(version)", transitions: $0.transitions) }
            default: break
            }
        }
        #expect(version > 0)
    }
}
