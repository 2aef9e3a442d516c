import Base
import Documents
import Resources
import Testing

@testable import Rollouts

/// Whatever happens in whatever order, and whoever leads.
@Suite struct RolloutPropertyTests {
    private static func document(_ random: inout SeededRandom) -> Value {
        let steps: [Value] = (0..<(1 + Int(random.below(4)))).map { _ in
            var step: Value = ["setWeight": .integer(Int64(random.below(101)))]
            switch random.below(3) {
            case 0: step["pause"] = ["duration": .string("\(1 + random.below(20))s")]
            case 1: step["pause"] = random.below(3) == 0 ? ["webhook": ["url": "http://gate.example.com"]] : [:]
            default: break
            }
            switch random.below(6) {
            case 0: step["match"] = [["headers": [["name": "x-tester", "value": "1"]]]]
            case 1: step["match"] = []
            default: break
            }
            if random.below(3) == 0 { step["analysis"] = true }
            return step
        }
        var metrics: [Value] = [["name": "success-rate", "min": "95"]]
        if random.below(3) == 0 { metrics.append(["name": "smoke", "webhook": ["url": "http://smoke.example.com"]]) }
        let test: Value = [
            "type": "ABTest", "match": [["cookies": [["name": "group", "value": "b"]]]], "duration": "10s",
            "iterations": .integer(Int64(1 + random.below(3))),
        ]
        return [
            "spec": [
                "targetRef": ["name": "shop"], "stable": "stable", "canary": "canary", "revision": "r0",
                "strategy": random.below(4) == 0 ? test : ["steps": .array(steps)],
                "onFailure": ["action": random.below(4) == 0 ? "Pause" : "Rollback"],
                "analysis": ["interval": "2s", "minRequests": 10, "failureLimit": 1, "metrics": .array(metrics)],
            ]
        ]
    }

    private static func event(_ random: inout SeededRandom, _ play: RolloutPlay, _ revisions: inout Int) -> String {
        let arm = random.below(2) == 0 ? "stable" : "canary"
        switch random.below(20) {
        case 0:
            revisions += 1
            return "revision r\(revisions)"
        case 1: return "revision r\(random.below(UInt32(revisions) + 1))"
        case 2: return "ready \(arm) \(random.below(2))"
        case 3: return "command promote@\(play.stored.revision)/\(play.stored.step)"
        case 4: return "command pause@\(play.stored.revision)/\(play.stored.step)"
        case 5 where random.below(3) == 0: return "command abort@\(play.stored.revision)/\(play.stored.step)"
        case 6: return ["command promote@r0/1", "command"][Int(random.below(2))]
        case 7: return "new-leader"
        case 8: return "clock \(Int(random.below(100_000)) - 50_000)"
        case 9: return random.below(2) == 0 ? "unwritable" : "writable"
        case 10: return random.below(2) == 0 ? "refuse Gone" : "accept"
        case 11: return ["overwritten", "scrambled", "overwritten", "lost"][Int(random.below(4))]
        case 12: return "replica-restarts"
        case 13: return random.below(2) == 0 ? "silent" : "heard"
        case 18:
            let metric = random.below(2) == 0 ? "smoke" : "(pause)"
            return ["answer \(metric)", "answer \(metric) 200", "answer \(metric) 503", "late", "arrive"][Int(random.below(5))]
        case 19: return random.below(2) == 0 ? "outage" : "back"
        case 16: return "slow"
        case 17: return "confirm"
        case 14, 15: return "count \(arm) \(random.below(50)) \(random.below(4)) 5"
        default: return "wait \(1 + random.below(12))"
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `an arm never gets more than its step allows, nothing is lost, and nothing moves without a write`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var play = RolloutPlay(Self.document(&random))
        let steps = play.object.spec.steps
        var revisions = 0
        _ = try play.perform("see")
        var log: [String] = []
        var evidence = Evidence()
        for _ in 0..<120 {
            let wasWritable = play.isWritable
            let line = Self.event(&random, play, &revisions)
            log.append(line)
            log += try play.perform(line[...])
            // Never towards the canary arm on one's own.
            #expect(play.obeyed.canaryWeight <= play.stored.canaryWeight, "seed \(seed): \(log.suffix(12))")
            #expect(!log.contains("writes again before an answer"), "seed \(seed): \(log.suffix(12))")
            #expect(
                play.writes.isEmpty || ((wasWritable || line == "back") && line != "unwritable"),
                "seed \(seed): \(log.suffix(12))")
            for (before, after, object) in play.writes {
                expectSound(before, after, steps, object, "seed \(seed): \(log.suffix(12))")
                expectEvidence(before, after, steps, object, &evidence, play, "seed \(seed): \(log.suffix(12))")
                // What is written is what is read.
                var members = Value.Fields()
                for (name, value) in after.members { members[name] = value }
                #expect(RolloutStatus(of: ["status": .object(members)]) == after)
            }
        }
        // Nothing is lost: with everything in order again, the last revision is the one that is seen, or that is served.
        for line in ["arrive", "back", "writable", "confirm", "accept", "ready stable 1", "ready canary 1", "see", "wait 60"] {
            _ = try play.perform(line[...])
        }
        let wanted = play.object.spec.revision
        #expect(play.stored.revision == wanted || play.stored.stableRevision == wanted, "seed \(seed): \(log.suffix(12))")
        // Whatever happened before, whoever gives a cycle up has everything at the stable arm.
        guard play.stored.step > 0 else { return }
        let arm = play.stored.stableArm
        _ = try play.perform("command")
        _ = try play.perform("command abort@\(play.stored.revision)/\(play.stored.step)")
        #expect(play.stored.step == 0 && play.stored.outcome == .aborted, "seed \(seed): \(log.suffix(12))")
        #expect(play.stored.stableArm == arm && play.stored.canaryWeight == 0 && play.stored.match.isEmpty)
        #expect(play.obeyed.weights.first { $0.name == arm }?.weight == 100)
    }

    /// What had come to the canary arm when its step began, and what had failed there when the cycle did, as nobody but the test counts it.
    private struct Evidence {
        var requests: UInt64 = 0
        var failures: UInt64 = 0
    }

    /// No step with an analysis is left without a command unless the arm was asked often enough for as many judgements as it takes;
    /// and none is taken back without a failure, where only the gateways' counters are asked.
    private func expectEvidence(
        _ before: RolloutStatus, _ after: RolloutStatus, _ steps: [Stage], _ object: RolloutObject, _ evidence: inout Evidence,
        _ play: RolloutPlay, _ log: Comment
    ) {
        defer {
            let isSameStep = after.revision == before.revision && after.step == before.step && after.canaryArm == before.canaryArm
            if !isSameStep { evidence.requests = play.requests(of: after.canaryArm) }
            if before.step == 0 || after.revision != before.revision { evidence.failures = play.failures(of: after.canaryArm) }
        }
        if before.step > 0, after.outcome == .rolledBack, object.spec.analysis?.metrics.count == 1 {
            #expect(play.failures(of: before.canaryArm) > evidence.failures, log)
        }
        guard !before.isEmpty, before.step > 0, steps[before.step - 1].analysis, after.stepWasLeft(since: before),
            after.observedCommand == before.observedCommand
        else { return }
        let seen = play.requests(of: before.canaryArm) - evidence.requests
        #expect(seen >= 10 * UInt64(steps[before.step - 1].passes), "\(seen) requests: \(log)")
    }

    private func expectSound(
        _ before: RolloutStatus, _ after: RolloutStatus, _ steps: [Stage], _ object: RolloutObject, _ log: Comment
    ) {
        #expect(after.weights.reduce(0) { $0 + $1.weight } == (after.isEmpty ? 0 : 100), log)
        // What the steps are is not known while the specification cannot be used: then nothing moves up.
        let allowed = object.refusal != nil ? before.canaryWeight : steps[max(after.step, 1) - 1].weight
        #expect(after.canaryWeight <= (after.step > 0 ? allowed : 0), log)
        if after.step == 0 { #expect(after.match.isEmpty, log) }
        if object.refusal == nil, after.step > 0 {
            // Those of the step, or of the one before it while nobody is there to answer.
            let known = steps[after.step - 1].match + steps[max(after.step, 2) - 2].match
            #expect(after.match.allSatisfy(known.contains), log)
        }
        guard !before.isEmpty else { return }
        if after.stableArm != before.stableArm {
            // Only behind the last step, with its weight in force.
            #expect(before.step == steps.count && steps[steps.count - 1].isFollowed(by: before), log)
        } else {
            #expect(after.step <= before.step + 1, log)
            if after.canaryWeight > before.canaryWeight || !after.match.allSatisfy(before.match.contains) {
                #expect(object.target?.ready[after.canaryArm] ?? 0 > 0, log)
            }
        }
    }
}

extension RolloutStatus {
    /// Forwards: to the next step, or behind the last one.
    fileprivate func stepWasLeft(since before: RolloutStatus) -> Bool {
        stableArm != before.stableArm || (revision == before.revision && step == before.step + 1)
    }
}
