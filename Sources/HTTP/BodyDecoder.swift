/// Finds body bytes among the bytes of a message, for all four framings. Plain data; it neither keeps nor copies bytes.
///
/// Chunked bodies (RFC 9112 section 7.1) are read strictly: CRLF only, at most 15 hexadecimal digits, no blanks around the size,
/// extensions ignored but bounded.
public struct BodyDecoder: Sendable, BitwiseCopyable {
    public enum Event: Equatable, Sendable {
        /// Body bytes at these positions.
        case data(Range<Int>)
        /// Bytes of the trailer section: keep them until `.end`, then give them to `TrailerParser`.
        case trailer(Range<Int>)
        /// The body is over; what follows belongs to the next message.
        case end
        /// All bytes are used up.
        case more
        case malformed
    }

    private enum State: UInt8, BitwiseCopyable {
        case size, lineExtension, sizeFeed, data, dataReturn, dataFeed, lineStart, trailerLine, trailerFeed, endFeed, done, failed
    }

    public private(set) var framing: Framing
    private var state: State
    private var digits: UInt8 = 0
    private var hasTrailers = false
    private var extensionBytes: UInt16 = 0
    /// Bytes left of the body (length) or of the chunk.
    public private(set) var remaining: UInt64

    /// Extension bytes of one body; more is an attack.
    private static let maximumExtensionBytes: UInt16 = 16_384

    /// - Parameter length: meaningful with `.length` only.
    @inlinable public init(_ framing: Framing, length: Int64 = 0) { self.init(framing: framing, count: UInt64(max(0, length))) }

    @inline(__always) @usableFromInline init(framing: Framing, count: UInt64) {
        self.framing = framing
        remaining = framing == .length ? count : 0
        state = framing == .none || (framing == .length && count == 0) ? .done : framing == .chunked ? .size : .data
    }

    /// Computed: a global would be initialised behind a check at each use.
    @inlinable public static var none: BodyDecoder { BodyDecoder(.none) }

    public var isDone: Bool { state == .done }
    public var hasTrailerSection: Bool { hasTrailers }

    /// Reads on at `i`, and moves it past what the event covers.
    public mutating func next(_ b: borrowing Span<UInt8>, _ i: inout Int) -> Event {
        switch framing {
        case .none: return .end
        case .length: return counted(b.count, &i)
        case .chunked: return chunked(b, &i)
        case .untilClose:
            guard i < b.count else { return .more }
            defer { i = b.count }
            return .data(i..<b.count)
        }
    }

    @inline(__always)
    private mutating func counted(_ n: Int, _ i: inout Int) -> Event {
        if remaining == 0 {
            state = .done
            return .end
        }
        guard i < n else { return .more }
        let take = Int(min(remaining, UInt64(n &- i)))
        remaining &-= UInt64(take)
        let start = i
        i = i &+ take
        if remaining == 0 { state = .done }
        return .data(start..<i)
    }

    private mutating func chunked(_ b: borrowing Span<UInt8>, _ i: inout Int) -> Event {
        let n = b.count
        if state == .done { return .end }
        while i < n {
            if state == .data {
                let take = Int(min(remaining, UInt64(n &- i)))
                let start = i
                i = i &+ take
                remaining &-= UInt64(take)
                if remaining == 0 { state = .dataReturn }
                return .data(start..<i)
            }
            if state == .lineStart || state == .trailerLine || state == .trailerFeed {
                if let event = trailers(b, &i) { return event }
                continue
            }
            let c = b[i]
            i = i &+ 1
            guard framingByte(c) else {
                state = .failed
                return .malformed
            }
            if state == .done { return .end }
        }
        return state == .failed ? .malformed : .more
    }

    /// One byte of the framing between data; false when it may not stand there.
    @inline(__always)
    private mutating func framingByte(_ c: UInt8) -> Bool {
        switch state {
        case .size: return sizeByte(c)
        case .lineExtension:
            if c == 13 {
                state = .sizeFeed
                return true
            }
            extensionBytes &+= 1
            return (c >= 32 || c == 9) && c != 127 && extensionBytes < Self.maximumExtensionBytes
        case .sizeFeed:
            state = remaining == 0 ? .lineStart : .data
            digits = 0
            return c == 10
        case .dataReturn:
            state = .dataFeed
            return c == 13
        case .dataFeed:
            state = .size
            return c == 10
        case .endFeed:
            state = .done
            return c == 10
        default: return false
        }
    }

    @inline(__always)
    private mutating func sizeByte(_ c: UInt8) -> Bool {
        let digit = Octets.hex(c)
        if digit < 16 {
            guard digits < 15 else { return false }
            remaining = remaining << 4 | UInt64(digit)
            digits &+= 1
            return true
        }
        guard digits > 0, c == 13 || c == 59 else { return false }
        state = c == 13 ? .sizeFeed : .lineExtension
        return true
    }

    /// The section between the last chunk and the end: its bytes are handed out, and judged as fields when it is whole.
    private mutating func trailers(_ b: borrowing Span<UInt8>, _ i: inout Int) -> Event? {
        let start = i
        while i < b.count {
            let c = b[i]
            if state == .lineStart && c == 13 {
                if i > start { return .trailer(start..<i) }
                i = i &+ 1
                state = .endFeed
                return nil
            }
            i = i &+ 1
            hasTrailers = true
            switch state {
            case .trailerFeed: state = c == 10 ? .lineStart : .failed
            default: state = c == 13 ? .trailerFeed : c == 10 ? .failed : .trailerLine
            }
            if state == .failed { return .malformed }
        }
        return i > start ? .trailer(start..<i) : nil
    }
}
