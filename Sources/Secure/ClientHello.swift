public import Base

/// What a client asks for in TLS's first message (RFC 8446 section 4.1.2, and RFC 5246 section 7.4.1.2 before it), read before anybody answers.
///
/// Strict: what is not plainly a whole and sound ClientHello is unreadable here, and the library that speaks TLS judges it. Extensions that
/// are not known, GREASE among them (RFC 8701), are passed over. With Encrypted Client Hello the name is the outer one's.
public struct ClientHello: Equatable, Sendable {
    /// Where the server's name (SNI, RFC 6066 section 3) lies in the scratch, in lower case; empty when the client names none.
    public var name: Range<Int> = 0..<0
    /// Where the only protocol lies that the client offers (ALPN, RFC 7301); empty when it offers none, or several.
    public var application: Range<Int> = 0..<0

    public init() {}

    public enum Outcome: Equatable, Sendable {
        /// More bytes may make it one.
        case incomplete
        /// It is none, or one that is not for us to understand.
        case unreadable
        case complete(ClientHello)
    }

    /// The longest message that is read: post-quantum keys take two thousand bytes of it.
    public static let longest = 16_384
    /// Records that the message may come in; each has bytes of it.
    static let mostRecords = 64
    /// Bytes within which it is decided: whoever receives more has an outcome.
    public static let mostBytes = longest + header + mostRecords * recordHeader

    private static let header = 4
    private static let recordHeader = 5

    /// Reads the ClientHello that these bytes begin with.
    ///
    /// - Parameter scratch: where the message is put together; it has room for twice `longest` and a header.
    public static func parse(_ bytes: borrowing Span<UInt8>, in scratch: borrowing Buffer) -> Outcome {
        var at = 0
        var count = 0
        for _ in 0..<mostRecords {
            guard let length = recordLength(bytes, at) else { return .unreadable }
            let start = at + recordHeader
            guard bytes.count > start else { return .incomplete }
            // Nothing else may share a record with it (RFC 8446 section 5.1).
            let total = count + length
            count = scratch.write(bytes.extracting(start..<min(bytes.count, start + length)), at: count)
            guard let needed = size(scratch, count) else { return .unreadable }
            if count >= header {
                guard total <= needed else { return .unreadable }
                if count == needed { return message(scratch, count) }
            }
            guard bytes.count >= start + length else { return .incomplete }
            at = start + length
        }
        return .unreadable
    }

    /// Bytes of the record that begins there, as far as its header is here; nil when it is no record of a handshake (RFC 8446 section 5.1).
    private static func recordLength(_ bytes: borrowing Span<UInt8>, _ at: Int) -> Int? {
        let left = bytes.count - at
        if left > 0, bytes[at] != 22 { return nil }
        if left > 1, bytes[at + 1] != 3 { return nil }
        if left > 2, bytes[at + 2] > 4 { return nil }
        guard left >= recordHeader else { return 1 << 14 }
        let length = Int(bytes[at + 3]) << 8 | Int(bytes[at + 4])
        return (1...1 << 14).contains(length) ? length : nil
    }

    /// Bytes of the message, as far as its header is here; nil when it is no ClientHello.
    private static func size(_ scratch: borrowing Buffer, _ count: Int) -> Int? {
        if count > 0, scratch[0] != 1 { return nil }
        guard count >= header else { return header }
        let length = Int(scratch[1]) << 16 | Int(scratch[2]) << 8 | Int(scratch[3])
        return (1...longest).contains(length) ? header + length : nil
    }

    // MARK: - The message

    private static func message(_ scratch: borrowing Buffer, _ count: Int) -> Outcome {
        var cursor = Cursor(at: header, end: count)
        guard let version = cursor.word(scratch), version >> 8 == 3, cursor.skip(32),
            let session = cursor.byte(scratch), session <= 32, cursor.skip(session),
            let suites = cursor.word(scratch), suites >= 2, suites % 2 == 0, cursor.skip(suites),
            let compressions = cursor.byte(scratch), compressions >= 1, cursor.skip(compressions)
        else { return .unreadable }
        // Before TLS 1.3 there need be no extensions.
        if cursor.isAtEnd { return .complete(ClientHello()) }
        guard let length = cursor.word(scratch), length == cursor.left else { return .unreadable }
        var hello = ClientHello()
        var (hasName, hasApplications) = (false, false)
        while !cursor.isAtEnd {
            guard let type = cursor.word(scratch), let length = cursor.word(scratch), length <= cursor.left else {
                return .unreadable
            }
            let body = Cursor(at: cursor.at, end: cursor.at + length)
            _ = cursor.skip(length)
            switch type {
            case 0:
                guard !hasName, let name = name(scratch, body) else { return .unreadable }
                (hello.name, hasName) = (name, true)
            case 16:
                guard !hasApplications, let application = application(scratch, body) else { return .unreadable }
                (hello.application, hasApplications) = (application, true)
            default: break
            }
        }
        return .complete(hello)
    }

    /// The one name in the extension; nil when there is another number of them, or no hostname. Its letters become small.
    private static func name(_ scratch: borrowing Buffer, _ extension: Cursor) -> Range<Int>? {
        var cursor = `extension`
        guard cursor.word(scratch) == cursor.left, cursor.byte(scratch) == 0, let length = cursor.word(scratch),
            length == cursor.left, (1...253).contains(length)
        else { return nil }
        for i in cursor.at..<cursor.end {
            switch scratch[i] {
            case 65...90: scratch[i] |= 32
            case 97...122, 48...57, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): break
            default: return nil
            }
        }
        // RFC 6066 has no trailing dot; a name of dots and nothing else is none.
        guard scratch[cursor.at] != UInt8(ascii: "."), scratch[cursor.end - 1] != UInt8(ascii: ".") else { return nil }
        return cursor.at..<cursor.end
    }

    /// The one protocol in the extension, an empty range when there are several; nil when it is none of these.
    private static func application(_ scratch: borrowing Buffer, _ extension: Cursor) -> Range<Int>? {
        var cursor = `extension`
        guard cursor.word(scratch) == cursor.left, !cursor.isAtEnd else { return nil }
        var found = 0..<0
        var count = 0
        while !cursor.isAtEnd {
            guard let length = cursor.byte(scratch), length >= 1, length <= cursor.left else { return nil }
            found = cursor.at..<(cursor.at + length)
            count += 1
            _ = cursor.skip(length)
        }
        return count == 1 ? found : 0..<0
    }

    /// A place in the scratch, and where what is read there ends.
    private struct Cursor {
        var at: Int
        let end: Int

        var left: Int { end - at }
        var isAtEnd: Bool { at == end }

        mutating func byte(_ scratch: borrowing Buffer) -> Int? {
            guard left >= 1 else { return nil }
            at += 1
            return Int(scratch[at - 1])
        }

        mutating func word(_ scratch: borrowing Buffer) -> Int? {
            guard left >= 2 else { return nil }
            at += 2
            return Int(scratch[at - 2]) << 8 | Int(scratch[at - 1])
        }

        mutating func skip(_ count: Int) -> Bool {
            guard left >= count else { return false }
            at += count
            return true
        }
    }
}
