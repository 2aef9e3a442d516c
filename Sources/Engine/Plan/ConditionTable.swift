import Base
import HTTP
import Patterns

/// Conditions on a request other than its path, with what they compare with: constant rows of a host, or of a rule.
///
/// Nothing here allocates or counts references, except that a condition on a repeated header or an encoded query parameter with a regular
/// expression puts its subject together in the thread's scratch.
struct ConditionTable: BitwiseCopyable {
    /// Names and values, one behind the other.
    var texts = Rows<UInt8>.none
    var conditions = Rows<ConditionRow>.none
    var patterns = Rows<PatternHandle>.none
    var sources = Rows<CIDRRow>.none

    /// Whether all of a run of conditions hold. `failed` is set when an expression was given up.
    func hold(
        _ first: Int32, _ count: Int32, _ head: borrowing RequestHead, _ client: IPAddress, _ failed: inout Bool
    ) -> Bool {
        for i in first..<(first &+ count) {
            let condition = conditions[i]
            let holds =
                switch condition.subject {
                case .method: isText(condition, head.method)
                case .sources: sourceHolds(condition, client)
                case .header: headerHolds(condition, head, &failed)
                case .query: queryHolds(condition, head.query, &failed)
                case .cookie: cookieHolds(condition, head, &failed)
                }
            if !holds { return false }
        }
        return true
    }

    @inline(__always)
    func isText(_ condition: ConditionRow, _ value: borrowing Span<UInt8>) -> Bool {
        value.count == Int(condition.valueLength) && texts.equals(Int(condition.value), value)
    }

    private func sourceHolds(_ condition: ConditionRow, _ client: IPAddress) -> Bool {
        for i in condition.value..<(condition.value &+ condition.valueLength) where sources[i].contains(client) { return true }
        return false
    }

    /// Judges a value that lies in one piece.
    func valueHolds(_ condition: ConditionRow, _ value: borrowing Span<UInt8>, _ failed: inout Bool) -> Bool {
        switch condition.test {
        case .present: return true
        case .absent: return false
        case .exact: return isText(condition, value)
        case .regex:
            let outcome = PatternMemory.onThisThread { patterns[condition.value].test(value, &$0) }
            if outcome == .limit { failed = true }
            return outcome == .match
        }
    }

    /// Judges a value that `write` puts together.
    func assembledHolds(_ condition: ConditionRow, _ failed: inout Bool, _ write: (inout [UInt8]) -> Void) -> Bool {
        var bytes = PatternMemory.onThisThread { memory in
            var scratch: [UInt8] = []
            swap(&scratch, &memory.scratch)
            return scratch
        }
        bytes.removeAll(keepingCapacity: true)
        write(&bytes)
        let holds = valueHolds(condition, bytes.span, &failed)
        PatternMemory.onThisThread { swap(&bytes, &$0.scratch) }
        return holds
    }
}

/// A condition other than the path.
struct ConditionRow: BitwiseCopyable {
    enum Subject: UInt8 { case method, header, query, cookie, sources }
    enum Test: UInt8 { case exact, regex, present, absent }
    var subject: Subject
    var test: Test
    var name: Int32 = 0
    var nameLength: Int32 = 0
    /// Text, or index of a pattern, or first of the source blocks.
    var value: Int32 = 0
    /// Length of the text, or number of source blocks.
    var valueLength: Int32 = 0
}

/// A block of addresses as two masks.
struct CIDRRow: BitwiseCopyable {
    var high: UInt64
    var low: UInt64
    var highMask: UInt64
    var lowMask: UInt64
}
