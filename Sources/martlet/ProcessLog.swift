import Foundation
import Telemetry

/// The log of the process: one line an event on standard error.
enum ProcessLog {
    /// Events below `level` are dropped. Lines are written whole, from any thread.
    static func sink(from level: LogEvent.Level = .info, json: Bool = false) -> LogSink {
        let levels = LogEvent.Level.allCases
        let lowest = levels.firstIndex(of: level) ?? 0
        return { event in
            guard let rank = levels.firstIndex(of: event.level), rank >= lowest else { return }
            let time = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
            Console.write((json ? event.json(time: time) : "\(time) \(event.text)") + "\n", to: .standardError)
        }
    }
}
