/// How a line of the access log is written: JSON, or a text with fields in it that operators know from nginx (`$status`).
public struct AccessLogFormat: Sendable, Equatable {
    /// A text that says no format: where, from 1 on, and what to write instead.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let position: Int
        public let message: String
        /// A name that is none, and those that there are.
        public var unknown: String?
        public var names: [String] = []
        public var description: String { "at character \(position): \(message)" }
    }

    enum Piece: Sendable, Equatable {
        case text(String)
        case field(LogField)
    }

    /// Empty for JSON.
    let pieces: [Piece]
    /// As it was written.
    public let text: String

    public static let json = AccessLogFormat(pieces: [], text: "json")

    /// Formats with a name, and what they stand for.
    static let presets: [(name: String, text: String)] = [
        ("common", "$client - - [$time_local] \"$request\" $status $bytes_sent"),
        ("combined", "$client - - [$time_local] \"$request\" $status $bytes_sent \"$referer\" \"$user_agent\""),
    ]

    private init(pieces: [Piece], text: String) {
        self.pieces = pieces
        self.text = text
    }

    /// `json`, `common`, `combined`, or a text with `$field` or `${field}` in it, and `$$` for a dollar.
    public init(_ text: String) throws(Problem) {
        if text == "json" {
            self = .json
            return
        }
        var compiler = LogFormatCompiler(Self.presets.first { $0.name == text }?.text ?? text)
        let pieces = try compiler.pieces()
        self.init(pieces: pieces, text: text)
    }
}

/// Reads a format from left to right.
private struct LogFormatCompiler {
    private let characters: [Character]
    private var next = 0

    init(_ text: String) { characters = Array(text) }

    mutating func pieces() throws(AccessLogFormat.Problem) -> [AccessLogFormat.Piece] {
        var pieces: [AccessLogFormat.Piece] = []
        var text = ""
        var longest = LogField.slack
        while next < characters.count {
            let character = characters[next]
            next += 1
            guard character == "$" else {
                guard character == "\t" || character.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
                    throw problem(next, "a line of the log cannot hold this control character; leave it out.")
                }
                text.append(character)
                continue
            }
            if next < characters.count, characters[next] == "$" {
                next += 1
                text.append("$")
                continue
            }
            let start = next
            let field = try field()
            if !text.isEmpty { pieces.append(.text(text)) }
            longest += text.utf8.count + field.longest
            text = ""
            pieces.append(.field(field))
            guard longest <= AccessLogBuffer.slack else {
                throw problem(
                    start,
                    "a line could be longer than \(AccessLogBuffer.slack) bytes; name fewer of path, request and other texts.")
            }
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        guard longest + text.utf8.count <= AccessLogBuffer.slack else {
            throw problem(characters.count, "a line could be longer than \(AccessLogBuffer.slack) bytes; write a shorter text.")
        }
        let hasField = pieces.contains { if case .field = $0 { true } else { false } }
        guard hasField else {
            var problem = problem(1, "this names no field; write json, common or combined, or fields such as $status.")
            problem.unknown = String(characters)
            problem.names = ["json"] + AccessLogFormat.presets.map(\.name)
            throw problem
        }
        return pieces
    }

    private func problem(_ position: Int, _ message: String) -> AccessLogFormat.Problem {
        AccessLogFormat.Problem(position: position, message: message)
    }

    /// Behind the dollar.
    private mutating func field() throws(AccessLogFormat.Problem) -> LogField {
        let start = next
        let isBraced = next < characters.count && characters[next] == "{"
        if isBraced { next += 1 }
        var name = ""
        while next < characters.count, Self.isOfName(characters[next]) {
            name.append(characters[next])
            next += 1
        }
        if isBraced {
            guard next < characters.count, characters[next] == "}" else {
                throw problem(start, "'${\(name)' has no end; write '}' behind the field's name.")
            }
            next += 1
        }
        guard !name.isEmpty else { throw problem(start, "a field's name follows a '$'; write '$$' for a dollar.") }
        if let field = LogField.allCases.first(where: { $0.name == name }) { return field }
        let names = LogField.allCases.map(\.name)
        var problem = problem(start, "'$\(name)' is no field; there are \(names.joined(separator: ", ")).")
        problem.unknown = name
        problem.names = names
        throw problem
    }

    private static func isOfName(_ character: Character) -> Bool {
        character == "_" || (character.isASCII && (character.isLetter || character.isNumber))
    }
}
