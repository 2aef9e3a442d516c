/// What a plain scalar means: the resolution that kubectl's YAML library uses (YAML 1.1 booleans, 1.2 and 1.1 integers).
enum YAMLScalar {
    private static let words: [String: Value] = {
        var words: [String: Value] = [:]
        for word in ["", "~", "null", "Null", "NULL"] { words[word] = .null }
        for word in ["true", "yes", "on"] { for form in forms(word) { words[form] = .bool(true) } }
        for word in ["false", "no", "off"] { for form in forms(word) { words[form] = .bool(false) } }
        return words
    }()

    private static func forms(_ word: String) -> [String] {
        [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()]
    }

    static func value(_ text: String, isPlain: Bool, tag: String?, at event: YAMLEvent) throws(DocumentError) -> Value {
        switch tag {
        case nil, "?": return isPlain ? plain(text) : .string(text)
        case "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary", "tag:yaml.org,2002:timestamp": return .string(text)
        case let tag?:
            let value = plain(text)
            let fits =
                switch (tag, value) {
                case ("tag:yaml.org,2002:int", .integer), ("tag:yaml.org,2002:bool", .bool), ("tag:yaml.org,2002:null", .null),
                    ("tag:yaml.org,2002:float", .number), ("tag:yaml.org,2002:float", .integer):
                    true
                default: false
                }
            guard fits else {
                throw DocumentError("\"\(text)\" is no value of the tag \(tag)", line: event.line, column: event.column)
            }
            return value
        }
    }

    static func plain(_ text: String) -> Value {
        if let word = words[text] { return word }
        guard let first = text.utf8.first, first < 0x3a, first != UInt8(ascii: "/") else { return .string(text) }
        return integer(text).map(Value.integer) ?? number(text).map(Value.number) ?? .string(text)
    }

    private static func integer(_ text: String) -> Int64? {
        var digits = Substring(text.replacing("_", with: ""))
        guard text.utf8.first != UInt8(ascii: "_") else { return nil }
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        guard let lead = digits.utf8.first, (48...57).contains(lead) else { return nil }
        var radix = 10
        for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            radix = base
            digits = digits.dropFirst(2)
        }
        // YAML 1.1 writes octal with a leading zero (file modes such as 0644).
        if radix == 10, digits.count > 1, digits.hasPrefix("0"), digits.allSatisfy({ ("0"..."7").contains($0) }) { radix = 8 }
        guard let c = digits.utf8.first, c != UInt8(ascii: "+"), c != UInt8(ascii: "-") else { return nil }
        return Int64((isNegative ? "-" : "") + digits, radix: radix)
    }

    private static func number(_ text: String) -> Double? {
        let allowed = text.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
        guard allowed, text.utf8.contains(where: { (48...57).contains($0) }), let value = Double(text), value.isFinite else {
            return nil
        }
        return value
    }

    /// Whether a string must be quoted so that a reader does not take it for something else.
    static func needsQuotes(_ text: String) -> Bool {
        guard case .string = plain(text), let first = text.utf8.first, let last = text.utf8.last else { return true }
        if first == 0x20 || last == 0x20 || last == UInt8(ascii: ":") { return true }
        if first == UInt8(ascii: "-") ? !isPlainAfterDash(text) : "?:,[]{}#&*!|>'\"%@`=<".utf8.contains(first) { return true }
        if text.unicodeScalars.contains(where: mustEscape) || hasIndicator(text) { return true }
        // Readers of YAML 1.1 may take dates, base-60 numbers and `.inf` for other types.
        return (48...57).contains(first) && text.utf8.allSatisfy { (48...58).contains($0) || "-_.TZ+".utf8.contains($0) }
            || ["y", "Y", "n", "N", "<<"].contains(text)
            // At the start of a line it ends the document, whatever follows the blank (YAML 1.1 section 9.1.2).
            || text.utf8.starts(with: "...".utf8)
            || [".inf", "-.inf", "+.inf", ".nan"].contains(text.lowercased())
    }

    /// What may not stand as it is, or is a line break to some reader (YAML 1.1 sections 4.1.1 and 4.2.2; libyaml's own set).
    static func mustEscape(_ scalar: UnicodeScalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff: true
        default: false
        }
    }

    /// `: ` or ` #`, byte by byte: an accent after the blank makes another character of it, but no other YAML.
    private static func hasIndicator(_ text: String) -> Bool {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if previous == UInt8(ascii: ":") && byte == 0x20 || previous == 0x20 && byte == UInt8(ascii: "#") { return true }
            previous = byte
        }
        return false
    }

    private static func isPlainAfterDash(_ text: String) -> Bool {
        text.utf8.dropFirst().first.map { $0 != 0x20 && $0 != UInt8(ascii: "-") } ?? false
    }
}
