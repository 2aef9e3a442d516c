import Base
import Documents
import Resources
import TestKit

@testable import Rollouts

/// A machine, the object in a small model of the API server, and the counters of two replicas. Time is simulated.
struct RolloutPlay {
    var machine = RolloutMachine()
    /// Of the replica that the machine runs at.
    var watchdog = OutageGuard()
    private var guardWakeAt: Instant?
    var object: RolloutObject
    var stored: RolloutStatus
    var now = Instant.zero.advanced(byMilliseconds: 1_000_000)
    /// What the wall clock says beyond that, in seconds: somebody may set it.
    var wallOffset: Int64 = 0
    var isWritable = true
    private var wakeAt: Instant?
    /// Writes take until `confirm`.
    private var isSlow = false
    private var pending: [(status: RolloutStatus, base: RolloutStatus, object: RolloutObject, isOwn: Bool)] = []
    private var counts: [String: ArmCounts] = [:]
    /// All that was ever answered, also by a replica that has begun anew.
    private var total: [String: UInt64] = [:]
    private var failed: [String: UInt64] = [:]
    /// Counts up when the replica is started again.
    private var life = 0
    private var isHeard = true
    private var isLed = true
    /// What the outside answers, by metric: a status and a body, or nothing at all.
    private var replies: [String: (status: Int, body: String)] = [:]
    /// Answers take until `arrive`.
    private var isLate = false
    private var late: [RolloutAnswers] = []
    private var lines: [String] = []
    /// Every status that was written, with the one before it, and what was known when it was decided.
    private(set) var writes: [(before: RolloutStatus, after: RolloutStatus, object: RolloutObject)] = []

    static let bounds: [UInt64] = [1_000_000, 10_000_000, 100_000_000, 1_000_000_000]

    init(_ document: Value) {
        let rollout = Rollout.decode(document).resource
        object = RolloutObject(
            namespace: "shop", name: "shop", generation: 1, spec: rollout.spec,
            target: Self.target(rollout.spec))
        stored = rollout.status
    }

    private static func target(_ spec: Rollout.Spec) -> RolloutObject.Target {
        .init(rule: "Route/shop/shop/all", ready: [spec.stable: 1, spec.canary: 1])
    }

    struct Unknown: Error { var line: String }

    /// - Returns: what came of it.
    mutating func perform(_ line: Substring) throws -> [String] {
        lines = []
        writes = []
        var words = line.split(separator: " ").map(String.init)
        let verb = words.removeFirst()
        switch verb {
        case "see": see()
        case "revision":
            object.spec.revision = words.first ?? ""
            see()
        // pods ARM=HASH…: an arm without a word is one of which nothing is known
        case "pods":
            object.podRevisions = [:]
            for word in words {
                let parts = word.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                object.podRevisions[parts[0]] = parts[1]
            }
            see()
        case "ready":
            object.target?.ready[words[0]] = Int(words[1])
            see()
        // command TEXT: without a word the annotation is taken away
        case "command":
            object.command = words.first
            see()
        case "arms":
            object.spec.stable = words[0]
            object.spec.canary = words[1]
            see()
        case "refuse":
            object.target = nil
            object.refusal = .init(reason: words[0], message: "The target cannot be moved.")
            see()
        case "accept":
            object.refusal = nil
            object.target = Self.target(object.spec)
            see()
        // count ARM REQUESTS FAILURES MILLISECONDS: these were answered
        case "count":
            let requests = UInt64(words[1]) ?? 0
            let time = (UInt64(words[3]) ?? 0) * 1_000_000
            var own = counts[words[0]] ?? ArmCounts(buckets: [UInt64](repeating: 0, count: Self.bounds.count + 1))
            own.requests += requests
            total[words[0], default: 0] += requests
            failed[words[0], default: 0] += UInt64(words[2]) ?? 0
            own.failures += UInt64(words[2]) ?? 0
            own.buckets[Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count] += requests
            counts[words[0]] = own
        case "replica-restarts":
            life += 1
            counts = [:]
        // answer METRIC STATUS BODY: what is answered from now on; without a status nobody is there
        case "answer": replies[words[0]] = words.count < 2 ? nil : (Int(words[1]) ?? 0, words.dropFirst(2).joined(separator: " "))
        case "late": isLate = true
        case "arrive":
            isLate = false
            let all = late
            late = []
            for answers in all { feed(.measured(answers)) }
        case "silent": isHeard = false
        case "heard": isHeard = true
        // wait SECONDS: the timer comes whenever it was asked for
        case "wait": wait(milliseconds: (UInt64(words[0]) ?? 0) * 1000)
        // Another leader begins with what is stored, and sees nothing of what the one before it knew.
        case "new-leader":
            machine = RolloutMachine()
            wakeAt = nil
            late = []
            for i in pending.indices { pending[i].isOwn = false }
            see()
        case "clock": wallOffset += Int64(words[0]) ?? 0
        // outage: the API server gives no answer at all, and is led by nobody; back: it does again, and somebody leads
        case "outage":
            isWritable = false
            isLed = false
            wakeAt = nil
            watch(.outage(true))
        case "back":
            isWritable = true
            isLed = true
            machine = RolloutMachine()
            wakeAt = nil
            late = []
            for i in pending.indices { pending[i].isOwn = false }
            watch(.outage(false))
            if let retreat = watchdog.retreat { feed(.retreated(retreat)) }
            see()
        case "slow": isSlow = true
        // What is under way arrives.
        case "confirm":
            isSlow = false
            confirm()
        case "unwritable": isWritable = false
        case "writable": isWritable = true
        // Somebody emptied the status.
        case "lost":
            stored = RolloutStatus()
            see()
        // Somebody wrote something else into the status.
        case "overwritten":
            stored.message = "somebody else's"
        case "scrambled":
            stored.canaryWeight = 100
            stored.weights = [.init("stable", 3), .init("other", 97)]
            stored.match = [RolloutMatch()]
            see()
        case "status": lines.append(text(stored))
        case "obeyed": lines.append("\(obeyed.canaryArm) \(obeyed.canaryWeight) %\(obeyed.match.isEmpty ? "" : " and matches")")
        case "message": lines.append(stored.message)
        case "picture":
            var rollout = Rollout()
            (rollout.metadata.namespace, rollout.metadata.name) = (object.namespace, object.name)
            (rollout.spec, rollout.status) = (object.spec, stored)
            lines += RolloutPicture.lines(of: rollout)
        case "conditions":
            for one in stored.conditions {
                lines.append("\(one.type)=\(one.status) \(one.reason) since \(one.lastTransitionTime)")
            }
        default: throw Unknown(line: String(line))
        }
        return lines
    }

    private mutating func see() {
        watch(.seen(object, stored))
        feed(.seen(object, stored))
    }

    private mutating func watch(_ event: OutageGuard.Event) {
        for action in watchdog.handle(event, at: now) {
            switch action {
            case .measure(let rule):
                precondition(rule == "Route/shop/shop/all")
                let replicas = isHeard ? ["one-\(life)": counts, "two": [:]] : ["two": [:]]
                watch(.measured(ArmReading(bounds: Self.bounds, replicas: replicas)))
            case .obey(let retreat):
                lines.append(retreat.map { "obeys the stable arm: \($0.why)" } ?? "obeys the status")
                if let retreat { feed(.retreated(retreat)) }
            case .wake(let time): guardWakeAt = min(guardWakeAt ?? time, time)
            }
        }
    }

    func requests(of arm: String) -> UInt64 { total[arm] ?? 0 }
    func failures(of arm: String) -> UInt64 { failed[arm] ?? 0 }

    /// What requests are divided by here.
    var obeyed: RolloutStatus { stored.obeying(retreatFrom: watchdog.retreat?.revision) }

    private mutating func wait(milliseconds: UInt64) {
        let end = now.advanced(byMilliseconds: milliseconds)
        while let wake = [wakeAt, guardWakeAt].compactMap({ $0 }).min(), wake <= end {
            now = max(now, wake)
            if wakeAt == wake {
                wakeAt = nil
                feed(.timer)
            } else {
                guardWakeAt = nil
                watch(.timer)
            }
        }
        now = end
    }

    var wall: String { "t\(Int64(now.nanoseconds / 1_000_000_000) - 1000 + wallOffset)" }

    mutating func feed(_ event: RolloutMachine.Event) {
        guard isLed else { return }
        for action in machine.handle(event, at: now, wall: wall) {
            switch action {
            case .write(let status, let base):
                if isSlow {
                    if pending.contains(where: \.isOwn) { lines.append("writes again before an answer") }
                    pending.append((status, base, object, true))
                } else {
                    write(status, over: base, object, isOwn: true)
                }
            case .measure(let questions):
                precondition(questions.rule ?? "Route/shop/shop/all" == "Route/shop/shop/all")
                let replicas = isHeard ? ["one-\(life)": counts, "two": [:]] : ["two": [:]]
                var answers = RolloutAnswers(reading: nil)
                if questions.rule != nil { answers.reading = ArmReading(bounds: Self.bounds, replicas: replicas) }
                for question in questions.outside {
                    lines.append("ask \(question.metric) \(question.url) \(question.body)")
                    answers.outside[question.metric] = reply(question)
                }
                if isLate { late.append(answers) } else { feed(.measured(answers)) }
            case .retreat(let retreat): watch(.found(retreat))
            case .tell(let notice): lines.append("\(notice.isWarning ? "warn" : "tell") \(notice.reason): \(notice.message)")
            case .wake(let time): wakeAt = min(wakeAt ?? time, time)
            }
        }
    }

    private func reply(_ question: OutsideQuestion) -> OutsideAnswer {
        guard let (status, body) = replies[question.metric] else { return .unavailable("Nothing listens there.") }
        return question.answer(status: status, body: Array(body.utf8))
    }

    private mutating func confirm() {
        let all = pending
        pending = []
        for one in all { write(one.status, over: one.base, one.object, isOwn: one.isOwn) }
    }

    /// - Parameter isOwn: by the leader of the moment; what one before it wrote is seen by the watch.
    private mutating func write(_ status: RolloutStatus, over base: RolloutStatus, _ known: RolloutObject, isOwn: Bool) {
        guard isWritable else {
            lines.append("cannot write \(text(status))")
            if isOwn { feed(.failed) }
            return
        }
        if base == stored {
            writes.append((stored, status, known))
            stored = status
            watch(.seen(known, status))
            lines.append("write \(text(status))")
        } else {
            lines.append("finds another status")
        }
        if isOwn { feed(.written(stored)) } else { see() }
    }

    private func text(_ status: RolloutStatus) -> String {
        var words = ["\(status.phase?.rawValue ?? "-")"]
        if status.step > 0 { words.append("step \(status.progress)") }
        words.append("\(status.canaryArm) \(status.canaryWeight) %")
        if !status.match.isEmpty {
            words.append("match \(status.match.flatMap { $0.headers + $0.cookies }.map(\.name).joined(separator: "|"))")
        }
        words.append("revision \(status.revision)")
        if let hold = status.hold { words.append("hold \(hold.rawValue)") }
        if let outcome = status.outcome { words.append("outcome \(outcome.rawValue)") }
        if let passed = status.stepElapsed { words.append("passed \(Scalars.text(of: passed))") }
        if let analysis = status.analysis {
            words.append("judged +\(analysis.passes) -\(analysis.failures) ?\(analysis.inconclusive)")
        }
        return words.joined(separator: ", ")
    }
}
