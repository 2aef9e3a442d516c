public import Base

/// What a proxy says of a connection before the connection's first byte: whom it is from (the PROXY protocol, versions 1 and 2, as HAProxy's
/// `proxy-protocol.txt` has them).
public struct ProxyHeader: Equatable, Sendable {
    /// Whom the connection is from.
    public enum Origin: Equatable, Sendable {
        /// The client's address, as the proxy saw it.
        case client(SocketAddress)
        /// Nobody's: the proxy connects for itself, such as to see whether somebody answers (LOCAL).
        case proxy
        /// Somebody's whose address the proxy does not know, or cannot say (UNKNOWN, UNSPEC, sockets of other kinds).
        case unknown
    }

    public let origin: Origin
    /// Bytes of the header: what the client sent begins behind them.
    public let length: Int

    public init(origin: Origin, length: Int) {
        self.origin = origin
        self.length = length
    }

    public enum Outcome: Equatable, Sendable {
        /// More bytes may make it a header.
        case incomplete
        /// It is none, or one that says something impossible.
        case refused
        case complete(ProxyHeader)
    }

    /// The longest header that is taken, with everything that a proxy adds to it (TLVs, which are skipped).
    public static let longest = 4096

    /// Reads the header that these bytes begin with.
    public static func parse(_ bytes: borrowing Span<UInt8>) -> Outcome {
        guard bytes.count > 0 else { return .incomplete }
        return bytes[0] == ProxyLine.start[0] ? ProxyLine.parse(bytes) : parseBinary(bytes)
    }

    // MARK: - Version 2 (section 2.2)

    private static let signature: InlineArray<12, UInt8> = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
    private static let fixed = 16

    private static func parseBinary(_ bytes: borrowing Span<UInt8>) -> Outcome {
        for i in 0..<min(bytes.count, 12) where bytes[i] != signature[i] { return .refused }
        if bytes.count > 12, bytes[12] != 0x20, bytes[12] != 0x21 { return .refused }
        guard bytes.count >= fixed else { return .incomplete }
        let length = fixed + Int(word16(bytes, 14))
        guard length <= longest else { return .refused }
        let isLocal = bytes[12] == 0x20
        guard isLocal || length >= fixed + addressLength(bytes[13]) else { return .refused }
        guard isLocal || (bytes[13] >> 4 <= 3 && bytes[13] & 15 <= 2) else { return .refused }
        guard bytes.count >= length else { return .incomplete }
        // What a proxy says of itself is skipped: its own connection tells it better.
        return .complete(ProxyHeader(origin: isLocal ? .proxy : origin(bytes), length: length))
    }

    /// Bytes that a family and transport needs at least.
    private static func addressLength(_ family: UInt8) -> Int {
        switch family >> 4 {
        case 1: 12
        case 2: 36
        case 3: 216
        default: 0
        }
    }

    private static func origin(_ bytes: borrowing Span<UInt8>) -> Origin {
        switch bytes[13] {
        case 0x11:
            let bits = UInt32(word16(bytes, 16)) << 16 | UInt32(word16(bytes, 18))
            return .client(SocketAddress(IPAddress(v4: bits), word16(bytes, 24)))
        case 0x21:
            return .client(SocketAddress(IPAddress(high: word64(bytes, 16), low: word64(bytes, 24)), word16(bytes, 48)))
        default: return .unknown
        }
    }

    private static func word16(_ bytes: borrowing Span<UInt8>, _ at: Int) -> UInt16 {
        UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }

    private static func word64(_ bytes: borrowing Span<UInt8>, _ at: Int) -> UInt64 {
        var word: UInt64 = 0
        for i in at..<(at + 8) { word = word << 8 | UInt64(bytes[i]) }
        return word
    }
}

/// Version 1, a line of text (section 2.1): `PROXY TCP4 192.0.2.7 10.0.0.1 40000 443`.
enum ProxyLine {
    static let start: InlineArray<6, UInt8> = [80, 82, 79, 88, 89, 32]
    /// With its CR and LF.
    private static let longest = 107

    static func parse(_ bytes: borrowing Span<UInt8>) -> ProxyHeader.Outcome {
        for i in 0..<min(bytes.count, 6) where bytes[i] != start[i] { return .refused }
        var end = 6
        while end < min(bytes.count, longest), bytes[end] != 13 {
            guard bytes[end] >= 32, bytes[end] < 127 else { return .refused }
            end += 1
        }
        guard end + 1 < longest else { return .refused }
        guard end + 1 < bytes.count else { return .incomplete }
        guard bytes[end + 1] == 10, let origin = origin(bytes, 6..<end) else { return .refused }
        return .complete(ProxyHeader(origin: origin, length: end + 2))
    }

    private static func origin(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> ProxyHeader.Origin? {
        var text = ""
        for i in range { text.unicodeScalars.append(Unicode.Scalar(bytes[i])) }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        // Whatever else an unknown one says counts for nothing.
        if words.first == "UNKNOWN" { return .unknown }
        guard words.count == 5, let family = Family(rawValue: String(words[0])), let source = address(words[1], family),
            address(words[2], family) != nil, let port = port(words[3]), self.port(words[4]) != nil
        else { return nil }
        return .client(SocketAddress(source, port))
    }

    private enum Family: String { case tcp4 = "TCP4", tcp6 = "TCP6" }

    private static func address(_ word: Substring, _ family: Family) -> IPAddress? {
        guard word.utf8.contains(UInt8(ascii: ":")) == (family == .tcp6) else { return nil }
        return IPAddress(word)
    }

    /// Decimal, without leading zeros.
    private static func port(_ word: Substring) -> UInt16? {
        guard let port = UInt16(word), String(port) == word else { return nil }
        return port
    }
}
