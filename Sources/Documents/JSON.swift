/// Strict JSON (RFC 8259) over bytes: no comments, no trailing commas, valid UTF-8 only.
///
/// Depth is bounded so that hostile nesting cannot exhaust the stack. A lone surrogate escape becomes U+FFFD, as in Go's decoder,
/// which is what every Kubernetes component does with it.
extension Value {
    /// Deeper documents are refused. Kubernetes' own objects stay below 40.
    public static let maximumDepth = 512

    /// - Parameter omissions: parts that nobody will read: they must be JSON like the rest, but are not built.
    public init(json bytes: some Sequence<UInt8>, omitting omissions: JSONOmissions? = nil) throws(DocumentError) {
        self = try Value.parse(json: Array(bytes), omissions)
    }

    public init(json text: String) throws(DocumentError) {
        self = try Value.parse(json: Array(text.utf8), nil)
    }

    private static func parse(json bytes: [UInt8], _ omissions: JSONOmissions?) throws(DocumentError) -> Value {
        var parser = JSONParser(bytes: bytes.span)
        return try parser.document(omissions?.root)
    }
}

struct JSONParser: ~Escapable {
    let bytes: Span<UInt8>
    var at = 0

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>) { self.bytes = bytes }

    mutating func document(_ omissions: JSONOmissions.Node? = nil) throws(DocumentError) -> Value {
        let value = try self.value(depth: 0, omissions)
        skipSpace()
        guard at == bytes.count else { throw error("expected the end of the document after the first value") }
        return value
    }

    // MARK: - Values

    mutating func value(depth: Int, _ omissions: JSONOmissions.Node?) throws(DocumentError) -> Value {
        guard depth <= Value.maximumDepth else { throw error("nested deeper than \(Value.maximumDepth) levels") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try object(depth: depth, omissions))
        case UInt8(ascii: "["): return .array(try array(depth: depth, omissions))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let c? where c == UInt8(ascii: "-") || isDigit(c): return try number()
        case nil: throw error("unexpected end of the document; a value is missing")
        default: throw error("expected a value, found \(found)")
        }
    }

    private mutating func object(depth: Int, _ omissions: JSONOmissions.Node?) throws(DocumentError) -> Value.Fields {
        at += 1
        var fields = Value.Fields()
        skipSpace()
        if take("}") { return fields }
        fields.reserveCapacity(4)
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("expected a member name in quotes, found \(found)") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw error("expected ':' after the member name \"\(key)\", found \(found)") }
            let inner = omissions?.members[key]
            if inner?.isOmitted == true {
                try skip(depth: depth + 1)
            } else {
                fields[key] = try value(depth: depth + 1, inner)
            }
            skipSpace()
            if take("}") { return fields }
            guard take(",") else { throw error("expected ',' or '}' after a member, found \(found)") }
        }
    }

    private mutating func array(depth: Int, _ omissions: JSONOmissions.Node?) throws(DocumentError) -> [Value] {
        at += 1
        var elements: [Value] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1, omissions?.elements))
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw error("expected ',' or ']' after an element, found \(found)") }
        }
    }

    /// Reads a value by the same grammar and keeps nothing of it.
    mutating func skip(depth: Int) throws(DocumentError) {
        guard depth <= Value.maximumDepth else { throw error("nested deeper than \(Value.maximumDepth) levels") }
        skipSpace()
        if peek == UInt8(ascii: "\"") { return try skipString() }
        guard peek == UInt8(ascii: "{") || peek == UInt8(ascii: "[") else {
            _ = try value(depth: depth, nil)
            return
        }
        let isObject = take("{")
        if !isObject { at += 1 }
        skipSpace()
        if take(isObject ? "}" : "]") { return }
        while true {
            if isObject {
                skipSpace()
                guard peek == UInt8(ascii: "\"") else { throw error("expected a member name in quotes, found \(found)") }
                try skipString()
                skipSpace()
                guard take(":") else { throw error("expected ':' after a member name, found \(found)") }
            }
            try skip(depth: depth + 1)
            skipSpace()
            if take(isObject ? "}" : "]") { return }
            guard take(",") else { throw error("expected ',' or '\(isObject ? "}" : "]")', found \(found)") }
        }
    }

    private mutating func word(_ word: StaticString, _ value: Value) throws(DocumentError) -> Value {
        let end = at + word.utf8CodeUnitCount
        guard end <= bytes.count, matches(word) else { throw error("expected a value, found \(found)") }
        at = end
        return value
    }

    private func matches(_ word: StaticString) -> Bool {
        var i = at
        for c in "\(word)".utf8 {
            if bytes[i] != c { return false }
            i += 1
        }
        return true
    }

    // MARK: - Numbers (RFC 8259 section 6)

    private mutating func number() throws(DocumentError) -> Value {
        let start = at
        var isWhole = true
        let isNegative = take("-")
        if take("0") {
            if isDigit(peek) { throw error("a number must not begin with a superfluous zero") }
        } else {
            try digits()
        }
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        if isWhole, at - start <= 18 { return .integer(shortInteger(from: isNegative ? start + 1 : start, isNegative)) }
        let text = try text(start..<at)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw error("the number \(text) is out of range") }
        return .number(number)
    }

    /// Of at most 18 digits, which cannot overflow.
    private func shortInteger(from start: Int, _ isNegative: Bool) -> Int64 {
        var magnitude: Int64 = 0
        for i in start..<at { magnitude = magnitude * 10 + Int64(bytes[i] - UInt8(ascii: "0")) }
        return isNegative ? -magnitude : magnitude
    }

    private mutating func digits() throws(DocumentError) {
        guard isDigit(peek) else { throw error("expected a digit, found \(found)") }
        while isDigit(peek) { at += 1 }
    }

    private func isDigit(_ c: UInt8?) -> Bool { c.map { (48...57).contains($0) } ?? false }

    // MARK: - Strings (RFC 8259 section 7)

    private mutating func string() throws(DocumentError) -> String {
        at += 1
        let start = at
        // Most strings hold no escape: they are validated and copied in one step.
        let isASCII = toEndOfPlainText()
        guard peek == UInt8(ascii: "\"") else { return try escapedString(from: start) }
        let text = try text(start..<at, isASCII: isASCII)
        at += 1
        return text
    }

    /// To the next quote, escape or control character, or the end of the document.
    /// - Returns: whether all before it is ASCII.
    @discardableResult
    mutating func toEndOfPlainText() -> Bool {
        var all: UInt8 = 0
        var i = at
        while i < bytes.count {
            let c = bytes[i]
            if c == UInt8(ascii: "\"") || c == UInt8(ascii: "\\") || c < 0x20 { break }
            all |= c
            i += 1
        }
        at = i
        return all < 0x80
    }

    mutating func escapedString(from start: Int) throws(DocumentError) -> String {
        var out: [UInt8] = []
        var plain = start
        while let c = peek {
            switch c {
            case UInt8(ascii: "\""):
                append(plain..<at, to: &out)
                guard let text = String(validating: out, as: UTF8.self) else { throw notUTF8 }
                at += 1
                return text
            case UInt8(ascii: "\\"):
                append(plain..<at, to: &out)
                at += 1
                try escape(into: &out)
                plain = at
                toEndOfPlainText()
            case 0..<0x20:
                throw error("a control character in a string must be escaped")
            default:
                toEndOfPlainText()
            }
        }
        throw error("unexpected end of the document in a string")
    }

    /// Reads a string by the same grammar and builds nothing.
    private mutating func skipString() throws(DocumentError) {
        at += 1
        var start = at
        var unused: [UInt8] = []
        while true {
            if !toEndOfPlainText() { _ = try text(start..<at) }
            guard let c = peek else { throw error("unexpected end of the document in a string") }
            guard c >= 0x20 else { throw error("a control character in a string must be escaped") }
            at += 1
            if c == UInt8(ascii: "\"") { return }
            // Nearly all escapes are a quote or a backslash.
            if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "\\") {
                at += 1
                skipASCIIPairs()
            } else {
                try escape(into: &unused)
                unused.removeAll(keepingCapacity: true)
            }
            start = at
        }
    }

    /// JSON within JSON, as the last applied configuration is: ASCII and escaped quotes in turn, up to anything else.
    private mutating func skipASCIIPairs() {
        let start = at
        at = unsafe bytes.withUnsafeBufferPointer { bytes in
            var i = start
            while i + 1 < bytes.count {
                let c = unsafe bytes[i]
                if c == UInt8(ascii: "\\") {
                    guard unsafe bytes[i + 1] == UInt8(ascii: "\"") else { break }
                    i += 2
                } else if c == UInt8(ascii: "\"") || c < 0x20 || c >= 0x80 {
                    break
                } else {
                    i += 1
                }
            }
            return i
        }
    }

    private mutating func escape(into out: inout [UInt8]) throws(DocumentError) {
        guard let c = peek else { throw error("unexpected end of the document in a string") }
        at += 1
        switch c {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(c)
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "u"): out.append(contentsOf: String(Character(try unicodeEscape())).utf8)
        default:
            at -= 1
            throw error("\\\(Character(UnicodeScalar(c))) is no escape; use \\\\ for a backslash")
        }
    }

    private mutating func unicodeEscape() throws(DocumentError) -> UnicodeScalar {
        let replacement = UnicodeScalar(0xfffd as UInt16) ?? " "
        let first = try hex4()
        if !(0xd800...0xdfff).contains(first) { return UnicodeScalar(first) ?? replacement }
        // A high surrogate counts only with a low one right behind it.
        guard first < 0xdc00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            return replacement
        }
        let back = at
        at += 2
        let second = try hex4()
        guard (0xdc00...0xdfff).contains(second) else {
            at = back
            return replacement
        }
        return UnicodeScalar(0x10000 + (UInt32(first - 0xd800) << 10 | UInt32(second - 0xdc00))) ?? replacement
    }

    private mutating func hex4() throws(DocumentError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let c = peek, c < 0x80, let digit = Character(UnicodeScalar(c)).hexDigitValue else {
                throw error("\\u needs four hexadecimal digits, found \(found)")
            }
            value = value << 4 | UInt16(digit)
            at += 1
        }
        return value
    }

    /// Not by `String(validating:)`, which asks the runtime for metadata at each call.
    func text(_ range: Range<Int>, isASCII: Bool = false) throws(DocumentError) -> String {
        let part = bytes.extracting(range)
        if isASCII { return String(copying: unsafe UTF8Span(unchecked: part, isKnownASCII: true)) }
        do { return String(copying: try UTF8Span(validating: part)) } catch { throw notUTF8 }
    }

    private func append(_ range: Range<Int>, to out: inout [UInt8]) {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe out.append(contentsOf: $0) }
    }

    var notUTF8: DocumentError { error("the string is not valid UTF-8") }

    // MARK: - Bytes

    var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func take(_ c: UnicodeScalar) -> Bool {
        guard peek == UInt8(ascii: c) else { return false }
        at += 1
        return true
    }

    mutating func skipSpace() {
        while let c = peek, c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09 { at += 1 }
    }

    var found: String {
        guard let c = peek else { return "the end of the document" }
        return (0x21..<0x7f).contains(c) ? "'\(Character(UnicodeScalar(c)))'" : "byte 0x\(String(c, radix: 16))"
    }

    func error(_ message: String) -> DocumentError {
        var line = 1
        var lineStart = 0
        for i in 0..<min(at, bytes.count) where bytes[i] == 0x0a {
            line += 1
            lineStart = i + 1
        }
        let column = min(at, bytes.count) - lineStart + 1
        return DocumentError(message, line: line, column: column)
    }
}
