import Documents
import Foundation

/// What a cell is made from.
struct CellContext {
    let object: Value
    let now: Date

    /// How long ago a timestamp was, as kubectl writes it: 47s, 5m12s, 3h4m, 2d5h, 41d, 3y2d.
    func age(_ timestamp: String) -> String? {
        Self.date(timestamp).map { Self.text(seconds: Int(now.timeIntervalSince($0))) }
    }

    static func date(_ timestamp: String) -> Date? {
        (try? Date(timestamp, strategy: .iso8601))
            ?? (try? Date(timestamp, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    /// apimachinery's HumanDuration: two units while the second one still tells something.
    static func text(seconds: Int) -> String {
        guard seconds >= -1 else { return "<invalid>" }
        guard seconds > 0 else { return "0s" }
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
        func pair(_ big: Int, _ bigUnit: String, _ small: Int, _ smallUnit: String) -> String {
            small == 0 ? "\(big)\(bigUnit)" : "\(big)\(bigUnit)\(small)\(smallUnit)"
        }
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return pair(minutes, "m", seconds % 60, "s")
        case ..<(3 * 3600): return "\(minutes)m"
        case ..<(8 * 3600): return pair(hours, "h", minutes % 60, "m")
        case ..<(48 * 3600): return "\(hours)h"
        case ..<(8 * 86400): return pair(days, "d", hours % 24, "h")
        case ..<(730 * 86400): return "\(days)d"
        case ..<(8 * 365 * 86400): return pair(days / 365, "y", days % 365, "d")
        default: return "\(days / 365)y"
        }
    }
}
