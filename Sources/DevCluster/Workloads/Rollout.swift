import Base
import Documents

/// How many pods each ReplicaSet of a Deployment should have next, within `maxSurge` and `maxUnavailable`.
struct Rollout {
    private let deployment: Value
    private let current: Value?
    private let old: [Value]

    init(_ deployment: Value, current: Value?, old: [Value]) {
        self.deployment = deployment
        self.current = current
        self.old = old
    }

    private var wanted: Int { deployment.wantedReplicas }
    private var strategy: Value { deployment[at: "spec", "strategy"] ?? [:] }
    private var isRecreate: Bool { strategy["type"]?.string == "Recreate" }

    /// Pods that may be missing; one at least when no pod may be too many, or nothing could ever move.
    var maxUnavailable: Int {
        if isRecreate { return wanted }
        let missing = Self.amount(strategy[at: "rollingUpdate", "maxUnavailable"], of: wanted, roundedUp: false)
        return min(wanted, missing == 0 && maxSurge == 0 ? 1 : missing)
    }

    private var maxSurge: Int {
        isRecreate ? 0 : Self.amount(strategy[at: "rollingUpdate", "maxSurge"], of: wanted, roundedUp: true)
    }

    /// A number, or a percentage of the wanted replicas; 25% when nothing is said.
    static func amount(_ value: Value?, of wanted: Int, roundedUp: Bool) -> Int {
        if let number = value?.integer { return max(0, Int(number)) }
        let text = value?.string ?? "25%"
        guard text.hasSuffix("%"), let percent = Int(text.dropLast()), percent >= 0 else { return Int(text) ?? 0 }
        return (wanted * percent + (roundedUp ? 99 : 0)) / 100
    }

    var steps: [(set: Value, replicas: Int)] {
        guard let current else { return [] }
        if isRecreate {
            let isOldGone = old.allSatisfy { $0.wantedReplicas == 0 && $0.statusCount("replicas") == 0 }
            return old.map { ($0, 0) } + [(current, isOldGone ? wanted : current.wantedReplicas)]
        }
        return [(current, grown(current))] + shrunk(current)
    }

    private func grown(_ current: Value) -> Int {
        let total = old.reduce(current.wantedReplicas) { $0 + $1.wantedReplicas }
        if current.wantedReplicas >= wanted { return wanted }
        return min(wanted, current.wantedReplicas + max(0, wanted + maxSurge - total))
    }

    /// The old ones give up what the new one can replace; pods that never became available go first.
    private func shrunk(_ current: Value) -> [(set: Value, replicas: Int)] {
        let available = old.reduce(Self.available(current)) { $0 + Self.available($1) }
        var spare = max(0, available - (wanted - maxUnavailable))
        return old.filter { $0.wantedReplicas > 0 }.map { set in
            let healthy = Self.available(set)
            let gone = min(spare, healthy)
            spare -= gone
            return (set, healthy - gone)
        }
    }
}

extension Rollout {
    /// Pods of a ReplicaSet that can be counted on. Its status may still tell of some that it was told to give up.
    private static func available(_ set: Value) -> Int { min(set.wantedReplicas, set.statusCount("availableReplicas")) }
}

/// Names a pod template. The same template has the same name, also in another process.
enum TemplateHash {
    /// As in Kubernetes without vowels and without digits that look like letters.
    private static let letters = Array("bcdfghjklmnpqrstvwxz2456789")

    static func text(of template: Value) -> String {
        var hash = ByteHash.of(sorted(template).json)
        var text = ""
        for _ in 0..<10 {
            text.append(letters[Int(hash % UInt64(letters.count))])
            hash /= UInt64(letters.count)
        }
        return text
    }

    /// The order of members says nothing.
    private static func sorted(_ value: Value) -> Value {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(Value.Fields(members.entries.sorted { $0.key < $1.key }.map { ($0.key, sorted($0.value)) }))
        default: value
        }
    }
}
