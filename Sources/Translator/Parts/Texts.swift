import Base
import Graph
import HTTP

/// Hostnames as users write them.
enum Hostname {
    /// RFC 1123 in lower case, with an optional leading `*.`; nil when it is none.
    static func pattern(_ text: String, depth: HostPattern.Depth) -> HostPattern? {
        let isWild = text.hasPrefix("*.")
        let name = isWild ? text.dropFirst(2) : Substring(text)
        guard isName(name) else { return nil }
        return isWild ? .wildcard(String(name), depth: depth) : .exact(String(name))
    }

    static func isName(_ name: Substring) -> Bool {
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                        || $0 == UInt8(ascii: "-")
                }
        }
    }
}

/// Paths as users write them.
enum PathText {
    /// The form that requests are matched in; nil when no request has such a path.
    static func canonical(_ text: String) -> String? {
        guard text.hasPrefix("/"), !text.utf8.contains(where: { "?#\\".utf8.contains($0) }) else { return nil }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte > 0x20, byte < 0x7f {
                bytes.append(byte)
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                bytes += "%\(hex.utf8.count == 1 ? "0" : "")\(hex)".utf8
            }
        }
        let buffer = Buffer(capacity: bytes.count)
        guard let length = CanonicalPath.write(bytes.span, to: buffer, at: 0) else { return nil }
        return String(decoding: (0..<length).map { buffer[$0] }, as: UTF8.self)
    }

    /// Canonical and without a trailing slash, except for `/` itself.
    static func prefix(_ text: String) -> String? {
        guard var path = canonical(text) else { return nil }
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}

/// How messages list things.
enum Wording {
    /// `80 (http) and 9090 (metrics)`
    static func list(_ items: [String], last: String = "and") -> String {
        guard let final = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(last) \(final)"
    }

    /// `12.5%`
    /// - Parameter hundredths: of a percent.
    static func percent(_ hundredths: Int) -> String {
        let rest = hundredths % 100
        return rest == 0
            ? "\(hundredths / 100)%"
            : "\(hundredths / 100).\(rest % 10 == 0 ? "" : rest < 10 ? "0" : "")\(rest % 10 == 0 ? rest / 10 : rest)%"
    }
}
