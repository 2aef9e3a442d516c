/// What the fields of a head say about the message itself. Gathered while they are parsed; the same for requests and responses.
public struct FieldFacts: Sendable, BitwiseCopyable {
    public var count: Int32 = 0
    /// Offset past the empty line.
    public var end: Int32 = 0
    /// Index of the Host field, -1 without.
    public var host: Int32 = -1
    /// -1 without.
    public var contentLength: Int64 = -1
    public var isChunked = false
    /// Connection: close, keep-alive, upgrade.
    public var close = false
    public var keepAlive = false
    public var connectionUpgrade = false
    /// Connection names fields of the message, which are then hop-by-hop.
    public var connectionLists = false
    /// Upgrade names exactly `websocket`.
    public var upgradeWebSocket = false
    public var hasUpgrade = false
    public var expectContinue = false
    public var expectOther = false
    public var teTrailers = false
    public var forwardedFor: Int32 = -1
    public var requestID: Int32 = -1

    @inlinable public init() {}
}

/// The one validator of field sections: heads of both directions and trailers.
enum FieldParser {
    /// Parses field lines from `start` to the empty line.
    @inline(__always)
    static func parse(
        _ b: borrowing Span<UInt8>, from start: Int, _ n: Int, maximum: Int, _ table: borrowing FieldTable,
        _ facts: inout FieldFacts
    ) -> HeadOutcome {
        var i = start
        var count = 0
        let limit = min(maximum, table.capacity)
        while true {
            if i >= n { return .incomplete }
            if unsafe Octets.knownByte(b, i) == 13 {
                if i &+ 1 >= n { return .incomplete }
                guard unsafe Octets.knownByte(b, i &+ 1) == 10 else { return refuse(.fieldValue, b, i, n) }
                facts.count = Int32(truncatingIfNeeded: count)
                facts.end = Int32(truncatingIfNeeded: i &+ 2)
                return .complete
            }
            let name = i
            i = Octets.endOfToken(b, i, n)
            if i >= n { return .incomplete }
            // A space here is an obs-fold or stands before the colon; both let two parsers disagree.
            guard unsafe Octets.knownByte(b, i) == 58, i > name else { return refuse(.fieldName, b, name, n) }
            let nameLength = i &- name
            var value = i &+ 1
            i = Octets.endOfValue(b, value, n)
            if i >= n { return .incomplete }
            guard unsafe Octets.knownByte(b, i) == 13 else { return refuse(.fieldValue, b, name, n) }
            if i &+ 1 >= n { return .incomplete }
            guard unsafe Octets.knownByte(b, i &+ 1) == 10 else { return refuse(.fieldValue, b, name, n) }
            // The only bytes up to a space that a value can hold are blanks.
            var end = i
            while unsafe value < end && Octets.knownByte(b, value) <= 32 { value = value &+ 1 }
            while unsafe value < end && Octets.knownByte(b, end &- 1) <= 32 { end = end &- 1 }
            i = i &+ 2
            guard count < limit else { return .refused(.tooManyFields) }
            let kind = FieldClassifier.kind(b, name, nameLength, n)
            table[count] = FieldLine(
                name: Int32(truncatingIfNeeded: name), nameLength: Int32(truncatingIfNeeded: nameLength),
                value: Int32(truncatingIfNeeded: value), valueLength: Int32(truncatingIfNeeded: end &- value),
                end: Int32(truncatingIfNeeded: i), kind: kind)
            if kind != .other, let defect = note(kind, count, b, value, end, &facts) { return .refused(defect) }
            count = count &+ 1
        }
    }

    /// The same for lines of which it is known where they are, and that nothing stands in them that may not: the first `count` lines of the table,
    /// but for their kinds. Where they are not there, all is parsed.
    @inline(__always)
    static func adopt(
        _ b: borrowing Span<UInt8>, from start: Int, _ n: Int, count: Int, maximum: Int, _ table: borrowing FieldTable,
        _ facts: inout FieldFacts
    ) -> HeadOutcome {
        guard count <= min(maximum, table.capacity) else { return .refused(.tooManyFields) }
        var i = start
        for k in 0..<count {
            let line = table[k]
            let (name, value, end) = (Int(line.name), Int(line.value), Int(line.end))
            let nameLength = Int(line.nameLength)
            guard name == i, nameLength > 0, value == name &+ nameLength &+ 2, end >= value &+ 2, end &+ 2 <= n,
                end == value &+ Int(line.valueLength) &+ 2
            else {
                facts = FieldFacts()
                return parse(b, from: start, n, maximum: maximum, table, &facts)
            }
            i = end
            let kind = FieldClassifier.kind(b, name, nameLength, n)
            if kind != .other {
                table[k].kind = kind
                if let defect = note(kind, k, b, value, end &- 2, &facts) { return .refused(defect) }
            }
        }
        facts.count = Int32(truncatingIfNeeded: count)
        facts.end = Int32(truncatingIfNeeded: i &+ 2)
        return .complete
    }

    /// Nothing is judged before its line is whole.
    @inline(never)
    static func refuse(_ defect: HeadDefect, _ b: borrowing Span<UInt8>, _ lineStart: Int, _ n: Int) -> HeadOutcome {
        Octets.hasLineFeed(b, from: lineStart, n) ? .refused(defect) : .incomplete
    }

    @inline(__always)
    private static func note(
        _ kind: FieldKind, _ index: Int, _ b: borrowing Span<UInt8>, _ value: Int, _ end: Int, _ facts: inout FieldFacts
    ) -> HeadDefect? {
        switch kind {
        case .host:
            guard facts.host < 0 else { return .host }
            facts.host = Int32(truncatingIfNeeded: index)
        case .contentLength:
            guard facts.contentLength < 0, let length = decimal(b, value, end) else { return .contentLength }
            facts.contentLength = length
        case .transferEncoding:
            guard !facts.isChunked, end &- value == 7, Octets.same(b, value, "chunked") else { return .transferEncoding }
            facts.isChunked = true
        case .connection: return noteConnection(b, value, end, &facts)
        case .expect:
            if end &- value == 12, Octets.same(b, value, "100-continue") {
                facts.expectContinue = true
            } else {
                facts.expectOther = true
            }
        case .upgrade:
            facts.upgradeWebSocket = !facts.hasUpgrade && end &- value == 9 && Octets.same(b, value, "websocket")
            facts.hasUpgrade = true
        case .te: facts.teTrailers = facts.teTrailers || (end &- value == 8 && Octets.same(b, value, "trailers"))
        case .xForwardedFor: facts.forwardedFor = Int32(truncatingIfNeeded: index)
        case .requestID: facts.requestID = Int32(truncatingIfNeeded: index)
        default: break
        }
        return nil
    }

    /// Digits only, at most 18: no sign, no list, no blank.
    private static func decimal(_ b: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard end > start, end &- start <= 18 else { return nil }
        var number: Int64 = 0
        for i in start..<end {
            guard Octets.isDigit(b[i]) else { return nil }
            number = number &* 10 &+ Int64(b[i] &- 48)
        }
        return number
    }

    /// A comma-separated list of tokens (RFC 9110 section 7.6.1).
    private static func noteConnection(
        _ b: borrowing Span<UInt8>, _ start: Int, _ end: Int, _ facts: inout FieldFacts
    ) -> HeadDefect? {
        // Nearly always it is one of these, alone.
        switch end &- start {
        case 5 where Octets.same(b, start, "close"):
            facts.close = true
            return nil
        case 10 where Octets.same(b, start, "keep-alive"):
            facts.keepAlive = true
            return nil
        default: break
        }
        var i = start
        while i < end {
            while i < end && (Octets.isBlank(b[i]) || b[i] == 44) { i = i &+ 1 }
            let token = i
            while i < end && Octets.isToken(b[i]) { i = i &+ 1 }
            let length = i &- token
            while i < end && Octets.isBlank(b[i]) { i = i &+ 1 }
            guard i >= end || b[i] == 44 else { return .connection }
            switch length {
            case 0: break
            case 5 where Octets.same(b, token, "close"): facts.close = true
            case 7 where Octets.same(b, token, "upgrade"): facts.connectionUpgrade = true
            case 10 where Octets.same(b, token, "keep-alive"): facts.keepAlive = true
            default: facts.connectionLists = true
            }
        }
        return nil
    }
}
