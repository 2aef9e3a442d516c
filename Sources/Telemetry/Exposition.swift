/// Writes the Prometheus text exposition format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
///
/// Families are written whole, one after the other, as the format demands: start one, then add its samples.
public struct Exposition {
    public enum Kind: String, Sendable { case counter, gauge, histogram, untyped }

    /// What an HTTP answer with this text says it is.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public private(set) var text = ""
    private var family = ""

    public init() {}

    /// Starts a family; following samples belong to it.
    public mutating func family(_ name: String, _ kind: Kind, help: String) {
        family = name
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// A sample of the current family. `suffix` is `_bucket`, `_sum` or `_count` of a histogram.
    public mutating func sample(_ labels: [(String, String)], suffix: String = "", _ value: some BinaryInteger) {
        write(labels, suffix, String(value))
    }

    public mutating func sample(_ labels: [(String, String)], suffix: String = "", _ value: Double) {
        write(labels, suffix, Self.number(value))
    }

    /// A histogram's samples. `counts[i]` observations were at most `bounds[i]` and more than the bound before; one more count
    /// than bounds, for those above all.
    public mutating func histogram(_ labels: [(String, String)] = [], bounds: [Double], counts: [UInt64], sum: Double) {
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
            sample(labels + [("le", bound)], suffix: "_bucket", total)
        }
        sample(labels, suffix: "_sum", sum)
        sample(labels, suffix: "_count", total)
    }

    private mutating func write(_ labels: [(String, String)], _ suffix: String, _ value: String) {
        text += family + suffix
        if !labels.isEmpty {
            let pairs = labels.map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " " + value + "\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) else { return text }
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
