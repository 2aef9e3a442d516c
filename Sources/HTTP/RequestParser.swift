/// A request head as parsed: offsets into the bytes that were given. Plain data.
public struct ParsedRequest: Sendable, BitwiseCopyable {
    /// Path as received: see `needsCanonicalPath`.
    public var line = RequestLine()
    public var facts = FieldFacts()
    /// 0 or 1.
    public var minor: UInt8 = 1
    /// Offset of the first field line.
    public var fieldsStart: Int32 = 0
    /// Host with port, as received (from Host, or from an absolute-form target, which takes precedence).
    public var authority: Int32 = 0
    public var authorityLength: Int32 = 0
    /// The path has something that `CanonicalPath` changes or refuses.
    public var needsCanonicalPath = false
    /// The host has upper-case letters.
    public var needsLowerHost = false
    public var isAbsoluteForm = false

    @inlinable public init() {}

    /// Bytes of the head, the empty line included.
    @inlinable public var length: Int { Int(facts.end) }

    /// How the body is delimited.
    @inlinable public var framing: Framing { facts.isChunked ? .chunked : facts.contentLength > 0 ? .length : .none }

    /// Whether the client wants the connection to persist (RFC 9112 section 9.3).
    @inlinable public var keepsAlive: Bool { !facts.close && (minor == 1 || facts.keepAlive) }
}

/// Parses request heads (RFC 9112 section 3).
public enum RequestParser {
    /// Judges the bytes received so far. `request` is meaningful when the outcome is `.complete`; the field lines are then the
    /// first `request.facts.count` of `table`.
    public static func parse(
        _ bytes: borrowing Span<UInt8>, limits: HeadLimits, _ table: borrowing FieldTable, _ request: inout ParsedRequest
    ) -> HeadOutcome {
        let n = min(bytes.count, limits.bytes)
        let outcome = parseHead(bytes, n, limits, table, outlined: -1, &request)
        if case .incomplete = outcome, bytes.count >= limits.bytes { return .refused(.tooLarge) }
        return outcome
    }

    /// The same for a head that `HTTP2HeadText` wrote and outlined: the first `outlined` lines of `table` are where its fields lie.
    public static func parse(
        _ bytes: borrowing Span<UInt8>, outlined: Int, limits: HeadLimits, _ table: borrowing FieldTable,
        _ request: inout ParsedRequest
    ) -> HeadOutcome {
        let n = min(bytes.count, limits.bytes)
        let outcome = parseHead(bytes, n, limits, table, outlined: outlined, &request)
        if case .incomplete = outcome, bytes.count >= limits.bytes { return .refused(.tooLarge) }
        return outcome
    }

    @inline(__always)
    private static func parseHead(
        _ b: borrowing Span<UInt8>, _ n: Int, _ limits: HeadLimits, _ table: borrowing FieldTable, outlined: Int,
        _ request: inout ParsedRequest
    ) -> HeadOutcome {
        var i = 0
        // Empty lines before a request are ignored (RFC 9112 section 2.2).
        while i &+ 1 < n && b[i] == 13 && b[i &+ 1] == 10 { i = i &+ 2 }
        if i >= n { return .incomplete }
        if b[i] == 13 && i &+ 1 >= n { return .incomplete }
        let start = i
        // Something else than HTTP (a TLS hello) is told by its first byte.
        guard Octets.isToken(b[i]) else { return .refused(.startLine) }
        while unsafe i < n && Octets.isToken(Octets.knownByte(b, i)) { i = i &+ 1 }
        if i >= n { return .incomplete }
        guard b[i] == 32, i &- start <= 32 else { return FieldParser.refuse(.startLine, b, start, n) }
        request.line.method = Int32(truncatingIfNeeded: start)
        request.line.methodLength = Int32(truncatingIfNeeded: i &- start)
        i = i &+ 1
        let target = i
        while unsafe i < n && Octets.knownByte(b, i) &- 33 < 94 { i = i &+ 1 }
        let targetEnd = i
        if i &+ 11 > n {
            // Too short to hold the version: incomplete, unless the line ends before; then the defect is the one that is found
            // when more bytes follow.
            return FieldParser.refuse(defectOfShortLine(b, target, targetEnd, n), b, start, n)
        }
        guard targetEnd > target, b[i] == 32 else { return FieldParser.refuse(.target, b, start, n) }
        guard Octets.word(b, i &+ 1) & 0x00ff_ffff_ffff_ffff == 0x002e_312f_5054_5448, b[i &+ 8] &- 48 <= 1 else {
            return FieldParser.refuse(.version, b, start, n)
        }
        guard b[i &+ 9] == 13, b[i &+ 10] == 10 else { return FieldParser.refuse(.startLine, b, start, n) }
        request.minor = b[i &+ 8] &- 48
        if let defect = TargetParser.parse(b, target, targetEnd, &request) { return .refused(defect) }
        request.fieldsStart = Int32(truncatingIfNeeded: i &+ 11)
        let outcome =
            outlined < 0
            ? FieldParser.parse(b, from: i &+ 11, n, maximum: limits.fields, table, &request.facts)
            : FieldParser.adopt(b, from: i &+ 11, n, count: outlined, maximum: limits.fields, table, &request.facts)
        guard case .complete = outcome else { return outcome }
        if let defect = check(b, table, &request) { return .refused(defect) }
        return .complete
    }

    @inline(never)
    private static func defectOfShortLine(_ b: borrowing Span<UInt8>, _ target: Int, _ targetEnd: Int, _ n: Int) -> HeadDefect {
        if targetEnd >= n || targetEnd == target || b[targetEnd] != 32 { return .target }
        guard targetEnd &+ 9 < n, Octets.word(b, targetEnd &+ 1) & 0x00ff_ffff_ffff_ffff == 0x002e_312f_5054_5448,
            b[targetEnd &+ 8] &- 48 <= 1
        else { return .version }
        return .startLine
    }

    /// What can be said only when all fields are known.
    @inline(__always)
    private static func check(
        _ b: borrowing Span<UInt8>, _ table: borrowing FieldTable, _ request: inout ParsedRequest
    ) -> HeadDefect? {
        if request.facts.isChunked {
            if request.facts.contentLength >= 0 { return .bothLengths }
            if request.minor == 0 { return .transferEncoding }
        }
        if request.facts.host >= 0 {
            let field = table[Int(request.facts.host)]
            // The field is checked even where an absolute-form target makes it moot (RFC 9112 section 3.2).
            if request.isAbsoluteForm {
                var unused = request
                if field.valueLength > 0, !AuthorityParser.parse(b, Int(field.value), Int(field.valueLength), &unused) {
                    return .host
                }
            } else if field.valueLength > 0,
                !AuthorityParser.parse(b, Int(field.value), Int(field.valueLength), &request)
            {
                return .host
            }
        } else if request.minor == 1 {
            return .host
        }
        if request.facts.expectOther { return .expectation }
        return nil
    }
}
