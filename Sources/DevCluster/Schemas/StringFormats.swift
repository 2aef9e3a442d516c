import Base
import Secure

/// The string formats that API servers check. Unknown formats accept everything, as they do upstream.
enum StringFormats {
    static func accepts(_ text: String, _ format: String) -> Bool {
        switch format {
        case "date-time": isDateTime(text)
        case "date": isDate(Substring(text))
        case "duration": isGoDuration(text)
        case "ipv4": IPAddress(text) != nil && !text.contains(":")
        case "ipv6": IPAddress(text) != nil && text.contains(":")
        case "cidr": text.contains("/") && CIDR(text) != nil
        case "byte": Base64.decode(text) != nil
        case "uuid": isUUID(text)
        case "uri": isURI(text)
        default: true
        }
    }

    /// RFC 3339: `2026-11-25T16:40:00Z`, with a fraction or an offset if need be.
    private static func isDateTime(_ text: String) -> Bool {
        guard text.count >= 20, isDate(text.prefix(10)) else { return false }
        let rest = text.dropFirst(10)
        guard let mark = rest.first, mark == "T" || mark == "t" || mark == " " else { return false }
        let time = rest.dropFirst().prefix { !"Zz+-".contains($0) }
        let zone = rest.dropFirst(1 + time.count)
        return isTime(time) && isZone(zone)
    }

    private static func isDate(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.count) == [4, 2, 2], let month = number(parts[1]), let day = number(parts[2]) else {
            return false
        }
        return number(parts[0]) != nil && (1...12).contains(month) && (1...31).contains(day)
    }

    private static func isTime(_ text: Substring) -> Bool {
        let whole = text.prefix { $0 != "." }
        let fraction = text.dropFirst(whole.count)
        let parts = whole.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.count == 2 }) else { return false }
        guard let hour = number(parts[0]), let minute = number(parts[1]), let second = number(parts[2]) else { return false }
        return hour < 24 && minute < 60 && second <= 60 && (fraction.isEmpty || number(fraction.dropFirst()) != nil)
    }

    private static func isZone(_ text: Substring) -> Bool {
        if text == "Z" || text == "z" { return true }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { $0.count == 2 && number($0) != nil }
    }

    private static func number(_ text: Substring) -> Int? {
        text.isEmpty || !text.allSatisfy(\.isASCII) || !text.allSatisfy(\.isNumber) ? nil : Int(text)
    }

    /// Go's `time.ParseDuration`: `1h30m`, `1.5s`, `-2ms`, `0`.
    private static func isGoDuration(_ text: String) -> Bool {
        var rest = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : Substring(text)
        if rest == "0" { return true }
        var groups = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0 == "." || ("0"..."9").contains($0) }
            guard Double(digits) != nil || Double("0\(digits)") != nil, !digits.isEmpty, digits != "." else { return false }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !($0 == "." || ("0"..."9").contains($0)) }
            guard ["ns", "us", "µs", "ms", "s", "m", "h"].contains(String(unit)) else { return false }
            rest = rest.dropFirst(unit.count)
            groups += 1
        }
        return groups > 0
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
    }

    /// RFC 3986 as far as it matters here: a scheme, and no blanks or control characters.
    private static func isURI(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), let first = text.utf8.first, Character(UnicodeScalar(first)).isLetter else {
            return false
        }
        let isSchemeLetter: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        return text[..<colon].allSatisfy(isSchemeLetter) && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }
}
