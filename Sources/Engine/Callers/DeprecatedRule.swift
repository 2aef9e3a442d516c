public import Base
public import Graph
import Synchronization
import Telemetry

/// A rule that is deprecated, or was while the process lived, and who sends its requests.
public struct DeprecatedRule: Sendable, Equatable {
    public struct Caller: Sendable, Equatable {
        public var address: IPAddress
        /// Its first 96 bytes; empty without one.
        public var userAgent: String
        /// Never too low, and too high by at most `excess`.
        public var requests: UInt64
        public var excess: UInt64
        /// Nanoseconds since 1970.
        public var seen: UInt64
    }

    public var rule: String
    public var deprecation: Deprecation
    public var requests: UInt64
    /// Those that send most, the first one the most.
    public var callers: [Caller]
}

extension CallerBook {
    /// All rules, by name.
    var deprecated: [DeprecatedRule] {
        rules.sorted { $0.rule < $1.rule }.compactMap { index, rule, deprecation in
            guard let table = unsafe view.table(Int32(index)) else { return nil }
            let callers = (0..<Self.callers).compactMap { unsafe caller(CallerView.slot(table, $0)) }
            return DeprecatedRule(
                rule: rule, deprecation: deprecation, requests: unsafe table[Place.requests].load(ordering: .relaxed),
                callers: callers.sorted { ($1.requests, $0.userAgent) < ($0.requests, $1.userAgent) })
        }
    }

    /// nil for a place that nobody has, or that is being given to somebody.
    @unsafe private func caller(_ slot: UnsafeMutablePointer<Word>) -> DeprecatedRule.Caller? {
        let version = unsafe slot.pointee.load(ordering: .acquiring)
        guard version > 0, version & 1 == 0 else { return nil }
        let words = (0..<Slot.count).map { unsafe slot[$0].load(ordering: .relaxed) }
        atomicMemoryFence(ordering: .acquiring)
        guard unsafe slot.pointee.load(ordering: .relaxed) == version else { return nil }
        let bytes = words[Slot.agent...].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
        return DeprecatedRule.Caller(
            address: IPAddress(high: words[Slot.addressHigh], low: words[Slot.addressLow]),
            userAgent: String(decoding: bytes.prefix(Int(words[Slot.agentLength])), as: UTF8.self),
            requests: words[Slot.requests], excess: words[Slot.excess], seen: words[Slot.seen])
    }

    /// Writes the family of deprecated rules, if there is one.
    func write(_ text: inout Exposition) {
        let rules = deprecated
        guard !rules.isEmpty else { return }
        text.family(
            "martlet_deprecated_requests_total", .counter,
            help: "Requests of rules that are deprecated, whatever they were answered.")
        for one in rules { text.sample([("rule", one.rule)], one.requests) }
    }
}
