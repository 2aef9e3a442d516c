import Base
import Foundation
import HTTP
import Pipeline

/// A request as test cases write it: `GET shop.example.com/a?x=1 [x-beta: 1] [cookie: a=b] [from 192.0.2.1] [https]`.
struct TestRequest: CustomStringConvertible {
    var method = "GET"
    /// With port, if any.
    var authority = ""
    var path = "/"
    var query: String?
    var fields: [(String, String)] = []
    var client = IPAddress(v4: 0x0a00_0001)
    var scheme = Exchange.Scheme.http

    init() {}

    init(_ line: String) throws {
        var rest = Substring(line)
        while let open = rest.lastIndex(of: "["), rest.hasSuffix("]") {
            let word = rest[rest.index(after: open)...].dropLast()
            try add(String(word))
            rest = rest[..<open].trimmingSuffix(" ")
        }
        fields.reverse()
        let words = rest.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { throw Malformed(line: line) }
        method = String(words[0])
        let target = words[1]
        let slash = target.firstIndex(of: "/") ?? target.endIndex
        authority = String(target[..<slash])
        let parts = target[slash...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "")
        query = parts.count > 1 ? String(parts[1]) : nil
    }

    struct Malformed: Error { let line: String }

    private mutating func add(_ word: String) throws {
        if word == "https" {
            scheme = .https
        } else if word.hasPrefix("from "), let address = IPAddress(word.dropFirst(5)) {
            client = address
        } else if let colon = word.firstIndex(of: ":") {
            fields.append((String(word[..<colon]), word[word.index(after: colon)...].trimmingCharacters(in: .whitespaces)))
        } else {
            throw Malformed(line: word)
        }
    }

    var host: String {
        let end =
            authority.hasPrefix("[")
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        return authority[..<(end ?? authority.endIndex)].lowercased()
    }

    var description: String {
        "\(method) \(authority)\(path)\(query.map { "?" + $0 } ?? "") \(fields.map { "[\($0.0): \($0.1)]" }.joined(separator: " ")) [from \(client)]"
    }

    /// Calls `body` with the head as the engine would show it: host in lower case, offsets into one run of bytes.
    func withHead<R>(_ body: (borrowing RequestHead) throws -> R) rethrows -> R {
        var bytes: [UInt8] = []
        var line = RequestLine()
        func put(_ text: String) -> (Int32, Int32) {
            let start = Int32(bytes.count)
            bytes += text.utf8
            return (start, Int32(bytes.count) - start)
        }
        (line.method, line.methodLength) = put(method)
        (line.path, line.pathLength) = put(path)
        if let query { (line.query, line.queryLength) = put(query) }
        line.hasQuery = query != nil
        (line.host, line.hostLength) = put(host)
        var lines: [FieldLine] = []
        for (name, value) in [("Host", authority)] + fields {
            let (nameStart, nameLength) = put(name)
            let (valueStart, valueLength) = put(value)
            let kinds: [String: FieldKind] = [
                "cookie": .cookie, "host": .host, "user-agent": .userAgent, "x-forwarded-proto": .xForwardedProto,
            ]
            let kind = kinds[name.lowercased()] ?? .other
            lines.append(
                FieldLine(
                    name: nameStart, nameLength: nameLength, value: valueStart, valueLength: valueLength, end: Int32(bytes.count),
                    kind: kind))
        }
        let head = RequestHead(bytes: bytes.span, fields: lines.span, line: line)
        return try body(head)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ character: Character) -> Substring {
        var text = self
        while text.last == character { text = text.dropLast() }
        return text
    }
}

extension Edits {
    borrowing func text(_ ref: ByteRef) -> String {
        let span = bytes(ref)
        return String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
    }
}
