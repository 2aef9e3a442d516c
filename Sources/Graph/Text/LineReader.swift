/// One line of the text form with what is indented below it.
struct Line {
    struct Token {
        var text: String
        /// A quoted word is never a keyword.
        var isQuoted: Bool
        var column: Int
    }
    var number: Int
    /// Spaces before the first word.
    var indentation: Int
    var tokens: [Token]
    var children: [Line] = []

    func error(_ message: String, at column: Int? = nil) -> GraphTextError {
        GraphTextError(line: number, column: column ?? indentation + 1, message: message)
    }
}

/// Splits a text into a tree of lines of words.
struct LineReader {
    /// The grammar nests four deep; more is a mistake, and an attacker's deep nesting must not exhaust the stack.
    private static let maximumDepth = 8

    private let flat: [Line]
    private var next = 0

    static func read(_ text: String) throws(GraphTextError) -> [Line] {
        var flat: [Line] = []
        let bytes = Array(text.utf8)
        var start = 0
        var number = 1
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            if let line = try line(bytes[start..<end], number: number) { flat.append(line) }
            start = end + 1
            number += 1
        }
        var reader = LineReader(flat: flat)
        return try reader.children(deeperThan: -1, depth: 0)
    }

    private init(flat: [Line]) { self.flat = flat }

    private mutating func children(deeperThan indentation: Int, depth: Int) throws(GraphTextError) -> [Line] {
        var lines: [Line] = []
        while next < flat.count, flat[next].indentation > indentation {
            var line = flat[next]
            if depth == Self.maximumDepth { throw line.error("This line is nested too deeply.") }
            if let first = lines.first, first.indentation != line.indentation {
                throw line.error("This line's indentation fits no line above it.")
            }
            next += 1
            line.children = try children(deeperThan: line.indentation, depth: depth + 1)
            lines.append(line)
        }
        return lines
    }

    /// The words of one line; nil for an empty line or a comment.
    private static func line(_ bytes: ArraySlice<UInt8>, number: Int) throws(GraphTextError) -> Line? {
        let indentation = bytes.prefix { $0 == UInt8(ascii: " ") }.count
        var line = Line(number: number, indentation: indentation, tokens: [])
        var at = bytes.startIndex + indentation
        guard at < bytes.endIndex, bytes[at] != UInt8(ascii: "#") else { return nil }
        while at < bytes.endIndex {
            let column = at - bytes.startIndex + 1
            switch bytes[at] {
            case UInt8(ascii: " "):
                at += 1
            case UInt8(ascii: "\r") where at == bytes.endIndex - 1:
                at += 1
            case UInt8(ascii: "\""):
                let word = try quoted(bytes, &at, in: line)
                line.tokens.append(.init(text: word, isQuoted: true, column: column))
            case UInt8(ascii: "="), UInt8(ascii: "~"):
                line.tokens.append(.init(text: bytes[at] == UInt8(ascii: "=") ? "=" : "~", isQuoted: false, column: column))
                at += 1
            case UInt8(ascii: "-") where bytes[at...].starts(with: "->".utf8):
                line.tokens.append(.init(text: "->", isQuoted: false, column: column))
                at += 2
            case let byte where Word.isBareByte(byte):
                let word = bytes[at...].prefix(while: Word.isBareByte)
                line.tokens.append(.init(text: String(decoding: word, as: UTF8.self), isQuoted: false, column: column))
                at = word.endIndex
            default:
                throw line.error("This character needs quotes: write the word as \"…\".", at: column)
            }
        }
        return line.tokens.isEmpty ? nil : line
    }

    private static func quoted(_ bytes: ArraySlice<UInt8>, _ at: inout Int, in line: Line) throws(GraphTextError) -> String {
        let column = at - bytes.startIndex + 1
        var word: [UInt8] = []
        at += 1
        while at < bytes.endIndex {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: word, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                word.append(byte)
                continue
            }
            guard let scalar = escape(bytes, &at) else {
                throw line.error("Unknown escape; use \\\", \\\\, \\n, \\t, \\r or \\u{…}.", at: at - bytes.startIndex)
            }
            word.append(contentsOf: String(Character(scalar)).utf8)
        }
        throw line.error("The quote that starts here is never closed.", at: column)
    }

    private static func escape(_ bytes: ArraySlice<UInt8>, _ at: inout Int) -> Unicode.Scalar? {
        guard at < bytes.endIndex else { return nil }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return Unicode.Scalar(byte)
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "u"):
            guard at < bytes.endIndex, bytes[at] == UInt8(ascii: "{"),
                let close = bytes[at...].prefix(8).firstIndex(of: UInt8(ascii: "}")),
                let value = UInt32(String(decoding: bytes[(at + 1)..<close], as: UTF8.self), radix: 16)
            else { return nil }
            at = close + 1
            return Unicode.Scalar(value)
        default: return nil
        }
    }
}
