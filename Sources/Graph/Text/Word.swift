/// Words of the text form: what may stand bare and how the rest is quoted.
enum Word {
    /// A word bare if it cannot be misread, else quoted. `reserved` words are quoted although their bytes are harmless.
    static func text(_ word: String, reserved: String? = nil) -> String {
        let isBare = !word.isEmpty && word != reserved && word != "->" && word.utf8.allSatisfy(isBareByte)
        return isBare ? word : quoted(word)
    }

    /// Letters, digits and the punctuation of names, paths, addresses and percentages.
    static func isBareByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "*"):
            true
        case UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","):
            true
        default: false
        }
    }

    private static func quoted(_ word: String) -> String {
        var out = "\""
        for scalar in word.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if isPlain(scalar) { out.unicodeScalars.append(scalar) } else { out += "\\u{\(String(scalar.value, radix: 16))}" }
            }
        }
        return out + "\""
    }

    /// Invisible and direction-changing characters are escaped: what cannot be seen cannot be reviewed.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7f }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate, .nonspacingMark,
            .enclosingMark, .spacingMark:
            return false
        default: return true
        }
    }
}

// MARK: - Values made of words

extension HostPattern {
    /// An exact name that looks like a wildcard is marked with `=`.
    var word: String {
        if case .exact(let name) = self, name.hasPrefix("*") { return "= " + Word.text(name) }
        return Word.text(text)
    }

    init(word: String) {
        if word == "*" {
            self = .any
        } else if word.hasPrefix("**.") {
            self = .wildcard(String(word.dropFirst(3)), depth: .many)
        } else if word.hasPrefix("*.") {
            self = .wildcard(String(word.dropFirst(2)), depth: .one)
        } else {
            self = .exact(word)
        }
    }
}

/// `192.0.2.1:80`, `[2001:db8::1]:80`.
struct SocketText {
    var address: String
    var port: UInt16

    var word: String {
        Word.text(address.contains(":") || address.hasPrefix("[") ? "[\(address)]:\(port)" : "\(address):\(port)")
    }

    init(address: String, port: UInt16) {
        self.address = address
        self.port = port
    }

    init?(word: String) {
        guard let colon = word.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = Number.parse(word[word.utf8.index(after: colon)...]).flatMap(UInt16.init(exactly:))
        else { return nil }
        var address = word[..<colon]
        if address.utf8.first == UInt8(ascii: "[") {
            guard address.utf8.count >= 2, address.utf8.last == UInt8(ascii: "]") else { return nil }
            address = address.dropFirst().dropLast()
        }
        self.init(address: String(address), port: port)
    }
}

enum Number {
    /// A decimal integer without plus sign.
    static func parse(_ text: some StringProtocol) -> Int? { text.utf8.first == UInt8(ascii: "+") ? nil : Int(text) }

    /// Hundredths of a percent as a percentage: 25 is `0.25%`.
    static func percent(hundredths: Int) -> String {
        let magnitude = hundredths.magnitude
        var text = "\(hundredths < 0 ? "-" : "")\(magnitude / 100)"
        let rest = magnitude % 100
        if rest != 0 { text += rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)" }
        return text + "%"
    }

    static func hundredths(percent word: String) -> Int? {
        guard word.utf8.last == UInt8(ascii: "%") else { return nil }
        let parts = word.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = parse(parts[0]) else { return nil }
        var rest = 0
        if parts.count == 2 {
            guard (1...2).contains(parts[1].utf8.count), let digits = UInt8(parts[1]), parts[1].utf8.first != UInt8(ascii: "+")
            else {
                return nil
            }
            rest = parts[1].utf8.count == 1 ? Int(digits) * 10 : Int(digits)
        }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 100)
        let (sum, overflowed) = scaled.addingReportingOverflow(parts[0].hasPrefix("-") ? -rest : rest)
        return overflow || overflowed ? nil : sum
    }
}
