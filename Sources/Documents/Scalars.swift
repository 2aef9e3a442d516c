/// The small languages inside fields.
public enum Scalars {
    /// GEP-2257: one to four groups of up to five digits with h, m, s or ms; each unit at most once in any order is not required.
    public static func duration(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total = Duration.zero
        var groups = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard (1...5).contains(digits.count), let count = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { ("a"..."z").contains($0) }
            switch unit {
            case "h": total += .seconds(count * 3600)
            case "m": total += .seconds(count * 60)
            case "s": total += .seconds(count)
            case "ms": total += .milliseconds(count)
            default: return nil
            }
            rest = rest.dropFirst(unit.count)
            groups += 1
        }
        return (1...4).contains(groups) ? total : nil
    }

    /// The shortest GEP-2257 text of a duration; sub-millisecond parts are dropped.
    public static func text(of duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var parts = ""
        if seconds / 3600 > 0 { parts += "\(seconds / 3600)h" }
        if seconds % 3600 / 60 > 0 { parts += "\(seconds % 3600 / 60)m" }
        if seconds % 60 > 0 { parts += "\(seconds % 60)s" }
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if milliseconds > 0 { parts += "\(milliseconds)ms" }
        return parts.isEmpty ? "0s" : parts
    }

    /// A Kubernetes quantity in bytes, rounded up: `10Mi`, `1G`, `512`, `1e6`. Nil when it is none or does not fit.
    public static func quantity(_ text: String) -> Int64? {
        let suffixes: [(String, Double)] = [
            ("Ki", 0x1p10), ("Mi", 0x1p20), ("Gi", 0x1p30), ("Ti", 0x1p40), ("Pi", 0x1p50), ("Ei", 0x1p60), ("m", 1e-3),
            ("k", 1e3),
            ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18),
        ]
        let match = suffixes.first { text.hasSuffix($0.0) }
        let digits = text.dropLast(match?.0.count ?? 0)
        // Decimal digits and a point, and an exponent only in place of a suffix.
        let allowed = match == nil ? ".eE+-" : "."
        guard let first = digits.utf8.first, (48...57).contains(first),
            digits.utf8.allSatisfy({ (48...57).contains($0) || allowed.utf8.contains($0) }),
            let number = Double(digits), number.isFinite
        else { return nil }
        return Int64(exactly: (number * (match?.1 ?? 1)).rounded(.up))
    }
}

/// Hundredths of a percent, so that `99.95` is exact.
public struct Percentage: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 0 to 10,000.
    public let hundredths: Int

    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isDigits: (Substring) -> Bool = { !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } }
        guard (1...2).contains(parts.count), parts.allSatisfy(isDigits), parts[0].count <= 3, let whole = Int(parts[0]) else {
            return nil
        }
        var fraction = 0
        if parts.count == 2 {
            guard parts[1].count <= 2, let digits = Int(parts[1]) else { return nil }
            fraction = parts[1].count == 1 ? digits * 10 : digits
        }
        guard whole * 100 + fraction <= 10_000 else { return nil }
        hundredths = whole * 100 + fraction
    }

    public static func < (a: Self, b: Self) -> Bool { a.hundredths < b.hundredths }

    public var description: String {
        hundredths % 100 == 0
            ? "\(hundredths / 100)" : "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
