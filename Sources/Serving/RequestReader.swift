/// Reads HTTP/1.x requests out of bytes as they arrive: a small strict parser for clients of the control column (RFC 9112).
///
/// What is ambiguous is refused: both lengths, two different lengths, obsolete folding, bare CR, spaces before the colon.
struct RequestReader {
    struct Head: Equatable {
        var method: String
        var target: String
        var minor: Int
        var headers: HeaderFields
        var length: Length
        var expectsContinue: Bool
        var keepsAlive: Bool
    }

    enum Length: Equatable { case known(Int), chunked }

    /// A refusal: the status to answer before the connection is closed.
    struct Refusal: Error, Equatable {
        var status: Int
        var reason: String
    }

    private(set) var buffer: [UInt8] = []
    private var at = 0
    private let limits: ServingLimits

    init(limits: ServingLimits) { self.limits = limits }

    var isEmpty: Bool { at == buffer.count }
    var pendingCount: Int { buffer.count - at }

    mutating func feed(_ bytes: [UInt8]) {
        if at == buffer.count {
            buffer = bytes
            at = 0
        } else {
            buffer.append(contentsOf: bytes)
        }
    }

    // MARK: - Head

    /// Nil when more bytes are needed.
    mutating func head() throws(Refusal) -> Head? {
        // RFC 9112 section 2.2: empty lines before a request are skipped.
        while at < buffer.count, buffer[at] == 13 || buffer[at] == 10 { at += 1 }
        guard let end = endOfHead() else {
            guard pendingCount <= limits.headBytes else { throw Refusal(status: 431, reason: "the request head is too large") }
            return nil
        }
        guard end - at <= limits.headBytes else { throw Refusal(status: 431, reason: "the request head is too large") }
        let lines = try lines(in: at..<end)
        at = end
        guard let first = lines.first else { throw Refusal(status: 400, reason: "the request line is missing") }
        return try head(requestLine: first, fieldLines: lines.dropFirst())
    }

    private func endOfHead() -> Int? {
        var i = at
        while i + 3 < buffer.count {
            if buffer[i] == 13, buffer[i + 1] == 10, buffer[i + 2] == 13, buffer[i + 3] == 10 { return i + 4 }
            i += 1
        }
        return nil
    }

    private func lines(in range: Range<Int>) throws(Refusal) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var i = range.lowerBound
        while i < range.upperBound {
            let byte = buffer[i]
            if byte == 13, i + 1 < range.upperBound, buffer[i + 1] == 10 {
                if !line.isEmpty { lines.append(line) }
                line = []
                i += 2
                continue
            }
            // RFC 9110 section 5.5: CR, LF and NUL inside are dangerous; other controls but tab are refused with them.
            guard byte == 9 || (byte >= 32 && byte != 127) else {
                throw Refusal(status: 400, reason: "the request head holds a control character")
            }
            line.append(byte)
            i += 1
        }
        return lines
    }

    private func head(requestLine: [UInt8], fieldLines: ArraySlice<[UInt8]>) throws(Refusal) -> Head {
        let words = requestLine.split(separator: 32, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 3, !words[0].isEmpty, words[0].utf8.allSatisfy(Self.isTokenByte) else {
            throw Refusal(status: 400, reason: "the request line is malformed")
        }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
            throw Refusal(status: 505, reason: "only HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        var headers = HeaderFields()
        for line in fieldLines {
            guard headers.entries.count < limits.headerCount else { throw Refusal(status: 431, reason: "too many header fields") }
            let (name, value) = try Self.field(line)
            headers.append(name, value)
        }
        let minor = words[2] == "HTTP/1.1" ? 1 : 0
        guard minor == 0 || headers.all("Host").count == 1 else {
            throw Refusal(status: 400, reason: "HTTP/1.1 wants exactly one Host field")
        }
        let connection = headers.all("Connection").joined(separator: ",").lowercased()
        return Head(
            method: words[0], target: try Self.originForm(words[1]), minor: minor, headers: headers,
            length: try length(of: headers, minor: minor),
            expectsContinue: minor == 1 && headers["Expect"]?.lowercased() == "100-continue",
            keepsAlive: minor == 1 ? !connection.contains("close") : connection.contains("keep-alive"))
    }

    private static func originForm(_ target: String) throws(Refusal) -> String {
        if target.hasPrefix("/") { return target }
        // RFC 9112 section 3.2.2: a server must accept the absolute form.
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            guard let slash = rest.firstIndex(of: "/") else { return "/" }
            return String(rest[slash...])
        }
        if target == "*" { return "/*" }
        throw Refusal(status: 400, reason: "the request target is malformed")
    }

    private static func field(_ line: [UInt8]) throws(Refusal) -> (String, String) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, line[..<colon].allSatisfy(isTokenByte) else {
            throw Refusal(status: 400, reason: "a header field is malformed")
        }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 32 || first == 9 { value = value.dropFirst() }
        while let last = value.last, last == 32 || last == 9 { value = value.dropLast() }
        return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    private func length(of headers: HeaderFields, minor: Int) throws(Refusal) -> Length {
        let lengths = headers.all("Content-Length")
        let codings = headers.all("Transfer-Encoding")
        guard codings.isEmpty else {
            // RFC 9112 section 6.3: a message with both lengths is an attack, not a mistake.
            guard lengths.isEmpty, minor == 1 else { throw Refusal(status: 400, reason: "the body's length is ambiguous") }
            guard codings.count == 1, codings[0].lowercased() == "chunked" else {
                throw Refusal(status: 501, reason: "only the chunked transfer coding is spoken here")
            }
            return .chunked
        }
        guard let first = lengths.first else { return .known(0) }
        guard lengths.count == 1, !first.isEmpty, first.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(first) else {
            throw Refusal(status: 400, reason: "Content-Length is no number")
        }
        guard count <= limits.bodyBytes else { throw Refusal(status: 413, reason: tooLarge) }
        return .known(count)
    }

    private var tooLarge: String { "the request body is larger than \(limits.bodyBytes) bytes" }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    // MARK: - Body

    /// Nil when more bytes are needed; `collected` keeps the decoded chunks between calls.
    mutating func body(_ length: Length, _ collected: inout [UInt8]) throws(Refusal) -> [UInt8]? {
        switch length {
        case .known(let count):
            guard pendingCount >= count else { return nil }
            defer { at += count }
            return Array(buffer[at..<(at + count)])
        case .chunked:
            while true {
                guard let isLast = try chunk(&collected) else { return nil }
                if isLast { return collected }
            }
        }
    }

    /// Takes one chunk; true after the last and its trailers, nil when more bytes are needed.
    private mutating func chunk(_ collected: inout [UInt8]) throws(Refusal) -> Bool? {
        guard let lineEnd = lineEnd(from: at) else {
            guard pendingCount < 4_096 else { throw Refusal(status: 400, reason: "a chunk's size line is too long") }
            return nil
        }
        let sizeText = buffer[at..<lineEnd].prefix { $0 != UInt8(ascii: ";") }
        guard let size = Self.chunkSize(sizeText) else { throw Refusal(status: 400, reason: "a chunk's size is malformed") }
        guard size <= limits.bodyBytes - collected.count else { throw Refusal(status: 413, reason: tooLarge) }
        let start = lineEnd + 2
        if size == 0 { return skipTrailers(from: start) }
        guard buffer.count >= start + size + 2 else { return nil }
        guard buffer[start + size] == 13, buffer[start + size + 1] == 10 else {
            throw Refusal(status: 400, reason: "a chunk is longer than it says")
        }
        collected.append(contentsOf: buffer[start..<(start + size)])
        at = start + size + 2
        return false
    }

    private mutating func skipTrailers(from start: Int) -> Bool? {
        var line = start
        while let end = lineEnd(from: line) {
            if end == line {
                at = end + 2
                return true
            }
            line = end + 2
        }
        return nil
    }

    private func lineEnd(from start: Int) -> Int? {
        var i = start
        while i + 1 < buffer.count {
            if buffer[i] == 13, buffer[i + 1] == 10 { return i }
            i += 1
        }
        return nil
    }

    private static func chunkSize(_ digits: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: digits, as: UTF8.self)
        guard !text.isEmpty, text.utf8.count <= 8,
            text.utf8.allSatisfy({ (48...57).contains($0) || (65...70).contains($0 & 0xDF) })
        else { return nil }
        return Int(text, radix: 16)
    }
}
