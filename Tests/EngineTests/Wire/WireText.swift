import Foundation

/// Bytes as cases write them, and messages as cases show them.
enum WireText {
    // MARK: Writing

    /// `\r \n \t \0 \\ \{ \xHH` are bytes; `{70000*x}` is a text repeated.
    static func bytes(_ text: Substring) throws -> [UInt8] {
        var result: [UInt8] = []
        var rest = text.utf8[...]
        while let c = rest.popFirst() {
            switch c {
            case UInt8(ascii: "\\"): result.append(try escape(&rest, text))
            case UInt8(ascii: "{"):
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")), let inner = Substring(rest[..<end]) as Substring?,
                    let star = inner.firstIndex(of: "*"), let count = Int(inner[..<star])
                else { throw WireScript.Malformed(text) }
                let unit = try bytes(inner[inner.index(after: star)...])
                for _ in 0..<count { result += unit }
                rest = rest[rest.index(after: end)...]
            default: result.append(c)
            }
        }
        return result
    }

    private static func escape(_ rest: inout Substring.UTF8View, _ text: Substring) throws -> UInt8 {
        switch rest.popFirst() {
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "0"): return 0
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "{"): return UInt8(ascii: "{")
        case UInt8(ascii: "x"):
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            rest = rest.dropFirst(2)
            if let value = UInt8(digits, radix: 16) { return value }
            throw WireScript.Malformed(text)
        default: throw WireScript.Malformed(text)
        }
    }

    // MARK: Showing

    /// What was received, independent of how bodies were cut into chunks: a chunked body is shown whole.
    static func show(_ bytes: [UInt8], isResponse: Bool) -> String {
        var text = ""
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let message = WireMessage(rest, isResponse: isResponse) else {
                text += lines(rest)
                break
            }
            text += lines(rest[..<message.headEnd])
            if message.isChunked {
                text +=
                    "{chunked}" + lines(message.body[...])
                    + (message.isComplete ? "{end}\n" + lines(message.trailers[...]) : "{cut}")
            } else {
                text += lines(message.body[...])
                if message.isComplete, !message.body.isEmpty, message.body.last != 10 { text += "\n" }
            }
            rest = rest[message.end...]
            if message.isUpgraded {
                text += lines(rest)
                break
            }
        }
        return mask(text)
    }

    /// Escaped; a line ends behind each line feed.
    static func lines(_ bytes: ArraySlice<UInt8>) -> String {
        var text = ""
        var i = bytes.startIndex
        while i < bytes.endIndex {
            let c = bytes[i]
            let run = bytes[i...].prefix { $0 == c }.count
            if run >= 100 {
                text += "{\(run)*\(shown(c))}"
                i += run
                continue
            }
            text += shown(c)
            if c == 10 { text += "\n" }
            i += 1
        }
        return text
    }

    private static func shown(_ c: UInt8) -> String {
        switch c {
        case 13: "\\r"
        case 10: "\\n"
        case 9: "\\t"
        case 0: "\\0"
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "{"): "\\{"
        case 32..<127: String(UnicodeScalar(c))
        default: "\\x" + (c < 16 ? "0" : "") + String(c, radix: 16)
        }
    }

    /// Request ids that the gateway drew are told by their form only.
    private static func mask(_ text: String) -> String {
        text.replacing(/x-request-id: [0-9a-f]{32}\\r/) { _ in "x-request-id: {id}\\r" }
    }
}

/// One message at the beginning of a stream, as loosely as a test needs; nil while its head is not whole.
struct WireMessage {
    var headEnd: Int
    var end: Int
    var body: [UInt8] = []
    var trailers: [UInt8] = []
    var isChunked = false
    var isComplete = true
    var isUpgraded = false

    init?(_ bytes: ArraySlice<UInt8>, isResponse: Bool) {
        guard let headEnd = Self.find([13, 10, 13, 10], in: bytes) else { return nil }
        self.headEnd = headEnd
        end = headEnd
        let head = String(decoding: bytes[..<headEnd], as: UTF8.self).lowercased()
        if isResponse {
            guard head.hasPrefix("http/1.") else { return nil }
            let status = head.dropFirst(9).prefix(3)
            isUpgraded = status == "101"
            if status.first == "1" || status == "204" || status == "304" { return }
        }
        if head.contains("\r\ntransfer-encoding: chunked\r\n") || head.contains("\r\ntransfer-encoding:chunked\r\n") {
            isChunked = true
            readChunks(bytes)
        } else if let found = head.firstMatch(of: /\r\ncontent-length: *([0-9]+) *\r\n/), let length = Int(found.1) {
            // The answer to a HEAD request has a length and no body: the next answer follows at once.
            if isResponse, bytes[headEnd...].starts(with: Array("HTTP/1.".utf8)) { return }
            body = Array(bytes[headEnd...].prefix(length))
            end = headEnd + body.count
            isComplete = body.count == length
        } else if isResponse {
            body = Array(bytes[headEnd...])
            end = bytes.endIndex
        }
    }

    private mutating func readChunks(_ bytes: ArraySlice<UInt8>) {
        while true {
            guard let lineEnd = Self.find([13, 10], in: bytes[end...]) else { break }
            let size = String(decoding: bytes[end..<(lineEnd - 2)], as: UTF8.self).prefix { $0.isHexDigit }
            guard let count = Int(size, radix: 16) else { break }
            if count == 0 {
                guard let trailersEnd = trailerEnd(bytes[lineEnd...]) else { break }
                trailers = Array(bytes[lineEnd..<trailersEnd])
                end = trailersEnd
                return
            }
            let piece = bytes[lineEnd...].prefix(count)
            body += piece
            guard piece.count == count, bytes.endIndex >= lineEnd + count + 2 else {
                end = bytes.endIndex
                isComplete = false
                return
            }
            end = lineEnd + count + 2
        }
        end = bytes.endIndex
        isComplete = false
    }

    private func trailerEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.starts(with: [13, 10]) { return bytes.startIndex + 2 }
        return Self.find([13, 10, 13, 10], in: bytes)
    }

    /// The index behind the first occurrence.
    static func find(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        var i = bytes.startIndex
        while i + pattern.count <= bytes.endIndex {
            if bytes[i] == pattern[0], bytes[i..<(i + pattern.count)].elementsEqual(pattern) { return i + pattern.count }
            i += 1
        }
        return nil
    }
}
