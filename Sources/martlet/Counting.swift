import Documents
import Engine
import Peers
import Rollouts

/// Joins what replicas count with who judges by it.
enum Counting {
    /// Of this replica and of those that answer. Replicas that count in other classes of time, as another version may, are left out.
    static func reading(of rule: String, _ proxy: Proxy, _ peers: Peers?) async -> ArmReading {
        var reading = ArmReading(bounds: ArmFigures.bounds, replicas: ["": arms(page(proxy.arms(of: rule)))])
        for (identity, page) in await peers?.counts(of: rule) ?? [:] where bounds(page) == reading.bounds {
            reading.replicas[identity] = arms(page)
        }
        return reading
    }

    /// What is told to the leader.
    static func page(_ figures: [ArmFigures]) -> Value {
        var arms = Value.Fields()
        for one in figures {
            arms[one.arm] = [
                "requests": .integer(Int64(clamping: one.requests)), "failures": .integer(Int64(clamping: one.failures)),
                "buckets": .array(one.buckets.map { .integer(Int64(clamping: $0)) }),
            ]
        }
        return ["bounds": .array(ArmFigures.bounds.map { .integer(Int64(clamping: $0)) }), "arms": .object(arms)]
    }

    private static func bounds(_ page: Value) -> [UInt64] { numbers(page["bounds"]) }

    private static func arms(_ page: Value) -> [String: ArmCounts] {
        var arms: [String: ArmCounts] = [:]
        for (name, one) in page["arms"]?.object?.entries.prefix(64) ?? [] {
            arms[name] = ArmCounts(
                requests: number(one["requests"]), failures: number(one["failures"]), buckets: numbers(one["buckets"]))
        }
        return arms
    }

    private static func number(_ value: Value?) -> UInt64 { UInt64(clamping: value?.integer ?? 0) }
    private static func numbers(_ value: Value?) -> [UInt64] { value?.array?.prefix(256).map { number($0) } ?? [] }
}
