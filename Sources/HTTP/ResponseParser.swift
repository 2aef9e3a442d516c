/// A response head as parsed: offsets into the bytes that were given. Plain data.
public struct ParsedResponse: Sendable, BitwiseCopyable {
    public var facts = FieldFacts()
    public var status: UInt16 = 0
    /// 0 or 1.
    public var minor: UInt8 = 1
    /// Offset of the first field line.
    public var fieldsStart: Int32 = 0
    /// The reason phrase, possibly empty.
    public var phrase: Int32 = 0
    public var phraseLength: Int32 = 0

    @inlinable public init() {}

    @inlinable public var length: Int { Int(facts.end) }

    /// How the body is delimited, given the request's method (RFC 9112 section 6.3).
    @inlinable public func framing(toHead: Bool) -> Framing {
        if toHead || status < 200 || status == 204 || status == 304 { return .none }
        if facts.isChunked { return .chunked }
        if facts.contentLength >= 0 { return facts.contentLength == 0 ? .none : .length }
        return .untilClose
    }

    /// Whether the upstream keeps the connection open.
    @inlinable public var keepsAlive: Bool { !facts.close && (minor == 1 || facts.keepAlive) }
}

/// Parses response heads (RFC 9112 section 4).
public enum ResponseParser {
    public static func parse(
        _ bytes: borrowing Span<UInt8>, limits: HeadLimits, _ table: borrowing FieldTable, _ response: inout ParsedResponse
    ) -> HeadOutcome {
        let n = min(bytes.count, limits.bytes)
        let outcome = parseHead(bytes, n, limits, table, &response)
        if case .incomplete = outcome, bytes.count >= limits.bytes { return .refused(.tooLarge) }
        return outcome
    }

    @inline(__always)
    private static func parseHead(
        _ b: borrowing Span<UInt8>, _ n: Int, _ limits: HeadLimits, _ table: borrowing FieldTable,
        _ response: inout ParsedResponse
    ) -> HeadOutcome {
        // The shortest line is `HTTP/1.1 200` with its end.
        guard n >= 14 else { return FieldParser.refuse(.statusLine, b, 0, n) }
        guard Octets.word(b, 0) & 0x00ff_ffff_ffff_ffff == 0x002e_312f_5054_5448, b[7] &- 48 <= 1, b[8] == 32 else {
            return FieldParser.refuse(.statusLine, b, 0, n)
        }
        guard Octets.isDigit(b[9]), Octets.isDigit(b[10]), Octets.isDigit(b[11]), b[9] != 48 else {
            return FieldParser.refuse(.statusLine, b, 0, n)
        }
        response.minor = b[7] &- 48
        response.status = UInt16(b[9] &- 48) &* 100 &+ UInt16(b[10] &- 48) &* 10 &+ UInt16(b[11] &- 48)
        let i = Octets.endOfValue(b, 12, n)
        if i >= n || (b[i] == 13 && i &+ 1 >= n) { return .incomplete }
        // The space before an empty phrase is often left out.
        guard b[i] == 13, b[i &+ 1] == 10, i == 12 || b[12] == 32 else { return FieldParser.refuse(.statusLine, b, 0, n) }
        response.phrase = Int32(truncatingIfNeeded: min(13, i))
        response.phraseLength = Int32(truncatingIfNeeded: i &- min(13, i))
        response.fieldsStart = Int32(truncatingIfNeeded: i &+ 2)
        let outcome = FieldParser.parse(b, from: i &+ 2, n, maximum: limits.fields, table, &response.facts)
        guard case .complete = outcome else { return outcome }
        if response.facts.isChunked && (response.facts.contentLength >= 0 || response.minor == 0) {
            return .refused(.bothLengths)
        }
        return .complete
    }
}

/// Parses the trailer section of a chunked body: field lines up to and including the empty line.
public enum TrailerParser {
    public static func parse(
        _ bytes: borrowing Span<UInt8>, limits: HeadLimits, _ table: borrowing FieldTable, _ facts: inout FieldFacts
    ) -> HeadOutcome {
        let n = min(bytes.count, limits.bytes)
        let outcome = FieldParser.parse(bytes, from: 0, n, maximum: limits.fields, table, &facts)
        if case .incomplete = outcome, bytes.count >= limits.bytes { return .refused(.tooLarge) }
        return outcome
    }

    /// Whether a trailer of this kind may be passed on: framing, routing and forwarding fields may not (RFC 9110 section 6.5.1).
    public static func mayPass(_ kind: FieldKind) -> Bool { kind == .other || kind == .date }
}
