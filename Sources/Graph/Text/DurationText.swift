/// Durations as people write them: `25ms`, `1s500ms`, `4s`, `15m`, `24h`.
public enum DurationText {
    private static let attosecondsPerUnit: [(unit: String, attoseconds: Int64)] = [
        ("ms", 1_000_000_000_000_000), ("us", 1_000_000_000_000), ("ns", 1_000_000_000), ("as", 1),
    ]
    private static let secondsPerUnit: [(unit: String, seconds: Int64)] = [("h", 3600), ("m", 60), ("s", 1)]

    /// The shortest exact form: whole hours, minutes or seconds, then the rest in the largest unit that holds it exactly.
    public static func print(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let isNegative = seconds < 0 || attoseconds < 0
        var text = isNegative ? "-" : ""
        let whole = seconds.magnitude
        let rest = attoseconds.magnitude
        if whole > 0 || rest == 0 {
            let unit = rest == 0 && whole > 0 ? secondsPerUnit.first { whole % UInt64($0.seconds) == 0 } : nil
            text += unit.map { "\(whole / UInt64($0.seconds))\($0.unit)" } ?? "\(whole)s"
        }
        if rest > 0, let unit = attosecondsPerUnit.first(where: { rest % UInt64($0.attoseconds) == 0 }) {
            text += "\(rest / UInt64(unit.attoseconds))\(unit.unit)"
        }
        return text
    }

    /// Numbers with units, largest first or not, each unit at most once; nil for anything else.
    public static func parse(_ text: String) -> Duration? {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { bytes.removeFirst() }
        var total = Duration.zero
        var seen: Set<String> = []
        repeat {
            let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            bytes = bytes.dropFirst(digits.count)
            let unit = String(decoding: bytes.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }, as: UTF8.self)
            bytes = bytes.dropFirst(unit.utf8.count)
            guard let count = Int64(String(decoding: digits, as: UTF8.self)), seen.insert(unit).inserted,
                let part = duration(count, unit)
            else { return nil }
            total += part
        } while !bytes.isEmpty
        // Printing needs whole seconds in 64 bits.
        guard total < .seconds(Int64.max) else { return nil }
        return isNegative ? .zero - total : total
    }

    private static func duration(_ count: Int64, _ unit: String) -> Duration? {
        if let known = secondsPerUnit.first(where: { $0.unit == unit }) {
            let (seconds, overflow) = count.multipliedReportingOverflow(by: known.seconds)
            return overflow ? nil : .seconds(seconds)
        }
        guard let known = attosecondsPerUnit.first(where: { $0.unit == unit }) else { return nil }
        let perSecond = 1_000_000_000_000_000_000 / known.attoseconds
        return .init(secondsComponent: count / perSecond, attosecondsComponent: count % perSecond * known.attoseconds)
    }
}
